//! Expressions of Rust, laid out as rustfmt lays them out.

/// Longest line.
const COLUMNS_MAX: usize = 100;
/// Longest arguments on one line.
const CALL_MAX: usize = 60;
/// Longest fields on one line.
const FIELDS_MAX: usize = 18;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Code {
    /// On one line, whatever happens.
    Text(String),
    /// A call, a list or a tuple: what opens it, the parts, what closes it.
    List(String, Vec<Self>, &'static str),
    /// A struct: its name, its fields.
    Struct(String, Vec<(String, Self)>),
}

impl Code {
    /// A call.
    pub(super) fn call(name: &str, arguments: Vec<Self>) -> Self {
        Self::List(format!("{name}("), arguments, ")")
    }

    /// The text at an indentation (in characters), where so many characters stand before and
    /// behind it on its lines.
    pub(super) fn text(&self, indent: usize, around: usize) -> String {
        let line = self.line();
        let fits = indent + around + line.chars().count() <= COLUMNS_MAX;
        if fits && self.is_short() {
            return line;
        }
        let (inner, outer) = (" ".repeat(indent + 4), " ".repeat(indent));
        match self {
            Self::Text(text) => text.clone(),
            Self::List(open, parts, close) => match parts.as_slice() {
                [only @ (Self::List(..) | Self::Struct(..))] => {
                    let around = around + open.chars().count() + close.len();
                    format!("{open}{}{close}", only.text(indent, around))
                }
                parts => {
                    let parts = parts.iter().map(|part| part.text(indent + 4, 1));
                    let lines: String = parts.map(|part| format!("{inner}{part},\n")).collect();
                    format!("{open}\n{lines}{outer}{close}")
                }
            },
            Self::Struct(name, fields) => {
                let lines = fields.iter().map(|(field, value)| {
                    let value = value.text(indent + 4, field.chars().count() + 3);
                    format!("{inner}{field}: {value},\n")
                });
                format!("{name} {{\n{}{outer}}}", lines.collect::<String>())
            }
        }
    }

    /// On one line.
    fn line(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(open, _, close) => format!("{open}{}{close}", self.body()),
            Self::Struct(name, fields) if fields.is_empty() => format!("{name} {{}}"),
            Self::Struct(name, _) => format!("{name} {{ {} }}", self.body()),
        }
    }

    /// What stands between the brackets.
    fn body(&self) -> String {
        let parts: Vec<String> = match self {
            Self::Text(_) => Vec::new(),
            // A tuple of one needs its comma.
            Self::List(open, parts, _) if open == "(" && parts.len() == 1 => {
                parts.iter().map(|part| part.line() + ",").collect()
            }
            Self::List(_, parts, _) => parts.iter().map(Self::line).collect(),
            Self::Struct(_, fields) => fields
                .iter()
                .map(|(field, value)| format!("{field}: {}", value.line()))
                .collect(),
        };
        parts.join(", ")
    }

    /// Whether everything within may stand on one line.
    fn is_short(&self) -> bool {
        let length = self.body().chars().count();
        match self {
            Self::Text(_) => true,
            Self::List(_, parts, _) => {
                let is_one_text = matches!(parts.as_slice(), [Self::Text(_)]);
                (is_one_text || length <= CALL_MAX) && parts.iter().all(Self::is_short)
            }
            Self::Struct(_, fields) => {
                length <= FIELDS_MAX && fields.iter().all(|(_, value)| value.is_short())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_expressions_are_broken() {
        let text = |text: &str| Code::Text(text.to_owned());
        let fields = vec![
            ("status".to_owned(), text("Status::Success")),
            ("a".to_owned(), text("1")),
        ];
        let reply = Code::Struct("Reply".to_owned(), fields);
        assert_eq!(
            Code::call("Ok", vec![reply.clone()]).text(4, 0),
            "Ok(Reply {\n        status: Status::Success,\n        a: 1,\n    })"
        );
        assert_eq!(
            Code::call("emit", vec![text("context"), reply]).text(0, 2),
            "emit(\n    context,\n    Reply {\n        status: Status::Success,\n        a: 1,\n    },\n)"
        );
        let short = Code::Struct("A".to_owned(), vec![("b".to_owned(), text("1"))]);
        assert_eq!(short.text(0, 0), "A { b: 1 }");
        let one = Code::List("(".to_owned(), vec![text("1")], ")");
        assert_eq!(one.text(0, 0), "(1,)");
    }
}
