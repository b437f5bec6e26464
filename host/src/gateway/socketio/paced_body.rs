//! The body of a polling POST, given to the engine a little at a time and only while the
//! connection's queue has room: a polling client is held back like one on a WebSocket.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};

use super::announced::Announced;
use super::connection::Connection;

/// Bytes given to the engine at a time: what it decodes before it can be held back.
const PART_BYTES: usize = 4 << 10;

/// Ends a packet in a body (engine.io-protocol v4, "Packet encoding", HTTP long-polling).
const SEPARATOR: u8 = 0x1e;

/// A body that obeys its connection's pressure.
pub(super) struct PacedBody {
    inner: Body,
    rest: Bytes,
    announced: Announced,
    connection: Arc<Connection>,
}

impl std::fmt::Debug for PacedBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PacedBody").finish_non_exhaustive()
    }
}

impl PacedBody {
    pub(super) fn new(inner: Body, connection: Arc<Connection>) -> Self {
        let mut announced = Announced::default();
        announced.begin();
        Self {
            inner,
            rest: Bytes::new(),
            announced,
            connection,
        }
    }

    /// Looks for packets that announce too many attachments.
    fn look_at(&mut self, part: &[u8]) {
        let announced = self.announced.read(part.iter().copied());
        if announced.is_some_and(|count| count > self.connection.limits().attachments as u64) {
            self.connection.sent_too_many();
        }
        if part.ends_with(&[SEPARATOR]) {
            self.announced.begin();
        }
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if this.connection.pressure.poll_may_read(context).is_pending() {
            return Poll::Pending;
        }
        if this.connection.pressure.is_ending() {
            let ended = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
            return Poll::Ready(Some(Err(axum::Error::new(ended))));
        }
        while this.rest.is_empty() {
            match Pin::new(&mut this.inner).poll_frame(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                Poll::Ready(end) => return Poll::Ready(end),
            }
        }
        let part = this.rest.split_to(part_bytes(&this.rest));
        this.look_at(&part);
        Poll::Ready(Some(Ok(Frame::data(part))))
    }
}

/// One packet, or a part of a large one: the engine asks for more only when it has no whole packet
/// left, so it never holds more than one that it could go on with.
fn part_bytes(rest: &[u8]) -> usize {
    let limit = rest.len().min(PART_BYTES);
    let end = rest.iter().take(limit).position(|byte| *byte == SEPARATOR);
    end.map_or(limit, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_with_its_packet() {
        assert_eq!(part_bytes(b"42[\"a\"]\x1e42[\"b\"]"), 8);
        assert_eq!(part_bytes(b"42[\"b\"]"), 7);
        assert_eq!(part_bytes(b"\x1e"), 1);
        assert_eq!(part_bytes(&[b'x'; 10_000]), PART_BYTES);
    }
}
