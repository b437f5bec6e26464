//! All files of a document, and the way from a `$ref` to what it names.

mod files;
mod load;
mod locate;

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::place::{FileId, Place, tokens};
use crate::source::Node;

pub use files::{Disk, DiskBelow, Files};
pub(crate) use load::beside;
pub use locate::Location;

/// Most files of one document.
pub const FILES_MAX: usize = 256;

/// Largest file in bytes.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Longest chain of references from one to the next.
const HOPS_MAX: usize = 64;

/// The JSON Schema of JSON Schema itself, which a schema may reference and which needs no file.
const META_SCHEMA: &str = "http://json-schema.org/draft-07/schema";

/// A document: the file that was opened and every file that it references.
#[derive(Debug, Default)]
pub struct Bundle {
    files: Vec<SourceFile>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Debug)]
struct SourceFile {
    path: PathBuf,
    text: String,
    root: Option<Node>,
}

/// A value of a document and where it stands.
#[derive(Clone, Debug)]
pub struct At<'a> {
    /// The value.
    pub node: &'a Node,
    /// Where it stands: in the file that holds it, not in the one that references it.
    pub place: Place,
}

impl<'a> At<'a> {
    /// The member of an object, references not followed.
    pub fn get(&self, key: &str) -> Option<Self> {
        self.node.get(key).map(|node| Self {
            node,
            place: self.place.child(key),
        })
    }

    /// The members of an object with their keys.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let place = self.place.clone();
        self.node.members().iter().map(move |member| {
            let at = Self {
                node: &member.value,
                place: place.child(&member.key),
            };
            (member.key.as_str(), at)
        })
    }

    /// The items of an array.
    pub fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
        let place = self.place.clone();
        let items = self.node.items().iter().enumerate();
        items.map(move |(index, node)| Self {
            node,
            place: place.item(index),
        })
    }

    /// The string at `key`.
    pub fn text(&self, key: &str) -> Option<String> {
        self.node.text(key).map(str::to_owned)
    }
}

/// Why a reference leads nowhere. It has been reported when the document was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nothing stands there, or it is not to be read.
    Missing,
    /// The references go round in a circle and never reach a value.
    Cycle,
    /// The JSON Schema of JSON Schema.
    MetaSchema,
}

impl Bundle {
    /// The file that was opened; none where it could not be read.
    pub fn root(&self) -> Option<At<'_>> {
        self.file(FileId(0))
    }

    /// The whole of a file.
    pub fn file(&self, file: FileId) -> Option<At<'_>> {
        let node = self.files.get(file.0)?.root.as_ref()?;
        let place = Place {
            file,
            pointer: String::new(),
        };
        Some(At { node, place })
    }

    /// The path of a file, as it was named: below the folder of the one that was opened.
    pub fn path(&self, file: FileId) -> &std::path::Path {
        self.files
            .get(file.0)
            .map_or(std::path::Path::new(""), |file| file.path.as_path())
    }

    /// The text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| file.text.as_str())
    }

    /// The paths of all files, the opened one first.
    pub fn paths(&self) -> impl Iterator<Item = &std::path::Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// What stood in the way of reading the files: syntax, references that lead nowhere.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The value at a place.
    pub fn get(&self, place: &Place) -> Option<At<'_>> {
        let mut node = self.files.get(place.file.0)?.root.as_ref()?;
        for token in tokens(&place.pointer) {
            node = node.step(&token)?;
        }
        Some(At {
            node,
            place: place.clone(),
        })
    }

    /// Follows references until a value is reached that is none.
    ///
    /// # Errors
    /// Fails with why there is none.
    pub fn resolve<'a>(&'a self, at: &At<'a>) -> Result<At<'a>, Lost> {
        let mut at = at.clone();
        for _ in 0..HOPS_MAX {
            let Some(reference) = at.node.reference() else {
                return Ok(at);
            };
            at = self.follow(at.place.file, reference)?;
        }
        Err(Lost::Cycle)
    }

    /// What a reference in `file` names, followed once.
    fn follow(&self, file: FileId, reference: &str) -> Result<At<'_>, Lost> {
        let place = self.target(file, reference)?;
        self.get(&place).ok_or(Lost::Missing)
    }

    /// The place that a reference in `file` names.
    pub(crate) fn target(&self, file: FileId, reference: &str) -> Result<Place, Lost> {
        if is_meta_schema(reference) {
            return Err(Lost::MetaSchema);
        }
        let (path, pointer) = split(reference);
        let file = if path.is_empty() {
            file
        } else {
            let wanted = load::beside(self.path(file), &path).ok_or(Lost::Missing)?;
            let position = self.files.iter().position(|file| file.path == wanted);
            FileId(position.ok_or(Lost::Missing)?)
        };
        Ok(Place { file, pointer })
    }
}

fn is_meta_schema(reference: &str) -> bool {
    reference.trim_end_matches('#') == META_SCHEMA
}

/// The file and the pointer that a reference names (RFC 6901, section 6: the fragment is
/// percent-encoded).
fn split(reference: &str) -> (String, String) {
    let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    (decode(path), decode(fragment))
}

pub(crate) fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match hex {
            Some(byte) => {
                decoded.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
