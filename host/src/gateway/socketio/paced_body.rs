//! The body of a polling POST, given to the engine a little at a time and only while the
//! connection's queue has room: a polling client is held back like one on a WebSocket.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};

use super::connection::Connection;

/// Bytes given to the engine at a time: what it decodes before it can be held back.
const PART_BYTES: usize = 4 << 10;

/// A body that obeys its connection's pressure.
pub(super) struct PacedBody {
    inner: Body,
    rest: Bytes,
    connection: Arc<Connection>,
}

impl std::fmt::Debug for PacedBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PacedBody").finish_non_exhaustive()
    }
}

impl PacedBody {
    pub(super) fn new(inner: Body, connection: Arc<Connection>) -> Self {
        Self {
            inner,
            rest: Bytes::new(),
            connection,
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
        let limit = this.connection.limits().inbound_events;
        if this
            .connection
            .pressure
            .poll_may_read(limit, context)
            .is_pending()
        {
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
        let part = this.rest.split_to(this.rest.len().min(PART_BYTES));
        Poll::Ready(Some(Ok(Frame::data(part))))
    }
}
