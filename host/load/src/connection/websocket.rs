//! Packets over a WebSocket.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::Text;
use super::dial::Dialer;
use super::error::{Lost, OpenError};
use crate::packet::{self, PONG, Packet};
use crate::progress::{Counts, count};

/// Bytes of the read buffer; idle connections are many.
const BUFFER_BYTES: usize = 4 << 10;
/// Packets that are kept while one is being sent.
const KEPT_MAX: usize = 1_024;

/// An open one.
pub(super) struct WebSocket {
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    stream: SplitStream<WebSocketStream<TcpStream>>,
    kept: VecDeque<Text>,
    has_ping: bool,
    counts: Arc<Counts>,
}

impl WebSocket {
    /// Opens one and takes the handshake of Engine.IO.
    pub(super) async fn open(dialer: &Dialer, path: &str) -> Result<Self, OpenError> {
        let tcp = dialer.dial().await?;
        let url = format!("ws://{}{path}?EIO=4&transport=websocket", dialer.authority);
        let request = url
            .into_client_request()
            .map_err(|error| OpenError::unexpected("a URL for a WebSocket", &error.to_string()))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let (socket, _) = client_async_with_config(request, tcp, Some(config))
            .await
            .map_err(refused)?;
        let (sink, stream) = socket.split();
        let mut socket = Self {
            sink,
            stream,
            kept: VecDeque::new(),
            has_ping: false,
            counts: dialer.counts.clone(),
        };
        let text = socket.next().await?;
        match packet::parse(&text) {
            Packet::Open(_) => Ok(socket),
            _ => Err(OpenError::unexpected("an open packet", &text)),
        }
    }

    /// The next packet that is no ping.
    pub(super) async fn next(&mut self) -> Result<Text, Lost> {
        loop {
            // Noted until it is answered: this future may be dropped while it waits.
            if self.has_ping {
                self.send(PONG.to_owned()).await?;
                self.has_ping = false;
                count(&self.counts.pings);
            }
            let text = match self.kept.pop_front() {
                Some(text) => text,
                None => receive(&mut self.stream).await?,
            };
            match packet::parse(&text) {
                Packet::Ping => self.has_ping = true,
                Packet::Close => return Err(Lost("the server closed it".to_owned())),
                _ => return Ok(text),
            }
        }
    }

    /// Sends a packet, and goes on reading: a server that waits until it can write reads nothing.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Lost> {
        let Self {
            sink, stream, kept, ..
        } = self;
        let mut sending = sink.send(Message::text(text));
        loop {
            tokio::select! {
                biased;
                sent = &mut sending => return sent.map_err(|error| Lost(error.to_string())),
                text = receive(stream), if kept.len() < KEPT_MAX => kept.push_back(text?),
            }
        }
    }
}

/// The next text; attachments are passed over.
async fn receive(stream: &mut SplitStream<WebSocketStream<TcpStream>>) -> Result<Text, Lost> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Close(frame))) => {
                let words = frame.map_or_else(|| "no reason".to_owned(), |it| it.to_string());
                return Err(Lost(format!("the server closed it: {words}")));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(Lost(error.to_string())),
            None => return Err(Lost("the server closed it".to_owned())),
        }
    }
}

fn refused(error: Error) -> OpenError {
    match error {
        Error::Http(response) => {
            let status = response.status().as_u16();
            let body = response.into_body().unwrap_or_default();
            OpenError::http(status, &body)
        }
        Error::Io(error) => OpenError::Lost(error.to_string()),
        other => OpenError::Lost(other.to_string()),
    }
}
