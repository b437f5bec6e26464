//! A client that has a session, packet by packet: what the few lines beside a stock client do.

use std::net::{Shutdown, SocketAddr};

use serde_json::{Value, json};

use crate::raw::{Packet, RawSocket};

/// A connection that asked for a session.
#[derive(Debug)]
pub struct SessionClient {
    socket: RawSocket,
    namespace: String,
    opening: Value,
    /// Numbers and names of the events that came, in their order.
    received: u64,
}

impl SessionClient {
    /// A new session in the main namespace.
    ///
    /// # Panics
    /// When the server gives none.
    #[must_use]
    #[track_caller]
    pub fn begin(address: SocketAddr) -> Self {
        Self::join(address, "/", json!({"fs7_session": true}))
            .unwrap_or_else(|refusal| panic!("no session: {refusal}"))
    }

    /// A connection with this auth payload.
    ///
    /// # Errors
    /// With the words of the refusal.
    ///
    /// # Panics
    /// When the server neither lets it in nor refuses it, or tells of no session.
    #[track_caller]
    pub fn join(address: SocketAddr, namespace: &str, auth: Value) -> Result<Self, String> {
        let mut socket = RawSocket::open(address);
        let path = if namespace == "/" {
            String::new()
        } else {
            format!("{namespace},")
        };
        socket.send(&format!("40{path}{auth}"));
        let answer = socket.text();
        if let Some(refusal) = answer.strip_prefix(&format!("44{path}")) {
            let refusal: Value = serde_json::from_str(refusal).expect("JSON in a refusal");
            return Err(refusal["message"].as_str().unwrap_or_default().to_owned());
        }
        assert!(answer.starts_with("40"), "expected a reply: {answer}");
        let mut client = Self {
            socket,
            namespace: path,
            opening: Value::Null,
            received: 0,
        };
        let (name, args) = client.packet();
        assert_eq!(name, "fs7:session", "the first event: {args}");
        client.opening = args[0].clone();
        client.received = client.opening["sent"].as_u64().expect("a number");
        Ok(client)
    }

    /// Comes back with the first token.
    ///
    /// # Panics
    /// When the server does not let it in.
    #[must_use]
    #[track_caller]
    pub fn resume(&self, address: SocketAddr) -> Self {
        self.try_resume(address, &self.token(0))
            .unwrap_or_else(|refusal| panic!("not resumed: {refusal}"))
    }

    /// Tries to come back with a token.
    ///
    /// # Errors
    /// With the words of the refusal.
    #[track_caller]
    pub fn try_resume(&self, address: SocketAddr, token: &str) -> Result<Self, String> {
        let wish = json!({"fs7_session": {"token": token, "received": self.received}});
        let namespace = self.namespace.trim_end_matches(',');
        let namespace = if namespace.is_empty() { "/" } else { namespace };
        Self::join(address, namespace, wish)
    }

    /// What the server told of the session.
    #[must_use]
    pub fn opening(&self) -> &Value {
        &self.opening
    }

    /// The session's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.opening["id"].as_str().expect("an id")
    }

    /// One of its tokens.
    #[must_use]
    pub fn token(&self, index: usize) -> String {
        let token = self.opening["tokens"][index].as_str();
        token.expect("a token").to_owned()
    }

    /// How many events it has counted.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Sends an event that wants an acknowledgement, and gives that. Events that come before it
    /// are lost to the test, but counted.
    #[track_caller]
    pub fn call(&mut self, event: &str, argument: &Value) -> Value {
        let packet = format!("42{}7{}", self.namespace, json!([event, argument]));
        self.socket.send(&packet);
        let prefix = format!("43{}7", self.namespace);
        loop {
            let text = self.socket.text();
            match text.strip_prefix(&prefix) {
                Some(args) => return serde_json::from_str(args).expect("JSON in an ack"),
                None => self.count(&text),
            }
        }
    }

    /// Sends an event that wants no acknowledgement.
    #[track_caller]
    pub fn emit(&mut self, event: &str, argument: &Value) {
        let packet = format!("42{}{}", self.namespace, json!([event, argument]));
        self.socket.send(&packet);
    }

    /// The next event: its name and its arguments.
    ///
    /// # Panics
    /// When something else comes.
    #[track_caller]
    pub fn packet(&mut self) -> (String, Value) {
        let text = self.socket.text();
        self.count(&text);
        self.parse(&text)
            .unwrap_or_else(|| panic!("expected an event, found `{text}`"))
    }

    /// The arguments of the next event, which must have this name.
    #[track_caller]
    pub fn next(&mut self, event: &str) -> Value {
        let (name, args) = self.packet();
        assert_eq!(name, event, "{args}");
        args
    }

    /// The connection is gone, without a word.
    pub fn cut(&self) {
        let _ = self.socket.stream().shutdown(Shutdown::Both);
    }

    /// Leaves the namespace in good order.
    #[track_caller]
    pub fn leave(&mut self) {
        let packet = format!("41{}", self.namespace);
        self.socket.send(&packet);
    }

    /// Reads until the connection ends; the packets before.
    #[track_caller]
    pub fn until_closed(&mut self) -> Vec<Packet> {
        self.socket.until_closed()
    }

    /// The raw packets.
    pub fn raw(&mut self) -> &mut RawSocket {
        &mut self.socket
    }

    fn parse(&self, text: &str) -> Option<(String, Value)> {
        let event = text.strip_prefix(&format!("42{}", self.namespace))?;
        let mut parts: Vec<Value> = serde_json::from_str(event).ok()?;
        let name = parts.remove(0).as_str()?.to_owned();
        Some((name, Value::Array(parts)))
    }

    fn count(&mut self, text: &str) {
        if let Some((name, _)) = self.parse(text)
            && !name.starts_with("fs7:")
        {
            self.received += 1;
        }
    }
}
