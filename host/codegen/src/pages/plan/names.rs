//! Names of an operation: what an author writes, and what files are called.

use fs7_contract::model::{Action, Contract, Operation};

use crate::names::{Taken, pascal};

/// Longest name of a file that is made; what is longer is cut.
const STEM_MAX: usize = 60;
/// Files that Windows keeps for itself, and the page that Nuxt shows for `/`.
const KEPT: [&str; 6] = ["index", "con", "prn", "aux", "nul", "clock"];

/// The names given so far; each is unique, those of files also where case does not count.
#[derive(Default)]
pub(super) struct Names {
    names: Taken,
    components: Taken,
    stems: Taken,
}

/// The names of one operation.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) component: String,
    pub(super) stem: String,
}

impl Names {
    pub(super) fn of(&mut self, contract: &Contract, operation: &Operation) -> Named {
        let name = self.names.unique(&name(contract, operation));
        Named {
            component: self.components.unique(&pascal(&name)),
            stem: self.stem(&name),
            name,
        }
    }

    /// Letters, digits, `_` and `-`: safe in a path, in a URL and for routers that read folders.
    fn stem(&mut self, name: &str) -> String {
        let mut stem = String::new();
        for character in name.chars() {
            if character.is_ascii_alphanumeric() || character == '_' {
                stem.push(character);
            } else if !stem.ends_with('-') {
                stem.push('-');
            }
        }
        stem.truncate(STEM_MAX);
        let stem = stem.trim_matches('-');
        let lower = stem.to_ascii_lowercase();
        let is_port = lower.len() == 4 && (lower.starts_with("com") || lower.starts_with("lpt"));
        let stem = if stem.is_empty() {
            "operation".to_owned()
        } else if KEPT.contains(&lower.as_str()) || is_port {
            format!("{stem}-operation")
        } else {
            stem.to_owned()
        };
        let lower = stem.to_ascii_lowercase();
        let unique = self.stems.unique(&lower);
        // The number that made it unique, where there is one, goes behind the name as it is.
        let number = unique.get(lower.len()..).unwrap_or_default();
        format!("{stem}{number}")
    }
}

/// The operation's own name. Documents of 2.x often have none; the one that was made up from the
/// channel says `publish` to who reads the page, where the seed says the event's name.
fn name(contract: &Contract, operation: &Operation) -> String {
    let channel = contract.channel(operation).map(|it| it.key.as_str());
    let made_up = |word: &str| {
        let key = operation
            .id
            .strip_prefix(word)
            .filter(|_| contract.version.major == 2);
        key.filter(|key| Some(*key) == channel)
    };
    match operation.action {
        Action::Receive => made_up("publish_").unwrap_or(&operation.id).to_owned(),
        Action::Send => match made_up("subscribe_") {
            Some(key) => format!("observe_{key}"),
            None => operation.id.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_safe_and_unique() {
        let mut names = Names::default();
        for (name, expected) in [
            ("onUserSignedUp", "onUserSignedUp"),
            ("onusersignedup", "onusersignedup2"),
            ("../../etc/passwd", "etc-passwd"),
            ("[id].server", "id-server"),
            ("index", "index-operation"),
            ("CON", "CON-operation"),
            ("com1", "com1-operation"),
            ("", "operation"),
            ("注文", "operation2"),
            ("-a--b-", "a-b"),
        ] {
            assert_eq!(names.stem(name), expected, "{name}");
        }
    }
}
