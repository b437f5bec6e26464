//! A client of `/ws` that speaks no Socket.IO: frames as they stand on the wire.

use std::collections::VecDeque;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Instant;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::HandshakeError;
use tungstenite::http::HeaderValue;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::wait;

/// What comes out of a plain WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Text.
    Text(String),
    /// Binary.
    Binary(Vec<u8>),
    /// The end: the close frame's code and reason, or no code and the words of what came instead.
    Closed(Option<u16>, String),
}

/// A plain WebSocket.
#[derive(Debug)]
pub struct PlainSocket {
    socket: WebSocket<TcpStream>,
    /// Frames that came while something else was waited for.
    inbox: VecDeque<Value>,
}

impl PlainSocket {
    /// Opens a connection with a query such as `?session=1`, or none.
    ///
    /// # Panics
    /// When the server does not open one.
    #[must_use]
    #[track_caller]
    pub fn open(address: SocketAddr, query: &str) -> Self {
        Self::try_open(address, query, &[])
            .unwrap_or_else(|status| panic!("no WebSocket for `{query}`: {status}"))
    }

    /// Tries to open a connection with more headers in its request.
    ///
    /// # Errors
    /// With the HTTP status of the refusal.
    ///
    /// # Panics
    /// When nobody answers HTTP.
    #[track_caller]
    pub fn try_open(
        address: SocketAddr,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let stream = TcpStream::connect(address).expect("connect to the server");
        stream
            .set_read_timeout(Some(wait::LIMIT))
            .expect("a bound on reads");
        stream.set_nodelay(true).expect("small packets at once");
        let url = format!("ws://{address}/ws{query}");
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a header's value");
            request.headers_mut().insert(*name, value);
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Self {
                socket,
                inbox: VecDeque::new(),
            }),
            Err(HandshakeError::Failure(Error::Http(response))) => Err(response.status().as_u16()),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    /// Opens a connection with a new session: the socket, and what the server tells of it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn begin(address: SocketAddr) -> (Self, Value) {
        let mut socket = Self::open(address, "?session=1");
        let opening = socket.next("fs7:session")["data"].clone();
        (socket, opening)
    }

    /// Tries to come back to a session: the socket, and the first frame's event and data.
    #[must_use]
    #[track_caller]
    pub fn resume(address: SocketAddr, token: &str, received: u64) -> (Self, String, Value) {
        let mut socket = Self::open(address, &format!("?token={token}&received={received}"));
        let mut first = socket.json();
        let event = first["event"].as_str().expect("an event").to_owned();
        (socket, event, first["data"].take())
    }

    /// Sends a text frame.
    ///
    /// # Panics
    /// When the connection has ended.
    #[track_caller]
    pub fn send(&mut self, text: &str) {
        self.try_send(Message::text(text))
            .unwrap_or_else(|error| panic!("send `{text:.200}`: {error}"));
    }

    /// Sends a binary frame to a server that may have closed the connection.
    ///
    /// # Errors
    /// Says how the connection ended.
    pub fn try_send_binary(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.try_send(Message::binary(bytes.to_vec()))
    }

    fn try_send(&mut self, frame: Message) -> Result<(), String> {
        self.socket.send(frame).map_err(|error| error.to_string())
    }

    /// Sends a binary frame.
    ///
    /// # Panics
    /// When the connection has ended.
    #[track_caller]
    pub fn send_binary(&mut self, bytes: &[u8]) {
        self.try_send_binary(bytes).expect("send a binary frame");
    }

    /// Sends an event with an id, and gives the frame that acknowledges it. What comes before it
    /// is kept for [`Self::json`].
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn call(&mut self, event: &str, data: &Value) -> Value {
        let id = format!("{event} {}", self.inbox.len());
        self.send(&json!({"event": event, "data": data, "id": id}).to_string());
        let mut kept = std::mem::take(&mut self.inbox);
        loop {
            let frame = self.json();
            if frame["id"] == id.as_str() {
                self.inbox = kept;
                return frame;
            }
            kept.push_back(frame);
        }
    }

    /// The next frame; pings are answered.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn receive(&mut self) -> Frame {
        let started = Instant::now();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Frame::Text(text.as_str().to_owned()),
                Ok(Message::Binary(bytes)) => return Frame::Binary(bytes.to_vec()),
                Ok(Message::Close(Some(CloseFrame { code, reason }))) => {
                    return Frame::Closed(Some(code.into()), reason.as_str().to_owned());
                }
                Ok(Message::Close(None)) => return Frame::Closed(None, "no code".to_owned()),
                Ok(_) => {
                    // Pings come more often than a read may take: each would begin the wait anew.
                    let waited = started.elapsed();
                    assert!(
                        waited < wait::LIMIT,
                        "waited {waited:?} and heard but pings"
                    );
                }
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("waited {:?} for a frame", wait::LIMIT)
                }
                Err(error) => return Frame::Closed(None, error.to_string()),
            }
        }
    }

    /// The next text frame as JSON.
    ///
    /// # Panics
    /// When something else comes.
    #[track_caller]
    pub fn json(&mut self) -> Value {
        if let Some(frame) = self.inbox.pop_front() {
            return frame;
        }
        match self.receive() {
            Frame::Text(text) => serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("expected JSON, found `{text}`: {error}")),
            other => panic!("expected a text frame, found {other:?}"),
        }
    }

    /// The next text frame, which must be an event of this name.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn next(&mut self, event: &str) -> Value {
        let frame = self.json();
        assert_eq!(frame["event"], event, "{frame}");
        frame
    }

    /// Reads until the connection ends: the text frames before, the code and the reason.
    ///
    /// # Panics
    /// When it does not end in time.
    #[track_caller]
    pub fn until_closed(&mut self) -> (Vec<String>, Option<u16>, String) {
        let mut texts = Vec::new();
        loop {
            match self.receive() {
                Frame::Text(text) => texts.push(text),
                Frame::Binary(_) => {}
                Frame::Closed(code, reason) => return (texts, code, reason),
            }
        }
    }

    /// Closes with a code, or with none.
    pub fn close(&mut self, code: Option<u16>) {
        let frame = code.map(|code| CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        });
        let _ = self.socket.close(frame);
        let _ = self.socket.flush();
    }

    /// The connection is gone, without a word.
    pub fn cut(&self) {
        let _ = self.stream().shutdown(Shutdown::Both);
    }

    /// The connection itself, for a client that does not read.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }
}
