//! Engine.IO over a WebSocket without a client: packets as they stand on the wire, for what stock
//! clients refuse to send or hide from their user.

use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::HeaderValue;
use tungstenite::{Error, Message, WebSocket};

use crate::wait;

/// What comes out of a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Text: a packet of Engine.IO.
    Text(String),
    /// Binary: an attachment.
    Binary(Vec<u8>),
    /// The end, in whatever way it came.
    Closed(String),
}

/// A WebSocket that speaks Engine.IO by hand; it answers pings by itself.
#[derive(Debug)]
pub struct RawSocket {
    socket: WebSocket<TcpStream>,
}

impl RawSocket {
    /// Opens a connection and takes the handshake, but joins no namespace.
    ///
    /// # Panics
    /// When the server does not open one.
    #[must_use]
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        Self::try_open(address).unwrap_or_else(|error| panic!("no WebSocket: {error}"))
    }

    /// Tries to open a connection.
    ///
    /// # Errors
    /// Says why the server did not open one.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn try_open(address: SocketAddr) -> Result<Self, String> {
        Self::try_open_with(address, &[])
    }

    /// Tries to open a connection with more headers in its request.
    ///
    /// # Errors
    /// Says why the server did not open one.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn try_open_with(
        address: SocketAddr,
        headers: &[(&'static str, &'static str)],
    ) -> Result<Self, String> {
        let stream = TcpStream::connect(address).expect("connect to the server");
        stream
            .set_read_timeout(Some(wait::LIMIT))
            .expect("a bound on reads");
        stream.set_nodelay(true).expect("small packets at once");
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_static(value));
        }
        let (socket, _) =
            tungstenite::client(request, stream).map_err(|error| error.to_string())?;
        let mut raw = Self { socket };
        match raw.receive() {
            Packet::Text(text) if text.starts_with("0{") => Ok(raw),
            other => Err(format!("expected an open packet, found {other:?}")),
        }
    }

    /// Opens a connection and joins the main namespace.
    ///
    /// # Panics
    /// When the server does not let it in.
    #[must_use]
    #[track_caller]
    pub fn join(address: SocketAddr) -> Self {
        let mut raw = Self::open(address);
        raw.send("40");
        let answer = raw.text();
        assert!(
            answer.starts_with("40{"),
            "expected to be let in, found `{answer}`"
        );
        raw
    }

    /// Sends a text packet.
    ///
    /// # Panics
    /// When the connection has ended.
    #[track_caller]
    pub fn send(&mut self, packet: &str) {
        self.try_send(packet)
            .unwrap_or_else(|error| panic!("send `{packet}`: {error}"));
    }

    /// Sends a text packet to a server that may have closed the connection.
    ///
    /// # Errors
    /// Says how the connection ended.
    pub fn try_send(&mut self, packet: &str) -> Result<(), String> {
        self.socket
            .send(Message::text(packet))
            .map_err(|error| error.to_string())
    }

    /// Sends an attachment.
    ///
    /// # Errors
    /// Says how the connection ended.
    pub fn try_send_binary(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.socket
            .send(Message::binary(bytes.to_vec()))
            .map_err(|error| error.to_string())
    }

    /// The next packet but for pings, which are answered.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn receive(&mut self) -> Packet {
        let started = Instant::now();
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) if text.as_str() == "2" => {
                    // Pings come more often than a read may take: each would begin the wait anew.
                    let waited = started.elapsed();
                    assert!(
                        waited < wait::LIMIT,
                        "waited {waited:?} for a packet but pings"
                    );
                    let _ = self.try_send("3");
                }
                Ok(Message::Text(text)) => return Packet::Text(text.as_str().to_owned()),
                Ok(Message::Binary(bytes)) => return Packet::Binary(bytes.to_vec()),
                Ok(Message::Close(frame)) => {
                    let words = frame.map_or_else(|| "no reason".to_owned(), |it| it.to_string());
                    return Packet::Closed(words);
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("waited {:?} for a packet", wait::LIMIT)
                }
                Err(error) => return Packet::Closed(error.to_string()),
            }
        }
    }

    /// The next packet, which must be text.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn text(&mut self) -> String {
        match self.receive() {
            Packet::Text(text) => text,
            other => panic!("expected a text packet, found {other:?}"),
        }
    }

    /// Reads until the connection ends; what came before.
    #[track_caller]
    pub fn until_closed(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        loop {
            match self.receive() {
                Packet::Closed(_) => return packets,
                packet => packets.push(packet),
            }
        }
    }

    /// The connection itself, for a client that does not read or goes without a word.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        self.socket.get_ref()
    }
}
