//! Names with `{parameters}`, and which names fit them.

use crate::model::Parameter;

/// An event name with `{parameters}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// As it stands.
    Text(String),
    /// One of these; none named: anything that is not empty and holds no `/` (RFC 6570, simple
    /// expansion, escapes it).
    Parameter(Vec<String>),
}

impl Template {
    /// A name's template; none where it has no parameters. A brace without its partner is text.
    pub fn parse(name: &str, parameters: &[Parameter]) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = name;
        let mut has_parameters = false;
        while let Some((before, inside, after)) = split(rest) {
            has_parameters = true;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let values = parameters
                .iter()
                .find(|parameter| parameter.name == inside)
                .map(|parameter| parameter.values.clone());
            pieces.push(Piece::Parameter(values.unwrap_or_default()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        has_parameters.then_some(Self { pieces })
    }

    /// Whether a name is the template filled in. Takes time in proportion to the square of the
    /// name's length at most.
    pub fn fits(&self, name: &str) -> bool {
        // Where in the name the pieces so far can end; each once.
        let mut ends = vec![0];
        for piece in &self.pieces {
            let mut next: Vec<usize> = ends
                .iter()
                .filter_map(|end| Some((*end, name.get(*end..)?)))
                .flat_map(|(end, rest)| {
                    let lengths = piece.lengths(rest);
                    lengths.into_iter().map(move |length| end + length)
                })
                .collect();
            next.sort_unstable();
            next.dedup();
            ends = next;
            if ends.is_empty() {
                return false;
            }
        }
        ends.contains(&name.len())
    }
}

impl Piece {
    /// How many bytes of a text's beginning the piece can stand for.
    fn lengths(&self, text: &str) -> Vec<usize> {
        match self {
            Self::Text(piece) if text.starts_with(piece.as_str()) => vec![piece.len()],
            Self::Text(_) => Vec::new(),
            Self::Parameter(values) if values.is_empty() => {
                let segment = text.split('/').next().unwrap_or_default();
                segment
                    .char_indices()
                    .map(|(index, character)| index + character.len_utf8())
                    .collect()
            }
            Self::Parameter(values) => values
                .iter()
                .filter(|value| text.starts_with(value.as_str()))
                .map(String::len)
                .collect(),
        }
    }
}

/// What stands before, in and after the first pair of braces.
fn split(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    Some((before, inside, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, values: &[&str]) -> Parameter {
        Parameter {
            name: name.into(),
            description: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            default: None,
        }
    }

    #[test]
    fn names_fit_their_templates() {
        let parameters = [parameter("state", &["on", "off"]), parameter("id", &[])];
        for (template, fitting, others) in [
            (
                "user/{id}",
                &["user/1", "user/ü"][..],
                &["user/", "user", "user/1/2", "xuser/1", "user/1/"][..],
            ),
            (
                "light.{id}.{state}",
                &["light.a.on", "light.a.b.off", "light.on.on"],
                &["light.a.dim", "light..on", "light.a.on "],
            ),
            ("{id}", &["x", "{id}"], &["", "/"]),
            ("{id}{id}", &["xy", "xyz"], &["x", ""]),
            ("{state}x", &["onx", "offx"], &["x", "on"]),
        ] {
            let parsed = Template::parse(template, &parameters).unwrap();
            for name in fitting {
                assert!(parsed.fits(name), "{name} in {template}");
            }
            for name in others {
                assert!(!parsed.fits(name), "{name} in {template}");
            }
        }
        for text in ["user", "a{b", "a}b{", ""] {
            assert_eq!(Template::parse(text, &parameters), None, "{text}");
        }
    }

    #[test]
    fn many_parameters_take_no_time() {
        let template = Template::parse(&"{a}".repeat(50), &[]).unwrap();
        assert!(template.fits(&"x".repeat(256)));
        assert!(!template.fits(&"x".repeat(49)));
    }
}
