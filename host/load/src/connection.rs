//! One client's connection: packets in and out over whatever carries them, pings answered.

mod dial;
mod error;
mod polling;
mod session;
mod websocket;

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Utf8Bytes;

pub(crate) use dial::Dialer;
pub use error::OpenError;
pub(crate) use error::{LOST, Lost};
pub(crate) use session::{Session, wish};

use crate::packet::{self, Kind, Message, Packet};
use crate::plan::{Join, Transport};
use polling::Polling;
use websocket::WebSocket;

/// How long opening and being let in may take together.
const OPEN_MAX: Duration = Duration::from_secs(20);

/// A text packet as it came.
pub(crate) type Text = Utf8Bytes;

/// A client that is in its namespace.
pub(crate) struct Client {
    carrier: Carrier,
    prefix: String,
}

enum Carrier {
    WebSocket(Box<WebSocket>),
    Polling(Polling),
}

impl Client {
    /// Opens a connection and joins the namespace; `wish` goes into the auth object as
    /// `fs7_session`.
    ///
    /// # Errors
    /// With what kept it from being let in.
    pub(crate) async fn join(
        dialer: &Dialer,
        join: &Join,
        wish: Option<Value>,
    ) -> Result<Self, OpenError> {
        let joining = Self::join_in(dialer, join, wish);
        timeout(OPEN_MAX, joining)
            .await
            .unwrap_or(Err(OpenError::Late {
                seconds: OPEN_MAX.as_secs(),
            }))
    }

    async fn join_in(dialer: &Dialer, join: &Join, wish: Option<Value>) -> Result<Self, OpenError> {
        let carrier = match join.transport {
            Transport::WebSocket => {
                Carrier::WebSocket(Box::new(WebSocket::open(dialer, &join.path).await?))
            }
            Transport::Polling => Carrier::Polling(Polling::open(dialer, &join.path).await?),
        };
        let mut client = Self {
            carrier,
            prefix: packet::prefix(&join.namespace),
        };
        let mut auth = join.auth.clone();
        if let Some(wish) = wish {
            auth.get_or_insert_default()
                .insert("fs7_session".to_owned(), wish);
        }
        let auth = auth.map(|auth| Value::Object(auth).to_string());
        client
            .send(packet::connect(&client.prefix, auth.as_deref()))
            .await?;
        loop {
            let text = client.next().await?;
            match packet::parse(&text) {
                Packet::Message(message) if message.kind == Kind::Connect => return Ok(client),
                Packet::Message(message) if message.kind == Kind::ConnectError => {
                    return Err(OpenError::refused(message.data));
                }
                Packet::Nothing => {}
                _ => return Err(OpenError::unexpected("an answer to CONNECT", &text)),
            }
        }
    }

    /// What begins packets for the namespace.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The next packet but for pings, which are answered. Nothing is lost when the future is
    /// dropped before it is ready.
    ///
    /// # Errors
    /// When the connection has ended.
    pub(crate) async fn next(&mut self) -> Result<Text, Lost> {
        match &mut self.carrier {
            Carrier::WebSocket(socket) => socket.next().await,
            Carrier::Polling(polling) => polling.next().await,
        }
    }

    /// Sends a packet. Packets that come meanwhile are kept.
    ///
    /// # Errors
    /// When the connection has ended.
    pub(crate) async fn send(&mut self, text: String) -> Result<(), Lost> {
        match &mut self.carrier {
            Carrier::WebSocket(socket) => socket.send(text).await,
            Carrier::Polling(polling) => polling.send(text).await,
        }
    }

    /// Waits for the first event of a session.
    ///
    /// # Errors
    /// When something else comes, as from a server that has no sessions, or nothing.
    pub(crate) async fn session(&mut self) -> Result<Session, OpenError> {
        let waiting = async {
            let text = self.next().await?;
            match packet::parse(&text) {
                Packet::Message(Message {
                    kind: Kind::Event,
                    data,
                    ..
                }) => Session::read(data),
                _ => None,
            }
            .ok_or_else(|| OpenError::unexpected("the event `fs7:session`", &text))
        };
        timeout(OPEN_MAX, waiting)
            .await
            .unwrap_or(Err(OpenError::Late {
                seconds: OPEN_MAX.as_secs(),
            }))
    }
}
