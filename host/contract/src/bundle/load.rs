//! Opens a document: parses its file, then every file that it references, and looks whether each
//! reference leads somewhere.

use std::collections::VecDeque;
use std::path::{Component, Path, PathBuf};

use super::{
    At, Bundle, FILE_BYTES_MAX, FILES_MAX, Files, Lost, SourceFile, is_meta_schema, split,
};
use crate::diagnostic::Diagnostic;
use crate::place::{FileId, Place, push_token};
use crate::source::{self, Data, Node};

impl Bundle {
    /// Opens a document. Whatever is wrong stands in [`Bundle::diagnostics`].
    pub fn open(path: &Path, files: &dyn Files) -> Self {
        let mut loader = Loader {
            bundle: Self::default(),
            folder: files.folder(path),
            files,
        };
        let root = Place::default();
        if let Err(diagnostic) = loader.load(path.to_owned(), &root) {
            // There has to be a file to say what is wrong with.
            loader.bundle.files.push(SourceFile {
                path: path.to_owned(),
                text: String::new(),
                root: None,
            });
            loader.bundle.diagnostics.push(diagnostic);
            return loader.bundle;
        }
        loader.load_referenced();
        let lost = loader.bundle.lost_references();
        loader.bundle.diagnostics.extend(lost);
        loader.bundle
    }

    /// References that name a file which is there, and a place in it which is not.
    fn lost_references(&self) -> Vec<Diagnostic> {
        let mut lost = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            let file_id = FileId(index);
            let Some(root) = &file.root else { continue };
            for (at, reference) in references(file_id, root) {
                match self.resolve(&at) {
                    Err(Lost::Cycle) => lost.push(cycle(&at.place, reference)),
                    Err(Lost::Missing) if self.is_missing_here(file_id, reference) => {
                        lost.push(self.missing(&at.place, file_id, reference));
                    }
                    Ok(_) | Err(_) => {}
                }
            }
        }
        lost
    }

    /// Whether the file of a reference was read and has no such place: a file that was not read
    /// has its own finding, and so has the next reference of a chain.
    fn is_missing_here(&self, file: FileId, reference: &str) -> bool {
        self.target(file, reference).is_ok_and(|place| {
            let is_read = self
                .files
                .get(place.file.0)
                .is_some_and(|file| file.root.is_some());
            is_read && self.get(&place).is_none()
        })
    }

    fn missing(&self, place: &Place, file: FileId, reference: &str) -> Diagnostic {
        let place = place.child("$ref");
        let diagnostic = Diagnostic::error(
            "unresolved-reference",
            place,
            format!("nothing stands at `{reference}`"),
        );
        match self
            .target(file, reference)
            .ok()
            .and_then(|target| self.nearest(&target))
        {
            Some(help) => diagnostic.help(help),
            None => diagnostic
                .help("write `#/` and the way to it, for example `#/components/schemas/User`"),
        }
    }

    /// The longest part of a pointer that is there, and what it has instead.
    fn nearest(&self, target: &Place) -> Option<String> {
        let mut at = self.file(target.file)?;
        for token in crate::place::tokens(&target.pointer) {
            match at.node.step(&token) {
                Some(node) => {
                    at = At {
                        node,
                        place: at.place.child(&token),
                    };
                }
                None => {
                    let keys: Vec<&str> = at
                        .node
                        .members()
                        .iter()
                        .map(|member| member.key.as_str())
                        .collect();
                    let near = crate::words::nearest(&token, &keys);
                    let parent = if at.place.pointer.is_empty() {
                        "#".to_owned()
                    } else {
                        format!("#{}", at.place.pointer)
                    };
                    return Some(match near {
                        Some(near) => {
                            format!("`{parent}` has no `{token}`; did you mean `{near}`?")
                        }
                        None if keys.is_empty() => format!("`{parent}` has no `{token}`"),
                        None => format!(
                            "`{parent}` has no `{token}`; it has {}",
                            crate::words::list(&keys)
                        ),
                    });
                }
            }
        }
        None
    }
}

fn cycle(place: &Place, reference: &str) -> Diagnostic {
    Diagnostic::error(
        "reference-cycle",
        place.child("$ref"),
        format!("`{reference}` leads through references only, back to itself"),
    )
    .help("let one of them hold the value")
}

struct Loader<'a> {
    bundle: Bundle,
    /// Where all files must lie; none where there is no such folder.
    folder: Option<PathBuf>,
    files: &'a dyn Files,
}

impl Loader<'_> {
    /// Reads and parses one file, named by the reference at `place`.
    fn load(&mut self, path: PathBuf, place: &Place) -> Result<(), Diagnostic> {
        let shown = path.display().to_string();
        let error = |rule, words: String| Diagnostic::error(rule, place.clone(), words);
        let bytes = self.files.read(&path).map_err(|source| {
            error("unreadable-file", format!("read `{shown}`: {source}"))
                .help("check the path; it is read relative to the file that names it")
        })?;
        if bytes.len() > FILE_BYTES_MAX {
            let words = format!(
                "`{shown}` has {} bytes; at most {FILE_BYTES_MAX} are read",
                bytes.len()
            );
            return Err(error("too-large", words));
        }
        let text = String::from_utf8(bytes).map_err(|source| {
            let at = source.utf8_error().valid_up_to();
            error(
                "unreadable-file",
                format!("`{shown}` is no UTF-8 text: see byte {at}"),
            )
        })?;
        let text = text
            .strip_prefix('\u{feff}')
            .map(str::to_owned)
            .unwrap_or(text);
        let parsed = source::parse(&path, &text);
        let file = FileId(self.bundle.files.len());
        for found in parsed.errors {
            let place = Place {
                file,
                pointer: String::new(),
            };
            let mut diagnostic = Diagnostic::error(found.rule, place, found.message).at(found.span);
            diagnostic.help = found.help;
            self.bundle.diagnostics.push(diagnostic);
        }
        self.bundle.files.push(SourceFile {
            path,
            text,
            root: parsed.root,
        });
        Ok(())
    }

    /// Reads what the files name, and what those name, until nothing new is named.
    fn load_referenced(&mut self) {
        let mut waiting: VecDeque<FileId> = VecDeque::from([FileId(0)]);
        while let Some(file) = waiting.pop_front() {
            let named: Vec<(Place, String)> = match self.bundle.file(file) {
                Some(at) => references(file, at.node)
                    .into_iter()
                    .map(|(at, reference)| (at.place, reference.to_owned()))
                    .collect(),
                None => continue,
            };
            for (place, reference) in named {
                let before = self.bundle.files.len();
                if let Err(diagnostic) = self.load_one(file, &place.child("$ref"), &reference) {
                    self.bundle.diagnostics.push(diagnostic);
                }
                waiting.extend((before..self.bundle.files.len()).map(FileId));
            }
        }
    }

    fn load_one(&mut self, file: FileId, place: &Place, reference: &str) -> Result<(), Diagnostic> {
        let (path, _) = split(reference);
        if path.is_empty() || is_meta_schema(reference) {
            return Ok(());
        }
        let error = |rule, words: String| Diagnostic::error(rule, place.clone(), words);
        if has_scheme(&path) {
            let words = format!("`{reference}` would have to be fetched; fs7 reads files only");
            return Err(error("remote-reference", words)
                .help("save it below the folder of the document, and name that file"));
        }
        let outside = || {
            error(
                "reference-outside-folder",
                format!("`{reference}` lies outside the folder of the document"),
            )
            .help("move the file below that folder; commands take another folder with `--root DIR`")
        };
        let wanted = beside(self.bundle.path(file), &path).ok_or_else(outside)?;
        if self.bundle.files.iter().any(|file| file.path == wanted) {
            return Ok(());
        }
        if self.bundle.files.len() >= FILES_MAX {
            let words = format!("the document spans more than {FILES_MAX} files");
            return Err(error("too-many-files", words));
        }
        let real = self.files.real_path(&wanted).map_err(|source| {
            error(
                "unresolved-reference",
                format!("read `{}`: {source}", wanted.display()),
            )
            .help("check the path; it is read relative to the file that names it")
        })?;
        if self
            .folder
            .as_ref()
            .is_none_or(|folder| !real.starts_with(folder))
        {
            return Err(outside());
        }
        self.load(wanted, place)
    }
}

/// The path that `reference` names in the file at `from`, with `.` and `..` taken out; none where
/// it is absolute, or leads above the folder that paths begin in.
pub(crate) fn beside(from: &Path, reference: &str) -> Option<PathBuf> {
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for component in Path::new(reference).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if matches!(path.components().next_back(), Some(Component::Normal(_))) {
                    path.pop();
                } else {
                    path.push("..");
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

fn has_scheme(path: &str) -> bool {
    path.starts_with("//")
        || path.split_once(':').is_some_and(|(scheme, _)| {
            scheme.len() > 1
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        })
}

/// Keys whose value is data: a `$ref` in there is no reference.
const DATA_KEYS: [&str; 5] = ["default", "const", "enum", "example", "examples"];

/// Keys whose value maps names that the author chose.
const NAME_MAPS: [&str; 7] = [
    "properties",
    "patternProperties",
    "definitions",
    "$defs",
    "dependencies",
    "channels",
    "operations",
];

/// Every reference of a file: the object with `$ref`, and what it says.
fn references(file: FileId, root: &Node) -> Vec<(At<'_>, &str)> {
    let mut collector = Collector {
        file,
        pointer: String::new(),
        found: Vec::new(),
    };
    collector.visit(root, false);
    collector.found
}

struct Collector<'a> {
    file: FileId,
    /// Where the value stands that is looked at.
    pointer: String,
    found: Vec<(At<'a>, &'a str)>,
}

impl<'a> Collector<'a> {
    fn visit(&mut self, node: &'a Node, has_names: bool) {
        match &node.data {
            Data::Object(members) => {
                if !has_names && let Some(reference) = node.reference() {
                    let place = Place {
                        file: self.file,
                        pointer: self.pointer.clone(),
                    };
                    self.found.push((At { node, place }, reference));
                    // What stands beside a reference is ignored.
                    return;
                }
                let in_components = self.pointer.starts_with("/components/")
                    && self.pointer.matches('/').count() == 2;
                for member in members {
                    let key = member.key.as_str();
                    let is_data = !has_names
                        && !in_components
                        && (DATA_KEYS.contains(&key) || key.starts_with("x-"));
                    if !is_data {
                        let names = !has_names && NAME_MAPS.contains(&key);
                        self.step(key, &member.value, names);
                    }
                }
            }
            Data::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.step(&index.to_string(), item, false);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, token: &str, node: &'a Node, has_names: bool) {
        let length = self.pointer.len();
        push_token(&mut self.pointer, token);
        self.visit(node, has_names);
        self.pointer.truncate(length);
    }
}
