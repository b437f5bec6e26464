//! Stock `socket.io-client`s in a Node.js process, told step by step what to do by the test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::script::Script;

/// The clients, each with a name.
#[derive(Debug)]
pub struct Stock {
    script: Script,
    url: String,
}

/// How a client connects.
#[derive(Clone, Debug)]
pub struct Connect {
    /// The namespace.
    pub namespace: String,
    /// `websocket`, `polling`, or both, as the client has it.
    pub transports: Vec<&'static str>,
    /// The auth payload.
    pub auth: Value,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            namespace: "/".to_owned(),
            transports: vec!["websocket"],
            auth: Value::Null,
        }
    }
}

impl Connect {
    /// Into a namespace.
    #[must_use]
    pub fn to(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            ..Self::default()
        }
    }

    /// With an auth payload.
    #[must_use]
    pub fn with_auth(self, auth: Value) -> Self {
        Self { auth, ..self }
    }

    /// Over polling and nothing else.
    #[must_use]
    pub fn over_polling(self) -> Self {
        Self {
            transports: vec!["polling"],
            ..self
        }
    }
}

/// Binary data in arguments.
#[must_use]
pub fn binary(bytes: &[u8]) -> Value {
    json!({"$binary": STANDARD.encode(bytes)})
}

impl Stock {
    /// A process without clients yet.
    #[must_use]
    pub fn start(url: &str) -> Self {
        Self {
            script: Script::node("remote.mjs", &[url]),
            url: url.to_owned(),
        }
    }

    /// Connects a client that must be let in; gives its `socket.id`.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn connect(&mut self, name: &str, how: &Connect) -> String {
        let answer = self.try_connect(name, how);
        let id = answer["id"].as_str().map(str::to_owned);
        id.unwrap_or_else(|| panic!("{name} was not let in to {}: {answer}", self.url))
    }

    /// Tries to connect a client: `{"id": …}`, or `{"error": …}` with the words of
    /// `connect_error`.
    #[track_caller]
    pub fn try_connect(&mut self, name: &str, how: &Connect) -> Value {
        let Connect {
            namespace,
            transports,
            auth,
        } = how;
        self.order(json!({
            "do": "connect", "client": name,
            "namespace": namespace, "transports": transports, "auth": auth,
        }))
    }

    /// Emits with an acknowledgement; gives its arguments.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn call(&mut self, name: &str, event: &str, args: &[Value]) -> Value {
        self.order(json!({"do": "call", "client": name, "event": event, "args": args}))
    }

    /// Emits without an acknowledgement.
    #[track_caller]
    pub fn emit(&mut self, name: &str, event: &str, args: &[Value]) {
        self.order(json!({"do": "emit", "client": name, "event": event, "args": args}));
    }

    /// The arguments of the oldest event of this name that was not yet asked for. The client's own
    /// `disconnect` counts as an event, with the reason.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn next(&mut self, name: &str, event: &str) -> Value {
        self.order(json!({"do": "next", "client": name, "event": event}))
    }

    /// The events that came so far, as `[name, …arguments]`, and were not asked for.
    #[track_caller]
    pub fn inbox(&mut self, name: &str) -> Value {
        self.order(json!({"do": "inbox", "client": name}))
    }

    /// `{"id": …, "connected": …, "transport": …}` of a client.
    #[track_caller]
    pub fn state(&mut self, name: &str) -> Value {
        self.order(json!({"do": "state", "client": name}))
    }

    /// Leaves the namespace, and closes the connection if that was the last.
    #[track_caller]
    pub fn disconnect(&mut self, name: &str) {
        self.order(json!({"do": "disconnect", "client": name}));
    }

    #[track_caller]
    fn order(&mut self, order: Value) -> Value {
        self.script.tell(&order);
        self.script.line(&format!("an answer to {order}"))
    }
}
