//! The WebSocket's stream, wrapped: reading pauses while the client does not read or its queue
//! is full, a write that is pending for too long ends the stream, bytes are counted.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use socketioxide_core::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::turn::Turn;

use super::SocketGateway;
use super::connection::{Connection, Worker};
use super::frames::{Excess, Frames};
use super::handlers;
use super::service::end_session;
use super::short_cut::{self, Passed};
use super::text_event::TextEvent;
use super::worker;

/// Bytes taken from the system at a time. Everything read is decoded before reading can pause,
/// so this also bounds by how many events the queue can exceed its limit.
const READ_BYTES_MAX: usize = 4 << 10;
/// How long the engine has to notice that a stream has gone.
const GOODBYE: Duration = Duration::from_secs(1);

/// Messages with which a client tries a WebSocket and moves to it (engine.io-protocol v4, "Upgrade").
const UPGRADE_MESSAGES: u64 = 2;

/// A close frame without a code, with which the engine ends every WebSocket.
const CLOSE: [u8; 2] = [0x88, 0x00];
/// The same with the code 1009, "message too big" (RFC 6455, section 7.4.1).
const CLOSE_TOO_LARGE: [u8; 4] = [0x88, 0x02, 0x03, 0xf1];

/// A stream that obeys its connection's pressure.
pub(super) struct SocketStream {
    tcp: TcpStream,
    /// What hyper had read beyond the handshake.
    ahead: Bytes,
    connection: Arc<Connection>,
    stall: Option<Pin<Box<Sleep>>>,
    turn: Turn,
    frames: Frames,
    /// Bytes were given that may hold events.
    is_reading: bool,
    /// The client has begun a message that is larger than one may be.
    is_too_large: bool,
    /// What of the engine's has been written.
    passed: Passed,
    /// Frames that did not go through the engine, and how much of them is written. They go before
    /// anything of the engine's.
    answers: Vec<u8>,
    answers_written: usize,
    /// The engine's writer, where it waits for them.
    writer: Option<Waker>,
    /// Set for the upgrade of a polling session, which ends with its stream.
    gateway: Option<Arc<SocketGateway>>,
}

impl SocketStream {
    /// Wraps what remains of an HTTP connection after its upgrade.
    pub(super) fn new(tcp: TcpStream, ahead: Bytes, connection: Arc<Connection>) -> Self {
        Self {
            frames: Frames::new(
                connection.limits().message_bytes,
                connection.limits().attachments,
            ),
            tcp,
            ahead,
            connection,
            stall: None,
            turn: Turn::default(),
            is_reading: false,
            is_too_large: false,
            passed: Passed::default(),
            answers: Vec::new(),
            answers_written: 0,
            writer: None,
            gateway: None,
        }
    }

    /// Lets the session end with this stream, even if its upgrade comes to nothing.
    pub(super) fn end_session_with(&mut self, gateway: Arc<SocketGateway>) {
        self.gateway = Some(gateway);
    }

    /// Counts what was read, and sees whether it is what ends the connection.
    fn took_in(&mut self, bytes: &[u8]) {
        self.connection.pressure.read(bytes.len());
        match self.frames.read(bytes) {
            Some(Excess::Bytes) if !self.is_too_large => {
                self.is_too_large = true;
                self.connection.sent_too_much();
            }
            Some(Excess::Attachments) => self.connection.sent_too_many(),
            Some(Excess::Bytes) | None => {}
        }
    }

    /// Writes the engine's last bytes with the reason why it closes. `None`: these are not they.
    fn poll_too_large(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Option<Poll<io::Result<usize>>> {
        let before = bytes.strip_suffix(&CLOSE).filter(|_| self.is_too_large)?;
        let tcp = Pin::new(&mut self.tcp);
        if !before.is_empty() {
            return Some(tcp.poll_write(context, before));
        }
        let written = tcp.poll_write(context, &CLOSE_TOO_LARGE);
        Some(written.map_ok(|_| CLOSE.len()))
    }

    /// Deals with a write that cannot go on: fine for `write_stall_ms`, then the end.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.connection.pressure.write_blocks();
        let limit = Duration::from_millis(self.connection.limits().write_stall_ms);
        let stall = self
            .stall
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        match stall.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                self.connection.end_slow("write_stall");
                Poll::Ready(io::ErrorKind::TimedOut.into())
            }
        }
    }

    fn poll_ended<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        bytes: impl Fn(&T) -> usize,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if self.connection.pressure.is_ending() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        match written {
            Poll::Pending => self.poll_stalled(context).map(Err),
            Poll::Ready(Ok(value)) => {
                self.stall = None;
                self.connection.pressure.wrote(bytes(&value));
                Poll::Ready(Ok(value))
            }
            Poll::Ready(Err(error)) => {
                self.connection.pressure.end();
                Poll::Ready(Err(error))
            }
        }
    }
}

impl SocketStream {
    fn poll_bytes(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.connection.pressure.poll_may_read(context).is_pending() {
                return Poll::Pending;
            }
            if self.connection.pressure.is_ending() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            let room = buffer.remaining().min(READ_BYTES_MAX);
            if !self.ahead.is_empty() {
                let bytes = self.ahead.split_to(room.min(self.ahead.len()));
                self.took_in(&bytes);
                buffer.put_slice(bytes.chunk());
                return Poll::Ready(Ok(()));
            }
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
            let read = Pin::new(&mut self.tcp).poll_read(context, &mut part)?;
            if read.is_pending() {
                return self.poll_end(context);
            }
            let bytes = part.filled().len();
            if bytes == 0 && room > 0 {
                self.connection.pressure.read_end();
            }
            let taken = self.take_events(part.filled());
            // The engine gets what begins with something else, up to the end.
            if taken > 0 {
                part.filled_mut().copy_within(taken.., 0);
            }
            let left = bytes - taken;
            self.took_in(part.filled().get(..left).unwrap_or_default());
            buffer.advance(left);
            // No bytes would be the end.
            if left > 0 || taken == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Queues the events that these bytes begin with, past the engine, as long as they are the usual
    /// ones. Gives how many bytes they had.
    fn take_events(&mut self, bytes: &[u8]) -> usize {
        // A polling session's engine has changed over when it has read two messages of its own.
        let is_live = self.gateway.is_none() || self.frames.messages() >= UPGRADE_MESSAGES;
        if !is_live || !self.frames.is_between_packets() {
            return 0;
        }
        let mut taken = 0;
        while let Some((event, used)) = bytes.get(taken..).and_then(TextEvent::read)
            && event.bytes <= self.connection.limits().message_bytes
            && let Some(gateway) = self.connection.gateway()
            && let Some(seat) = self.connection.seat(event.namespace())
        {
            taken += used;
            if !std::mem::replace(&mut self.is_reading, true) {
                self.connection.begin_reading();
            }
            let value = Value::Str(event.data, None);
            handlers::receive(&gateway, &seat, value, event.ack, true);
        }
        self.connection.pressure.read(taken);
        taken
    }

    /// Waits for the end while the client is silent.
    fn poll_end(&self, context: &Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.pressure.poll_is_ending(context) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Poll::Pending
    }

    /// Nothing more is there to be read: the events that were are worked on. Answers to them are
    /// written by this stream, if the engine has written all that it has.
    fn work(&mut self) {
        if self.connection.end_reading() == Worker::Wanted
            && let Some(gateway) = self.connection.gateway()
        {
            let outbound = &self.connection.outbound;
            let passed = self.passed.count();
            let is_open = passed.is_some_and(|passed| outbound.open_short_cut(passed));
            worker::work_here(&gateway, &self.connection);
            if is_open {
                let answers = self.connection.outbound.close_short_cut();
                if answers.is_empty() {
                    short_cut::give_back(answers);
                    return;
                }
                self.answers = answers;
                self.answers_written = 0;
            }
        }
    }

    /// Writes what did not go through the engine, when it is this stream's turn.
    fn poll_answers(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.answers.is_empty() {
            return Poll::Ready(Ok(()));
        }
        ready!(self.turn.poll_with_few(context));
        while let Some(rest @ [_, ..]) = self.answers.get(self.answers_written..) {
            let written = Pin::new(&mut self.tcp).poll_write(context, rest);
            match ready!(self.poll_ended(written, |bytes| *bytes, context)) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(bytes) => self.answers_written += bytes,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        short_cut::give_back(std::mem::take(&mut self.answers));
        self.turn.end();
        self.connection.resume();
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        Poll::Ready(Ok(()))
    }

    /// The same before the engine writes.
    fn poll_answers_first(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.answers.is_empty() {
            self.writer = Some(context.waker().clone());
        }
        self.poll_answers(context)
    }

    /// The engine's writer may be the one that can go on when the client takes bytes again: it
    /// wakes the reader as soon as it has written some.
    fn wait_for_answers(&self, context: &Context<'_>) {
        let _ = self.connection.pressure.poll_may_read(context);
    }

    /// Reads, and works on what was read. `Err`, or ready without bytes: the end.
    fn poll_events(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = self.poll_bytes(context, buffer);
        let has_read = buffer.filled().len() > before;
        match (has_read, std::mem::replace(&mut self.is_reading, has_read)) {
            (true, false) => self.connection.begin_reading(),
            (false, true) => self.work(),
            _ => {}
        }
        read
    }
}

impl AsyncRead for SocketStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // A client that does not take its answers is not read from.
        if this.poll_answers(context)?.is_pending() {
            this.wait_for_answers(context);
            return this.poll_end(context);
        }
        let read = this.poll_events(context, buffer);
        if !this.answers.is_empty() {
            if read.is_ready() {
                // Nobody asks again: these are the last words.
                this.turn.skip();
            }
            // The read itself is what the reader is told of.
            if this.poll_answers(context)?.is_pending() {
                this.wait_for_answers(context);
            }
        }
        read
    }
}

impl AsyncWrite for SocketStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_answers_first(context))?;
        ready!(this.turn.poll_with_few(context));
        let written = match this.poll_too_large(context, bytes) {
            Some(written) => written,
            None => Pin::new(&mut this.tcp).poll_write(context, bytes),
        };
        if let Poll::Ready(Ok(count)) = &written {
            this.passed.take(bytes.get(..*count).unwrap_or_default());
        }
        this.poll_ended(written, |bytes| *bytes, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_answers_first(context))?;
        let flushed = Pin::new(&mut this.tcp).poll_flush(context);
        this.turn.end();
        if matches!(flushed, Poll::Ready(Ok(()))) {
            // The WebSocket flushes its stream when it has written all that it had.
            this.connection.progress();
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_answers_first(context))?;
        Pin::new(&mut this.tcp).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // One after the other: all that is written is looked at.
        let first = buffers.iter().find(|buffer| !buffer.is_empty());
        self.poll_write(context, first.map_or(&[], |buffer| buffer))
    }
}

impl Drop for SocketStream {
    fn drop(&mut self) {
        // The engine ends a session whose stream is gone; whoever waits for it to write must
        // not wait for ever.
        self.connection.pressure.end();
        self.connection.progress();
        // Events that were read last, after which nobody asked for more.
        if self.connection.end_reading() == Worker::Wanted
            && let Some(gateway) = self.connection.gateway()
        {
            worker::start(gateway, self.connection.clone());
        }
        // A client that never joined a namespace is waited for by the engine, long after it has
        // gone. The engine knows better why, where it notices by itself.
        let connection = Arc::downgrade(&self.connection);
        tokio::spawn(async move {
            tokio::time::sleep(GOODBYE).await;
            if let Some(connection) = connection.upgrade() {
                connection.gone();
            }
        });
        if let Some(gateway) = self.gateway.take()
            && let Some(sid) = self.connection.sid()
        {
            tokio::spawn(end_session(gateway, sid.to_string()));
        }
    }
}
