//! YAML 1.2, one document a file, core schema, aliases expanded, merge keys (`<<`) followed.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::json::too_large;
use super::node::{Data, Member, Node};
use super::{DEPTH_MAX, NODES_MAX, Parsed, SyntaxError, repeated_key, scalar};

pub(super) fn parse(text: &str) -> Parsed {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                let span = builder.bytes(span);
                if !builder.take(event, span) {
                    break;
                }
            }
            Some(Err(error)) => {
                let at = builder.byte(error.marker().index());
                let message = format!("this is no YAML: {}", error.info());
                builder
                    .errors
                    .push(SyntaxError::new("invalid-yaml", message, at..at));
                return Parsed {
                    root: None,
                    errors: builder.errors,
                };
            }
        }
    }
    builder.finish()
}

/// A collection that is not at its end yet.
enum Open {
    Array {
        start: usize,
        anchor: usize,
        items: Vec<Node>,
    },
    Object {
        start: usize,
        anchor: usize,
        members: Vec<Member>,
        keys: HashSet<String>,
        key: Option<Node>,
        merged: Vec<Node>,
    },
}

struct Builder<'a> {
    text: &'a str,
    /// Byte of each character; empty where they are the same.
    offsets: Vec<usize>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    documents: usize,
    root: Option<Node>,
    nodes: usize,
    errors: Vec<SyntaxError>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let offsets = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Self {
            text,
            offsets,
            open: Vec::new(),
            anchors: HashMap::new(),
            documents: 0,
            root: None,
            nodes: 0,
            errors: Vec::new(),
        }
    }

    /// The byte of a character; the parser counts in characters.
    fn byte(&self, character: usize) -> usize {
        if self.offsets.is_empty() {
            return character.min(self.text.len());
        }
        self.offsets
            .get(character)
            .copied()
            .unwrap_or(self.text.len())
    }

    fn bytes(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    /// Takes one event; false where going on is of no use.
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> bool {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let words = "a second document begins here; a contract is one document";
                    let error = SyntaxError::new("invalid-yaml", words, span)
                        .help("put it into a file of its own, and name that with `$ref`");
                    self.errors.push(error);
                    return false;
                }
                true
            }
            Event::SequenceStart(anchor, _) => self.begin(
                Open::Array {
                    start: span.start,
                    anchor,
                    items: Vec::new(),
                },
                span,
            ),
            Event::MappingStart(anchor, _) => self.begin(
                Open::Object {
                    start: span.start,
                    anchor,
                    members: Vec::new(),
                    keys: HashSet::new(),
                    key: None,
                    merged: Vec::new(),
                },
                span,
            ),
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            Event::Scalar(text, style, anchor, tag) => {
                let data = self.scalar(&text, style, tag.as_deref(), &span);
                self.add(Node { span, data }, anchor, 1)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some((node, size)) => {
                    let (node, size) = (node.clone(), *size);
                    self.add(node, 0, size)
                }
                None => {
                    let words =
                        "the alias names an anchor that is not finished yet, or is not there";
                    self.errors
                        .push(SyntaxError::new("invalid-yaml", words, span));
                    false
                }
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => true,
        }
    }

    fn begin(&mut self, open: Open, span: Range<usize>) -> bool {
        if self.open.len() >= DEPTH_MAX {
            self.errors.push(too_large(span));
            return false;
        }
        self.open.push(open);
        true
    }

    fn end(&mut self, end: usize) -> bool {
        let Some(open) = self.open.pop() else {
            return false;
        };
        let (node, anchor) = match open {
            Open::Array {
                start,
                anchor,
                items,
            } => {
                let end = items.last().map_or(end, |last| last.span.end.max(start));
                let span = start..self.trimmed(start, end);
                (
                    Node {
                        span,
                        data: Data::Array(items),
                    },
                    anchor,
                )
            }
            Open::Object {
                start,
                anchor,
                mut members,
                mut keys,
                merged,
                ..
            } => {
                merge(&mut members, &mut keys, merged);
                let span = start..self.trimmed(start, end);
                (
                    Node {
                        span,
                        data: Data::Object(members),
                    },
                    anchor,
                )
            }
        };
        self.add(node, anchor, 1)
    }

    /// The end without the white space behind it: a block ends where the next one begins.
    fn trimmed(&self, start: usize, end: usize) -> usize {
        let text = self.text.get(start..end).unwrap_or_default();
        start + text.trim_end().len()
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Range<usize>,
    ) -> Data {
        let is_string_tag = tag.is_some_and(|tag| {
            (tag.is_yaml_core_schema() && tag.suffix == "str")
                || tag.handle == "!" && tag.suffix.is_empty()
        });
        if style != ScalarStyle::Plain || is_string_tag {
            return Data::String(text.to_owned());
        }
        scalar::plain(text).unwrap_or_else(|words| {
            self.errors
                .push(SyntaxError::new("invalid-yaml", words, span.clone()));
            Data::Null
        })
    }

    /// Puts a finished value into its collection. `size` values come with it.
    fn add(&mut self, node: Node, anchor: usize, size: usize) -> bool {
        self.nodes += size;
        if self.nodes > NODES_MAX {
            self.errors.push(too_large(node.span));
            return false;
        }
        if anchor != 0 {
            // What an anchor keeps for its aliases counts too.
            let size = count(&node);
            self.nodes += size;
            self.anchors.insert(anchor, (node.clone(), size));
            if depth(&node) + self.open.len() > DEPTH_MAX {
                self.errors.push(too_large(node.span));
                return false;
            }
        }
        if size > 1 && depth(&node) + self.open.len() > DEPTH_MAX {
            self.errors.push(too_large(node.span));
            return false;
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Array { items, .. }) => items.push(node),
            Some(Open::Object {
                members,
                keys,
                key,
                merged,
                ..
            }) => match key.take() {
                None => *key = Some(node),
                Some(name) => {
                    let shown = self.text.get(name.span.clone()).unwrap_or_default();
                    let name = (name, shown.starts_with(['"', '\'']));
                    add_member(members, keys, merged, name, node, &mut self.errors);
                }
            },
        }
        true
    }

    fn finish(mut self) -> Parsed {
        let is_whole =
            self.open.is_empty() && self.errors.iter().all(|error| error.rule != "too-large");
        let root = self.root.take().filter(|_| is_whole);
        let is_empty = root
            .as_ref()
            .is_none_or(|root| root.is_null() && root.span.is_empty());
        if is_empty && self.errors.is_empty() {
            self.errors.push(SyntaxError::new(
                "empty-document",
                "the file is empty",
                0..0,
            ));
        }
        Parsed {
            root: root.filter(|_| !is_empty),
            errors: self.errors,
        }
    }
}

fn add_member(
    members: &mut Vec<Member>,
    keys: &mut HashSet<String>,
    merged: &mut Vec<Node>,
    (name, is_quoted): (Node, bool),
    value: Node,
    errors: &mut Vec<SyntaxError>,
) {
    let key = match name.data {
        Data::String(text) => text,
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Array(_) | Data::Object(_) => {
            let words = "a key of an object is text, and this is a collection";
            errors.push(
                SyntaxError::new("invalid-yaml", words, name.span).help("write the key in quotes"),
            );
            return;
        }
    };
    // In quotes it is a name like any other.
    if key == "<<" && !is_quoted {
        merged.push(value);
        return;
    }
    if !keys.insert(key.clone()) {
        errors.push(repeated_key(&key, name.span));
        return;
    }
    members.push(Member {
        key,
        key_span: name.span,
        value,
    });
}

/// Merge keys (yaml.org/type/merge.html): what is there wins, earlier ones win.
fn merge(members: &mut Vec<Member>, keys: &mut HashSet<String>, merged: Vec<Node>) {
    for node in merged {
        let sources = match node.data {
            Data::Array(items) => items,
            _ => vec![node],
        };
        for source in sources {
            if let Data::Object(more) = source.data {
                members.extend(
                    more.into_iter()
                        .filter(|member| keys.insert(member.key.clone())),
                );
            }
        }
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.data {
        Data::Array(items) => items.iter().map(count).sum(),
        Data::Object(members) => members.iter().map(|member| count(&member.value)).sum(),
        _ => 0,
    }
}

fn depth(node: &Node) -> usize {
    match &node.data {
        Data::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Data::Object(members) => {
            1 + members
                .iter()
                .map(|member| depth(&member.value))
                .max()
                .unwrap_or(0)
        }
        _ => 0,
    }
}
