//! A folder of JSON Schemas as a contract: each file is an event that clients send.

mod draft;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Object, VERSION};
use crate::bundle::decode;
use crate::emit::{self, Form, Kind};
use crate::source;

/// A file of a folder.
#[derive(Clone, Debug)]
pub struct SchemaFile {
    /// Its path, as references between the files are relative to it.
    pub path: PathBuf,
    /// JSON or YAML.
    pub text: String,
}

/// Something about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// What there is to say.
    pub message: String,
}

/// What came of a folder.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// The AsyncAPI 3.0 document.
    pub document: Value,
    /// What draft 7, which AsyncAPI means, cannot say.
    pub warnings: Vec<Note>,
    /// Files that cannot be read; the document then lacks them.
    pub errors: Vec<Note>,
}

/// A contract called `title` from schemas of draft 4 to 2020-12: the file's stem is the event,
/// the schema's title and description are the message's.
pub fn from_schemas(title: &str, files: &[SchemaFile]) -> Schemas {
    let mut found = Schemas {
        document: Value::Null,
        warnings: Vec::new(),
        errors: Vec::new(),
    };
    let mut named: Vec<(String, String, &SchemaFile)> = Vec::new();
    for file in files {
        let event = event(&file.path);
        let name = component(&event, &named);
        named.push((event, name, file));
    }
    let paths: Vec<(PathBuf, String)> = named
        .iter()
        .map(|(_, name, file)| (file.path.clone(), name.clone()))
        .collect();
    let mut parts = Parts::default();
    for (event, name, file) in &named {
        let note = |message| Note {
            path: file.path.clone(),
            line: None,
            message,
        };
        let Some(mut schema) = read(file, &mut found.errors) else {
            continue;
        };
        let mut told = draft::to_draft_7(&mut schema);
        rewrite(
            &mut schema,
            Form::One(Kind::Schema),
            &file.path,
            &paths,
            &mut told,
        );
        told.sort();
        told.dedup();
        found.warnings.extend(told.into_iter().map(note));
        if parts.channels.contains_key(event) {
            let words = format!("the event `{event}` has a schema already; this file is left out");
            found.errors.push(note(words));
            continue;
        }
        parts.add(event, name, schema);
    }
    found.document = json!({
        "asyncapi": VERSION,
        "info": { "title": title, "version": "1.0.0" },
        "defaultContentType": "application/json",
        "channels": parts.channels,
        "operations": parts.operations,
        "components": { "messages": parts.messages, "schemas": parts.schemas },
    });
    found
}

/// What each schema adds to the document.
#[derive(Default)]
struct Parts {
    channels: Object,
    operations: Object,
    messages: Object,
    schemas: Object,
}

impl Parts {
    fn add(&mut self, event: &str, name: &str, schema: Value) {
        let mut message = Object::new();
        for word in ["title", "description"] {
            if let Some(text) = schema.get(word).filter(|it| it.is_string()) {
                message.insert(word.into(), text.clone());
            }
        }
        let payload = json!({ "$ref": emit::reference(&["components", "schemas", name]) });
        message.insert("payload".into(), payload);
        self.messages
            .insert(name.to_owned(), Value::Object(message));
        self.schemas.insert(name.to_owned(), schema);
        let message = json!({ "$ref": emit::reference(&["components", "messages", name]) });
        let channel = json!({ "address": event, "messages": { name: message } });
        self.channels.insert(event.to_owned(), channel);
        let operation = json!({
            "action": "receive",
            "channel": { "$ref": emit::reference(&["channels", event]) },
            "messages": [{ "$ref": emit::reference(&["channels", event, "messages", name]) }],
        });
        self.operations.insert(event.to_owned(), operation);
    }
}

/// The event of a file: its name without `.schema` and ending.
fn event(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.strip_suffix(".schema").unwrap_or(&stem).to_owned()
}

/// A key of `components` that no other file has.
fn component(event: &str, named: &[(String, String, &SchemaFile)]) -> String {
    let is_allowed = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    let wanted: String = event
        .chars()
        .map(|it| if is_allowed(it) { it } else { '_' })
        .collect();
    let mut name = wanted.clone();
    let mut number = 2_u32;
    while named.iter().any(|(_, taken, _)| *taken == name) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

fn read(file: &SchemaFile, errors: &mut Vec<Note>) -> Option<Value> {
    let mut say = |line, message| {
        errors.push(Note {
            path: file.path.clone(),
            line,
            message,
        })
    };
    let parsed = source::parse(&file.path, &file.text);
    for error in &parsed.errors {
        let before = file.text.get(..error.span.start).unwrap_or_default();
        say(
            Some(before.matches('\n').count() + 1),
            error.message.clone(),
        );
    }
    let root = parsed.root?;
    if parsed.errors.is_empty() && !root.is_object() {
        let found = root.type_name();
        say(
            None,
            format!("expected a JSON Schema, which is an object, found {found}"),
        );
    }
    (parsed.errors.is_empty() && root.is_object()).then(|| root.to_value())
}

/// References within the file and to the other files now lead into `components/schemas`.
fn rewrite(
    value: &mut Value,
    form: Form,
    path: &Path,
    paths: &[(PathBuf, String)],
    told: &mut Vec<String>,
) {
    match value {
        Value::Object(members) => {
            if form == Form::One(Kind::Schema)
                && let Some(Value::String(reference)) = members.get_mut("$ref")
            {
                match moved(reference, path, paths) {
                    Some(moved) => *reference = moved,
                    None => told.push(format!("`$ref: {reference}` leads out of the folder")),
                }
            }
            for (key, member) in members {
                rewrite(member, form.member(key), path, paths, told);
            }
        }
        Value::Array(items) => {
            for item in items {
                rewrite(item, form.item(), path, paths, told);
            }
        }
        _ => {}
    }
}

fn moved(reference: &str, path: &Path, paths: &[(PathBuf, String)]) -> Option<String> {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let target = if file.is_empty() {
        path.to_owned()
    } else {
        crate::bundle::beside(path, &decode(file))?
    };
    let (_, name) = paths.iter().find(|(path, _)| *path == target)?;
    let inner = decode(fragment);
    if !inner.is_empty() && !inner.starts_with('/') {
        return None;
    }
    // What `$defs` held is under `definitions` now.
    let inner = inner.replacen("/$defs/", "/definitions/", 1);
    Some(format!(
        "{}{}",
        emit::reference(&["components", "schemas", name]),
        emit::fragment(&inner).trim_start_matches('#')
    ))
}
