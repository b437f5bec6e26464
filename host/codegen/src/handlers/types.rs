//! Types as the text of Rust.

use std::fmt::Write as _;

use super::shape::{Field, Item, Kind, Presence, Shape, Struct, Union};
use super::value;
use crate::names::{self, Taken};

/// The text of all types, and of the functions that give missing fields their value.
pub(super) fn text(items: &[Item]) -> String {
    let mut writer = Writer {
        items,
        text: String::new(),
        defaults: Vec::new(),
        taken: Taken::default(),
    };
    for item in items {
        writer.item(item);
    }
    writer.defaults();
    writer.text
}

/// A type where it is used.
pub(super) fn name(items: &[Item], shape: &Shape) -> String {
    let inner = |shape| name(items, shape);
    match shape {
        Shape::Any => "Value".to_owned(),
        Shape::Null => "()".to_owned(),
        Shape::Bool => "bool".to_owned(),
        Shape::Signed => "i64".to_owned(),
        Shape::Unsigned => "u64".to_owned(),
        Shape::Number => "fs7_sdk::serde_json::Number".to_owned(),
        Shape::Float => "f64".to_owned(),
        Shape::Text => "String".to_owned(),
        Shape::Option(part) => format!("Option<{}>", inner(part)),
        Shape::List(part) => format!("Vec<{}>", inner(part)),
        Shape::Map(part) => format!("BTreeMap<String, {}>", inner(part)),
        Shape::Boxed(part) => format!("Box<{}>", inner(part)),
        Shape::Tuple(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| inner(part) + ",").collect();
            format!("({})", parts.join(" "))
        }
        Shape::Named(index) => match items.get(*index) {
            Some(item) => item.name.clone(),
            None => "Value".to_owned(),
        },
    }
}

/// A text as Rust writes it.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// A doc comment.
pub(super) fn comment(lines: &[String], indent: &str) -> String {
    let mut text = String::new();
    for line in lines {
        let space = if line.is_empty() { "" } else { " " };
        let _ = writeln!(text, "{indent}///{space}{line}");
    }
    text
}

struct Writer<'a> {
    items: &'a [Item],
    text: String,
    /// Functions for missing fields: name, type, value.
    defaults: Vec<(String, String, String)>,
    taken: Taken,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn item(&mut self, item: &Item) {
        self.line("");
        self.text.push_str(&comment(&item.doc, ""));
        match &item.kind {
            Kind::Open => self.line(&format!("pub type {} = Value;", item.name)),
            Kind::Alias(shape) => {
                let shape = name(self.items, shape);
                self.line(&format!("pub type {} = {shape};", item.name));
            }
            Kind::Wrapper(shape) => {
                let shape = name(self.items, shape);
                self.line("#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]");
                self.line("#[serde(transparent)]");
                self.line(&format!("pub struct {}(pub {shape});", item.name));
            }
            Kind::Choice(variants) => self.choice(&item.name, variants),
            Kind::Struct(object) => self.object(&item.name, object),
            Kind::Union(union) => self.union(&item.name, union),
        }
    }

    fn choice(&mut self, name: &str, variants: &[(String, String)]) {
        self.line("#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]");
        self.line(&format!("pub enum {name} {{"));
        for (variant, text) in variants {
            if variant != text {
                self.line(&format!("    #[serde(rename = {})]", literal(text)));
            }
            self.line(&format!("    {variant},"));
        }
        self.line("}");
    }

    fn object(&mut self, name: &str, object: &Struct) {
        let is_optional = |field: &Field| field.presence == Presence::Optional;
        // Only where the values of a missing field are those of `Default`.
        let default = if object.fields.iter().all(is_optional) {
            "Default, "
        } else {
            ""
        };
        self.line(&format!(
            "#[derive(Clone, Debug, {default}PartialEq, Serialize, Deserialize)]"
        ));
        if object.is_strict && object.rest.is_none() {
            self.line("#[serde(deny_unknown_fields)]");
        }
        if object.fields.is_empty() && object.rest.is_none() {
            self.line(&format!("pub struct {name} {{}}"));
            return;
        }
        self.line(&format!("pub struct {name} {{"));
        for field in &object.fields {
            self.field(name, field);
        }
        if let Some((rest, shape)) = &object.rest {
            let shape = self::name(self.items, shape);
            self.line("    /// Fields of other names.");
            self.line("    #[serde(flatten)]");
            self.line(&format!("    pub {rest}: BTreeMap<String, {shape}>,"));
        }
        self.line("}");
    }

    fn field(&mut self, parent: &str, field: &Field) {
        self.text.push_str(&comment(&field.doc, "    "));
        if field.name != field.key {
            self.line(&format!("    #[serde(rename = {})]", literal(&field.key)));
        }
        let mut kind = name(self.items, &field.shape);
        match &field.presence {
            Presence::Required => {}
            Presence::Optional => self.optional(&mut kind, &field.shape),
            Presence::Default(default) => {
                match value::of_missing(self.items, &field.shape, default) {
                    Some(value) => {
                        let function = names::snake(&format!("{parent} {}", field.name));
                        let function = self.taken.unique_snake(&function);
                        self.line(&format!("    #[serde(default = \"defaults::{function}\")]"));
                        self.defaults
                            .push((function, kind.clone(), value.text(8, 0)));
                    }
                    None => {
                        self.line(&format!(
                            "    /// Where it is missing: `{}`.",
                            super::json::line(default)
                        ));
                        self.optional(&mut kind, &field.shape);
                    }
                }
            }
        }
        self.line(&format!("    pub {}: {kind},", field.name));
    }

    /// A field that may be missing; one that may be `null` too is then left out when written.
    fn optional(&mut self, kind: &mut String, shape: &Shape) {
        if !matches!(shape, Shape::Option(_)) {
            *kind = format!("Option<{kind}>");
        }
        self.line("    #[serde(default, skip_serializing_if = \"Option::is_none\")]");
    }

    fn union(&mut self, name: &str, union: &Union) {
        self.line("#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]");
        match &union.tag {
            Some(tag) => self.line(&format!("#[serde(tag = {})]", literal(tag))),
            None => self.line("#[serde(untagged)]"),
        }
        self.line(&format!("pub enum {name} {{"));
        for variant in &union.variants {
            if let Some(tag) = variant.tag.as_ref().filter(|tag| **tag != variant.name) {
                self.line(&format!("    #[serde(rename = {})]", literal(tag)));
            }
            match &variant.shape {
                Shape::Null => self.line(&format!("    {},", variant.name)),
                shape => {
                    let shape = self::name(self.items, shape);
                    self.line(&format!("    {}({shape}),", variant.name));
                }
            }
        }
        self.line("}");
    }

    fn defaults(&mut self) {
        if self.defaults.is_empty() {
            return;
        }
        self.line("");
        self.line("/// What fields are where they are missing.");
        self.line("mod defaults {");
        self.line("    use super::*;");
        for (function, kind, value) in std::mem::take(&mut self.defaults) {
            self.line("");
            self.line(&format!("    pub(super) fn {function}() -> {kind} {{"));
            self.line(&format!("        {value}"));
            self.line("    }");
        }
        self.line("}");
    }
}
