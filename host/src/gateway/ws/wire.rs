//! The wire of one connection: writes what waits, in order, and reads frame by frame. What it may
//! not take it leaves with the client.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink as _, Stream as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::meter::Metered;
use super::outbound::{End, Next, Outbound};

/// Bytes that are read at a time; more would be kept for every idle connection.
const READ_BUFFER_BYTES: usize = 1 << 10;

/// Bytes of frames that are put together before they are written.
const WRITE_BUFFER_BYTES: usize = 4 << 10;

/// How long a client that is told why it must go may be silent before it goes.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long one that still sends may take: cut off earlier, it might not read why.
const LINGER: Duration = Duration::from_secs(5);

/// Bytes that are read at a time from a client that is no longer listened to.
const DISCARD_BYTES: usize = 1 << 10;

/// What the driver turns to next.
#[derive(Debug)]
pub(super) enum Step {
    /// A frame came.
    Frame(Message),
    /// What was to be sent is sent, and the connection is to end.
    End(End),
    /// The connection has ended, or must.
    Broken(Error),
    /// Nothing waits to be sent.
    Free,
}

/// What is wanted of a look at the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wants {
    /// Whether a frame may come in.
    pub(super) frame: bool,
    /// Whether somebody waits until nothing waits to be sent.
    pub(super) turn: bool,
}

/// One WebSocket.
pub(super) struct Wire<S = TcpStream> {
    socket: WebSocketStream<Metered<S>>,
    /// The binary frames that belong to the text frame before.
    rest: VecDeque<Bytes>,
    wants_ping: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A server's side of an upgraded stream; a message has so many bytes at most.
    pub(super) async fn new(stream: Metered<S>, message_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_message_size(Some(message_bytes))
            .max_frame_size(Some(message_bytes));
        Self {
            socket: WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await,
            rest: VecDeque::new(),
            wants_ping: false,
        }
    }

    /// Since when the client does not take what is written; none while it does.
    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.socket.get_ref().blocked_since()
    }

    /// When the client last took something that had waited for it.
    pub(super) fn went_on_at(&self) -> Option<Instant> {
        self.socket.get_ref().went_on_at()
    }

    /// Asks the client whether it is there, before all that waits.
    pub(super) fn ping(&mut self) {
        self.wants_ping = true;
    }

    /// Writes as much as the client takes, then reads a frame if one may come.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        outbound: &Outbound,
        wants: Wants,
    ) -> Poll<Step> {
        if let Some(end) = outbound.aborted() {
            return Poll::Ready(Step::End(end));
        }
        match self.poll_write(context, outbound) {
            // A client that does not read is not listened to either.
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Step::Broken(error)),
            Poll::Ready(Ok(Some(end))) => return Poll::Ready(Step::End(end)),
            Poll::Ready(Ok(None)) => {}
        }
        if wants.turn {
            return Poll::Ready(Step::Free);
        }
        if !wants.frame {
            return Poll::Pending;
        }
        match Pin::new(&mut self.socket).poll_next(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Step::Frame(frame)),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Step::Broken(error)),
            Poll::Ready(None) => Poll::Ready(Step::Broken(Error::ConnectionClosed)),
        }
    }

    /// Ready when nothing waits any more, with the end where it has come.
    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        outbound: &Outbound,
    ) -> Poll<Result<Option<End>, Error>> {
        let mut end = None;
        loop {
            std::task::ready!(Pin::new(&mut self.socket).poll_ready(context))?;
            let message = if let Some(bytes) = self.rest.pop_front() {
                Message::Binary(bytes)
            } else if std::mem::take(&mut self.wants_ping) {
                Message::Ping(Bytes::new())
            } else {
                match outbound.next() {
                    Next::Parcel(parcel) => {
                        let Some((text, attachments)) = parcel.into_frames() else {
                            continue;
                        };
                        self.rest = attachments.into();
                        Message::text(text)
                    }
                    Next::End(it) => {
                        end = Some(it);
                        break;
                    }
                    Next::Nothing => break,
                }
            };
            Pin::new(&mut self.socket).start_send(message)?;
        }
        // Pongs are among what is flushed.
        std::task::ready!(Pin::new(&mut self.socket).poll_flush(context))?;
        Poll::Ready(Ok(end))
    }

    /// Says a last word.
    pub(super) async fn say(&mut self, text: String) {
        let say = async {
            std::future::poll_fn(|context| Pin::new(&mut self.socket).poll_ready(context)).await?;
            Pin::new(&mut self.socket).start_send(Message::text(text))?;
            std::future::poll_fn(|context| Pin::new(&mut self.socket).poll_flush(context)).await
        };
        // Who does not hear it is not waited for.
        let _ = tokio::time::timeout(GOODBYE, say).await;
    }

    /// Closes the connection with a code and a reason, and gives the client a moment to answer.
    pub(super) async fn close(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        };
        let told = tokio::time::timeout(GOODBYE, self.socket.close(Some(frame))).await;
        if matches!(told, Ok(Ok(()))) {
            let _ = tokio::time::timeout(LINGER, self.part()).await;
        }
    }

    /// The client has closed: it hears an echo of its words.
    pub(super) async fn closed(mut self) {
        let _ = tokio::time::timeout(GOODBYE, self.part()).await;
    }

    /// Until the client has gone. What it still sends is taken from the system and thrown away:
    /// what is left there would make the system cut the connection, and the client might not read
    /// the last words.
    async fn part(&mut self) {
        while let Ok(next) = tokio::time::timeout(GOODBYE, self.socket.next()).await {
            if !matches!(next, Some(Ok(_))) {
                break;
            }
        }
        let stream = self.socket.get_mut();
        let _ = stream.shutdown().await;
        let mut thrown = vec![0; DISCARD_BYTES];
        while let Ok(Ok(1..)) = tokio::time::timeout(GOODBYE, stream.read(&mut thrown)).await {}
    }
}

#[cfg(test)]
mod tests;
