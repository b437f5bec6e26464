//! The query of a handshake to `/ws`: which namespace, which session, and the client's own words
//! for the connect hook.

use serde_json::{Map, Value};

use crate::gateway::hub::Wish;

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// The namespace's path.
    pub(super) namespace: String,
    /// Whether it wants a session, and which.
    pub(super) wish: Wish,
    /// What the connect hook reads: a JSON array of one object with all other parameters as text,
    /// or of nothing where there are none.
    pub(super) args: String,
}

impl Query {
    /// Reads the parameters; of several with the same name the last counts.
    ///
    /// # Errors
    /// With what was expected.
    pub(super) fn read(parameters: Vec<(String, String)>) -> Result<Self, String> {
        let (mut namespace, mut wants_session) = ("/".to_owned(), false);
        let (mut token, mut received) = (None, 0);
        let mut words = Map::new();
        for (name, value) in parameters {
            match name.as_str() {
                "namespace" => namespace = path(value),
                "session" => {
                    wants_session = match value.as_str() {
                        "1" | "true" => true,
                        "" | "0" | "false" => false,
                        _ => return Err(format!("query `session`: expected 1, found `{value}`")),
                    }
                }
                "token" => token = Some(value),
                "received" => {
                    received = value.parse().map_err(|_| {
                        format!("query `received`: expected a number of events, found `{value}`")
                    })?;
                }
                // It was read with the headers.
                "api_key" => {}
                _ => drop(words.insert(name, Value::String(value))),
            }
        }
        let wish = match token {
            Some(token) => Wish::Resume { token, received },
            None if wants_session => Wish::New,
            None => Wish::None,
        };
        let args = if words.is_empty() {
            "[]".to_owned()
        } else {
            Value::Array(vec![Value::Object(words)]).to_string()
        };
        Ok(Self {
            namespace,
            wish,
            args,
        })
    }
}

/// `chat` means `/chat`, as it does for Socket.IO's clients.
fn path(namespace: String) -> String {
    if namespace.starts_with('/') {
        namespace
    } else {
        format!("/{namespace}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<Query, String> {
        let own = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        Query::read(query.iter().map(own).collect())
    }

    #[test]
    fn parameters_say_where_and_which_session() {
        let resume = |token: &str, received| Wish::Resume {
            token: token.to_owned(),
            received,
        };
        type Pairs<'a> = &'a [(&'a str, &'a str)];
        let table: [(Pairs<'_>, &str, Wish); 7] = [
            (&[], "/", Wish::None),
            (&[("namespace", "/chat")], "/chat", Wish::None),
            (
                &[("namespace", "chat"), ("session", "1")],
                "/chat",
                Wish::New,
            ),
            (&[("session", "true"), ("namespace", "")], "/", Wish::New),
            (&[("session", "1"), ("session", "0")], "/", Wish::None),
            (&[("token", "t"), ("received", "7")], "/", resume("t", 7)),
            (&[("session", "1"), ("token", "")], "/", resume("", 0)),
        ];
        for (query, namespace, wish) in table {
            let expected = Query {
                namespace: namespace.to_owned(),
                wish,
                args: "[]".to_owned(),
            };
            assert_eq!(read(query), Ok(expected), "{query:?}");
        }
        for query in [
            [("session", "yes")],
            [("received", "-1")],
            [("received", "many")],
        ] {
            let error = read(&query).unwrap_err();
            assert!(error.contains("expected"), "{error}");
        }
    }

    #[test]
    fn other_parameters_are_the_connect_hooks() {
        let query = [
            ("name", "Zoë"),
            ("api_key", "k"),
            ("room", "1"),
            ("room", "2"),
        ];
        let args = read(&query).unwrap().args;
        assert_eq!(args, r#"[{"name":"Zoë","room":"2"}]"#);
    }
}
