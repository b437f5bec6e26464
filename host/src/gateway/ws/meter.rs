//! The stream under a WebSocket, measured: bytes each way, and since when its client takes nothing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::turn::Turn;

/// What others may read of a stream.
#[derive(Debug, Default)]
pub(super) struct Meter {
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
    is_blocked: AtomicBool,
}

impl Meter {
    /// Bytes received and sent so far.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (
            self.received_bytes.load(Ordering::Relaxed),
            self.sent_bytes.load(Ordering::Relaxed),
        )
    }

    /// Whether a write waits for the client to read.
    pub(super) fn is_blocked(&self) -> bool {
        self.is_blocked.load(Ordering::Relaxed)
    }
}

/// A stream with its meter.
pub(super) struct Metered<S = TcpStream> {
    stream: S,
    /// What hyper had read beyond the handshake.
    ahead: Bytes,
    meter: Arc<Meter>,
    blocked_since: Option<Instant>,
    went_on_at: Option<Instant>,
    turn: Turn,
}

impl<S> Metered<S> {
    pub(super) fn new(stream: S, ahead: Bytes, meter: Arc<Meter>) -> Self {
        Self {
            stream,
            ahead,
            meter,
            blocked_since: None,
            went_on_at: None,
            turn: Turn::default(),
        }
    }

    /// Since when the client has not taken what is to be written; none while it does.
    pub(super) fn blocked_since(&self) -> Option<Instant> {
        self.blocked_since
    }

    /// When the client last took something that had waited for it: a sign of life.
    pub(super) fn went_on_at(&self) -> Option<Instant> {
        self.went_on_at
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => {
                self.blocked_since.get_or_insert_with(Instant::now);
                self.meter.is_blocked.store(true, Ordering::Relaxed);
            }
            Poll::Ready(result) => {
                let bytes = result.as_ref().map_or(0, |bytes| *bytes as u64);
                self.meter.sent_bytes.fetch_add(bytes, Ordering::Relaxed);
                if self.blocked_since.take().is_some() {
                    self.went_on_at = Some(Instant::now());
                    self.meter.is_blocked.store(false, Ordering::Relaxed);
                }
            }
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let result = if this.ahead.is_empty() {
            Pin::new(&mut this.stream).poll_read(context, buffer)
        } else {
            let room = buffer.remaining().min(this.ahead.len());
            buffer.put_slice(this.ahead.split_to(room).chunk());
            Poll::Ready(Ok(()))
        };
        let bytes = buffer.filled().len().saturating_sub(before) as u64;
        this.meter
            .received_bytes
            .fetch_add(bytes, Ordering::Relaxed);
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.turn.poll_with_few(context));
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.wrote(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.turn.end();
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
