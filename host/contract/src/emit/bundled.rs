//! All files of a document as one: what stands in other files moves into `components`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::form::{Form, Kind};
use crate::bundle::{At, Bundle};
use crate::place::{FileId, Place, push_token, tokens};

/// How deep values are put in place of references that have no home in `components`.
const DEPTH_MAX: usize = 32;

/// The document as one value, in the order of its files. What another file holds stands under
/// `components`, or in place of its reference where a name of the document referred to it. None
/// where the first file could not be read.
pub fn bundled(bundle: &Bundle) -> Option<Value> {
    let root = bundle.root()?;
    let mut bundler = Bundler {
        bundle,
        homes: HashMap::new(),
        inlined: HashSet::new(),
        waiting: VecDeque::new(),
        depth: 0,
    };
    bundler.find_homes(&root);
    let mut document = bundler.value(&root, Form::One(Kind::Document));
    while let Some((pointer, place, kind)) = bundler.waiting.pop_front() {
        if let Some(at) = bundle.get(&place) {
            let value = bundler.value(&at, Form::One(kind));
            insert(&mut document, &pointer, value);
        }
    }
    Some(document)
}

struct Bundler<'a> {
    bundle: &'a Bundle,
    /// Where values of other files stand now: pointers in the new document.
    homes: HashMap<Place, String>,
    /// References of the first file that give way to what they name.
    inlined: HashSet<String>,
    waiting: VecDeque<(String, Place, Kind)>,
    depth: usize,
}

impl Bundler<'_> {
    /// Servers, channels, operations and components that are one reference to another file: that
    /// is where the value belongs.
    fn find_homes(&mut self, root: &At<'_>) {
        let named = ["servers", "channels", "operations"]
            .into_iter()
            .filter_map(|key| root.get(key));
        let components = root.get("components");
        let sections = components
            .iter()
            .flat_map(|at| at.members())
            .map(|(_, at)| at);
        for at in named
            .chain(sections)
            .flat_map(|at| at.members())
            .map(|(_, at)| at)
        {
            let Some(reference) = at.node.reference() else {
                continue;
            };
            if let Ok(target) = self.bundle.target(FileId(0), reference)
                && target.file != FileId(0)
                && !self.homes.contains_key(&target)
            {
                self.homes.insert(target, at.place.pointer.clone());
                self.inlined.insert(at.place.pointer);
            }
        }
    }

    fn value(&mut self, at: &At<'_>, form: Form) -> Value {
        if form != Form::Data
            && !matches!(form, Form::Map(_))
            && let Some(reference) = at.node.reference()
        {
            return self.reference(at, reference, form);
        }
        if at.node.is_object() {
            let members = at.members();
            let members =
                members.map(|(key, at)| (key.to_owned(), self.value(&at, form.member(key))));
            return Value::Object(members.collect());
        }
        if !at.node.items().is_empty() {
            let items = at.items().map(|item| self.value(&item, form.item()));
            return Value::Array(items.collect());
        }
        at.node.to_value()
    }

    fn reference(&mut self, at: &At<'_>, reference: &str, form: Form) -> Value {
        let Ok(target) = self.bundle.target(at.place.file, reference) else {
            return at.node.to_value();
        };
        let is_inlined = at.place.file == FileId(0) && self.inlined.contains(&at.place.pointer);
        if target.file == FileId(0) && at.place.file == FileId(0) {
            return at.node.to_value();
        }
        let home = if is_inlined {
            None
        } else {
            self.home(&target, form)
        };
        if let Some(pointer) = home {
            return json!({ "$ref": fragment(&pointer) });
        }
        match self.bundle.get(&target) {
            Some(target) if self.depth < DEPTH_MAX => {
                self.depth += 1;
                let value = self.value(&target, form);
                self.depth -= 1;
                value
            }
            _ => at.node.to_value(),
        }
    }

    /// The pointer in the new document of a value, with a new home where it has none.
    fn home(&mut self, target: &Place, form: Form) -> Option<String> {
        if target.file == FileId(0) {
            return Some(target.pointer.clone());
        }
        // It may stand inside of what has a home.
        let mut above = target.clone();
        let mut rest = String::new();
        loop {
            if let Some(home) = self.homes.get(&above) {
                return Some(format!("{home}{rest}"));
            }
            let Some(cut) = above.pointer.rfind('/') else {
                break;
            };
            rest.insert_str(0, above.pointer.get(cut..)?);
            above.pointer.truncate(cut);
        }
        let (Form::One(kind) | Form::List(kind) | Form::Map(kind)) = form else {
            return None;
        };
        let section = kind.section()?;
        let name = self.free_name(section, target);
        let pointer = format!("/components/{section}/{name}");
        self.homes.insert(target.clone(), pointer.clone());
        self.waiting
            .push_back((pointer.clone(), target.clone(), kind));
        Some(pointer)
    }

    fn free_name(&self, section: &str, target: &Place) -> String {
        let last = tokens(&target.pointer)
            .last()
            .filter(|last| !last.is_empty());
        let name = last.unwrap_or_else(|| {
            let stem = self.bundle.path(target.file).file_stem();
            let stem = stem.unwrap_or(Path::new("file").as_os_str());
            stem.to_string_lossy()
        });
        // What `components` allows (all versions, "Components Object").
        let is_allowed = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
        let name: String = name
            .chars()
            .map(|it| if is_allowed(it) { it } else { '_' })
            .collect();
        let is_taken = |name: &str| {
            let pointer = format!("/components/{section}/{name}");
            let place = Place {
                file: FileId(0),
                pointer: pointer.clone(),
            };
            self.bundle.get(&place).is_some() || self.homes.values().any(|home| *home == pointer)
        };
        let mut free = name.clone();
        let mut number = 2_u32;
        while is_taken(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        free
    }
}

/// Puts a value at a pointer, with the objects on the way.
fn insert(document: &mut Value, pointer: &str, value: Value) {
    let mut at = document;
    for token in tokens(pointer) {
        let Value::Object(members) = at else { return };
        at = members
            .entry(token.into_owned())
            .or_insert_with(|| Value::Object(Map::new()));
    }
    *at = value;
}

/// A pointer as the fragment of a reference (RFC 6901, section 6; RFC 3986, section 3.5).
pub(crate) fn fragment(pointer: &str) -> String {
    let mut fragment = String::with_capacity(pointer.len() + 1);
    fragment.push('#');
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@?".contains(&byte) {
            fragment.push(char::from(byte));
        } else {
            fragment.push_str(&format!("%{byte:02X}"));
        }
    }
    fragment
}

/// The `$ref` to the value behind these names, from the top of the document.
pub fn reference(names: &[&str]) -> String {
    let mut pointer = String::new();
    for name in names {
        push_token(&mut pointer, name);
    }
    fragment(&pointer)
}
