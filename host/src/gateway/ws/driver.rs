//! The driver of one connection: reads frames as long as there is room for them, has them handled
//! one after the other, writes what waits, pings, and closes in good order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::event::Moment;
use crate::gateway::socketio::SocketGateway;
use crate::outcome::{Code, Rejection};

use super::PlainGateway;
use super::clock::{Clock, Due};
use super::handle::{self, Content, Item};
use super::outbound::End;
use super::seat::{Seat, UnderWay, code};
use super::wire::{Step, Wants, Wire};

/// One connection that was let in.
pub(super) struct Driver {
    gateway: Arc<PlainGateway>,
    seat: Arc<Seat>,
    wire: Wire,
    clock: Clock,
    /// Frames that wait for their turn.
    waiting: VecDeque<Item>,
    /// The frame whose turn it is. A task of its own: should it panic, the next one has its turn.
    in_work: Option<JoinHandle<()>>,
    /// Whether it was told that the client was held back for `inbound_bytes`.
    has_waited: bool,
}

/// How the connection came to its end.
enum Ending {
    /// The client closed it, in good order.
    Closed(End),
    /// We do, and say so.
    Close(End),
    /// The transport is lost.
    Lost,
}

impl Driver {
    pub(super) fn new(gateway: Arc<PlainGateway>, seat: Arc<Seat>, wire: Wire) -> Self {
        let stall_ms = gateway.sockets.limits.write_stall_ms;
        Self {
            clock: Clock::new(&gateway.pings, stall_ms, Instant::now()),
            gateway,
            seat,
            wire,
            waiting: VecDeque::new(),
            in_work: None,
            has_waited: false,
        }
    }

    /// Serves the connection to its end.
    pub(super) async fn run(mut self) {
        // Who came in while the server began to stop hears of it here.
        if self.sockets().is_draining() {
            use crate::gateway::hub::Peer as _;
            self.seat.clone().stopped();
        }
        let ending = self.serve().await;
        // Boxed: it takes more than an idle connection, and that lasts.
        Box::pin(self.end(ending)).await;
    }

    async fn serve(&mut self) -> Ending {
        let seat = self.seat.clone();
        let mut alarm = Box::pin(tokio::time::sleep_until(self.clock.next(None)));
        loop {
            if let Some(at) = self.wire.went_on_at() {
                self.clock.took(at);
            }
            let due = self.clock.next(self.wire.blocked_since());
            if alarm.deadline() != due {
                alarm.as_mut().reset(due);
            }
            let wants = Wants {
                frame: self.has_room(),
                turn: self.in_work.is_none() && !self.waiting.is_empty(),
            };
            let wire = &mut self.wire;
            let step = std::future::poll_fn(|context| wire.poll(context, &seat.outbound, wants));
            let step = tokio::select! {
                step = step => step,
                () = seat.outbound.changed() => continue,
                () = work(&mut self.in_work) => {
                    self.in_work = None;
                    continue;
                }
                () = alarm.as_mut() => {
                    self.look(wants.frame);
                    continue;
                }
            };
            let ending = match step {
                Step::Frame(frame) => self.frame(frame),
                Step::Free => {
                    self.next_turn();
                    None
                }
                Step::End(end) => Some(Ending::Close(end)),
                Step::Broken(error) => {
                    if matches!(error, Error::Capacity(_)) {
                        seat.line.sent_too_much(self.sockets().limits.message_bytes);
                    }
                    Some(broken(&error))
                }
            };
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    /// Whether one more frame may wait.
    fn has_room(&self) -> bool {
        let limits = &self.sockets().limits;
        let bytes = self.seat.inbound_bytes.load(Ordering::Relaxed);
        self.waiting.len() < limits.inbound_events && bytes < limits.inbound_bytes
    }

    fn look(&mut self, is_reading: bool) {
        let blocked_since = self.wire.blocked_since();
        match self.clock.look(Instant::now(), blocked_since, is_reading) {
            Due::Nothing => {}
            Due::Ping => self.wire.ping(),
            Due::Silence => {
                self.seat.outbound.abort(End {
                    code: code::SILENT,
                    reason: "ping timeout",
                    is_final: false,
                });
            }
            Due::Stall => {
                let waiting_bytes = self.seat.outbound.waiting_bytes();
                self.seat.end_slow("write_stall", waiting_bytes);
            }
        }
    }

    fn frame(&mut self, frame: Message) -> Option<Ending> {
        self.clock.heard();
        let content = match frame {
            Message::Text(text) => Content::Text(text),
            Message::Binary(bytes) => Content::Binary(bytes),
            Message::Close(frame) => return Some(closed(frame.as_ref())),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return None,
        };
        let received = Moment::now();
        self.seat.is_active(received.at_ms);
        if self.sockets().is_draining() {
            let rejection = Rejection::new(Code::Busy, "the server is stopping");
            handle::refuse(self.sockets(), &self.seat, content, rejection);
            return None;
        }
        let item = Item {
            content,
            received,
            _under_way: UnderWay::new(self.sockets()),
        };
        let bytes = item.bytes();
        let before = self.seat.inbound_bytes.fetch_add(bytes, Ordering::Relaxed);
        let max = self.sockets().limits.inbound_bytes;
        if before + bytes >= max && !std::mem::replace(&mut self.has_waited, true) {
            self.seat.line.was_held_back(max);
        }
        self.waiting.push_back(item);
        None
    }

    fn next_turn(&mut self) {
        let Some(item) = self.waiting.pop_front() else {
            return;
        };
        if self.waiting.is_empty() {
            // An idle connection keeps no buffer.
            self.waiting = VecDeque::new();
        }
        let bytes = item.bytes();
        self.seat.inbound_bytes.fetch_sub(bytes, Ordering::Relaxed);
        let (sockets, seat) = (self.sockets().clone(), self.seat.clone());
        self.in_work = Some(tokio::spawn(handle::handle(sockets, seat, item)));
    }

    /// Ends the connection, then what it has begun, then the stay.
    async fn end(self, ending: Ending) {
        let _under_way = UnderWay::new(self.sockets());
        let seat = self.seat.clone();
        let (reason, is_final) = match &ending {
            Ending::Closed(end) | Ending::Close(end) => (end.reason, end.is_final),
            Ending::Lost => ("transport close", false),
        };
        seat.outbound.finish();
        let Self {
            wire,
            mut in_work,
            waiting,
            gateway,
            ..
        } = self;
        match ending {
            Ending::Closed(_) => wire.closed().await,
            Ending::Close(end) => wire.close(end.code, end.reason).await,
            Ending::Lost => drop(wire),
        }
        seat.line.finish(reason);
        work_if_any(&mut in_work).await;
        for item in waiting {
            seat.inbound_bytes
                .fetch_sub(item.bytes(), Ordering::Relaxed);
            let handling = handle::handle(gateway.sockets.clone(), seat.clone(), item);
            let _ = tokio::spawn(handling).await;
        }
        let peer = seat.peer();
        seat.stay
            .end(&gateway.sockets, &peer, reason, is_final)
            .await;
        seat.stop_is_done();
    }

    fn sockets(&self) -> &Arc<SocketGateway> {
        &self.gateway.sockets
    }
}

/// Waits for what is in work; for ever where nothing is.
async fn work(in_work: &mut Option<JoinHandle<()>>) {
    match in_work {
        Some(task) => drop(task.await),
        None => std::future::pending().await,
    }
}

async fn work_if_any(in_work: &mut Option<JoinHandle<()>>) {
    if in_work.is_some() {
        work(in_work).await;
    }
}

/// The client has closed. Without a code, or with that of a job that is done, it does not come
/// back; any other, such as 1001 of a page that is left, keeps a session.
fn closed(frame: Option<&CloseFrame>) -> Ending {
    let is_final =
        frame.is_none_or(|frame| matches!(frame.code, CloseCode::Normal | CloseCode::Status));
    let reason = if is_final {
        "client namespace disconnect"
    } else {
        "transport close"
    };
    Ending::Closed(End {
        code: code::SHUTDOWN,
        reason,
        is_final,
    })
}

/// The wire is of no more use.
fn broken(error: &Error) -> Ending {
    let (code, reason) = match error {
        Error::Capacity(_) => (code::TOO_BIG, "message_bytes"),
        Error::Utf8(_) => (code::NOT_TEXT, "parse error"),
        // The client went away without a word.
        Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => return Ending::Lost,
        Error::Protocol(_) => (code::PROTOCOL, "parse error"),
        _ => return Ending::Lost,
    };
    Ending::Close(End {
        code,
        reason,
        is_final: false,
    })
}
