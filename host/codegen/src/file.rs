//! A file that fs7 writes from a contract, and whose it is afterwards.

/// Who changes a generated file after the first run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// fs7: written again by every run.
    Generated,
    /// The author: written where it is missing, and never again.
    Author,
}

/// One file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Below the output directory, with `/` between folders; never absolute, never with `..`.
    pub path: String,
    /// Its text, with a newline at the end.
    pub text: String,
    /// Whose it is.
    pub owner: Owner,
}
