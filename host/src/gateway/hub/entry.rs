//! Coming and going: who is let in as what, who comes back to which session, and whose end is the
//! end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

use crate::event::{ConnectionId, Principal, now_ms};
use crate::fact::Fact;
use crate::session::{Attached, Ended, SessionError, Store, TokenError, Way};

use super::Hub;
use super::member::{Member, Peer};
use super::message::Message;
use super::namespace::{Namespace, Stay};
use super::partings::Parting;

/// What a client says of a session when it connects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) enum Wish {
    /// Nothing: its connection is all it wants.
    #[default]
    None,
    /// A new session.
    New,
    /// The session that it had.
    Resume {
        /// A reconnect token.
        token: String,
        /// Events that it has received on that session.
        received: u64,
    },
}

/// As what a client is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct Admission {
    /// The id that handlers and APIs will know.
    pub(in crate::gateway) id: ConnectionId,
    /// Who it is.
    pub(in crate::gateway) principal: Principal,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// A session that begins; with what its client had of one that is gone.
    Begins(Option<u64>),
    /// A session that is known, and what its client has of it.
    Resumes(u64),
}

impl Admission {
    /// Whether the client comes back to a session that is still there: its connect hook has run.
    pub(in crate::gateway) fn is_resumed(&self) -> bool {
        matches!(self.kind, Kind::Resumes(_))
    }
}

/// What follows from the end of a stay.
#[derive(Debug)]
pub(in crate::gateway) enum Leave {
    /// The member has gone, and the disconnect hook is due. Of a session, held until that has run.
    Over(Option<Parting>),
    /// The session waits for its client.
    Absent,
    /// The stay was not the member's any more.
    Stale,
}

impl Wish {
    /// The wish in the auth payload of a CONNECT, `{"fs7_session": …}`.
    ///
    /// # Errors
    /// With what was expected.
    pub(in crate::gateway) fn from_auth(auth: Option<&str>) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Auth {
            fs7_session: Option<serde_json::Value>,
        }
        #[derive(Deserialize)]
        struct Resume {
            token: Option<String>,
            received: Option<u64>,
        }
        const EXPECTED: &str =
            "`fs7_session`: expected true, or {\"token\": text, \"received\": number of events}";
        let auth = auth.and_then(|auth| serde_json::from_str::<Auth>(auth).ok());
        let wish = match auth.and_then(|auth| auth.fs7_session) {
            None | Some(serde_json::Value::Bool(false) | serde_json::Value::Null) => {
                return Ok(Self::None);
            }
            Some(serde_json::Value::Bool(true)) => return Ok(Self::New),
            Some(wish) => wish,
        };
        match serde_json::from_value::<Resume>(wish) {
            Ok(Resume {
                token: Some(token),
                received,
            }) => Ok(Self::Resume {
                token,
                received: received.unwrap_or_default(),
            }),
            Ok(Resume { token: None, .. }) => Ok(Self::New),
            Err(_) => Err(EXPECTED),
        }
    }
}

impl Hub {
    /// The sessions, where clients get some.
    pub(super) fn store(&self) -> Option<MutexGuard<'_, Store<Message>>> {
        let store: &Mutex<_> = self.store.as_ref()?;
        Some(store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides as what a client is let in, and uses its token up.
    ///
    /// # Errors
    /// With the reason why its token is refused.
    pub(in crate::gateway) fn admit(
        &self,
        namespace: &Namespace,
        wish: Wish,
        connection: &ConnectionId,
        principal: Principal,
    ) -> Result<Admission, TokenError> {
        let plain = |kind, id| Admission {
            id,
            principal,
            kind,
        };
        let Some(mut store) = self.store() else {
            return Ok(plain(Kind::Plain, connection.clone()));
        };
        let (token, received) = match wish {
            Wish::None => return Ok(plain(Kind::Plain, connection.clone())),
            Wish::New => return Ok(plain(Kind::Begins(None), ConnectionId::generate())),
            Wish::Resume { token, received } => (token, received),
        };
        let now_ms = now_ms();
        let spent = store.spend_token(&token, &namespace.path, now_ms);
        let claims = spent.inspect_err(|error| {
            self.facts.record(Fact::TokenRefused { code: error.code() });
        })?;
        let id = ConnectionId::from_text(&claims.session);
        if let Some(known) = store.expect(&id, &namespace.path, now_ms) {
            return Ok(Admission {
                id,
                principal: if known.has_key {
                    Principal::ApiKey
                } else {
                    principal
                },
                kind: Kind::Resumes(received),
            });
        }
        // Whoever holds the API key can have a token made for any id: it must not take the place
        // of a connection that has no session, nor of a session elsewhere. One that is about to
        // end has a disconnect hook to come before anybody else is it.
        let is_plain = |member: Arc<Member>| !member.is_session;
        if namespace.member(&id).is_some_and(is_plain) || store.is_taken(&id, &namespace.path) {
            return Err(TokenError::Invalid);
        }
        Ok(plain(Kind::Begins(Some(received)), id))
    }

    /// Makes a client a member, after its CONNECT was answered.
    pub(in crate::gateway) fn enter(
        &self,
        namespace: &Namespace,
        admission: &Admission,
        peer: Arc<dyn Peer>,
    ) {
        let entered = match admission.kind {
            Kind::Plain => {
                self.add(namespace, admission, false, &peer);
                return;
            }
            Kind::Resumes(received) => self.resume(namespace, admission, received, &peer),
            Kind::Begins(received) => self.begin(namespace, admission, received, &peer),
        };
        match entered {
            Ok(attached) => self.entered(namespace, admission, &peer, attached),
            // Without tokens there is no session; the client is a plain member, and hears so by
            // hearing nothing of one.
            Err(_) => self.add(namespace, admission, false, &peer),
        }
    }

    fn add(
        &self,
        namespace: &Namespace,
        admission: &Admission,
        is_session: bool,
        peer: &Arc<dyn Peer>,
    ) {
        let (id, principal) = (admission.id.clone(), admission.principal);
        let member = Member::new(
            id,
            is_session,
            principal,
            Some(peer.clone()),
            Default::default(),
        );
        namespace.add(member, Vec::new());
    }

    fn begin(
        &self,
        namespace: &Namespace,
        admission: &Admission,
        received: Option<u64>,
        peer: &Arc<dyn Peer>,
    ) -> Result<Attached<Message>, SessionError> {
        let Some(mut store) = self.store() else {
            return Err(SessionError::Unknown);
        };
        // A member first: emits reach it as soon as the session has begun.
        self.add(namespace, admission, true, peer);
        let has_key = admission.principal == Principal::ApiKey;
        store.begin(
            &admission.id,
            &namespace.path,
            has_key,
            received,
            way(peer),
            now_ms(),
        )
    }

    fn resume(
        &self,
        namespace: &Namespace,
        admission: &Admission,
        received: u64,
        peer: &Arc<dyn Peer>,
    ) -> Result<Attached<Message>, SessionError> {
        let attached = self
            .store()
            .ok_or(SessionError::Unknown)
            .and_then(|mut store| {
                let attached = store.resume(&admission.id, received, way(peer), now_ms())?;
                // Under the lock: two resumes of one session leave the later one's connection.
                if let Some(member) = namespace.member(&admission.id) {
                    member.set_peer(Some(peer.clone()));
                }
                Ok(attached)
            });
        match attached {
            // It ended while its client was on the way.
            Err(SessionError::Unknown) => self.begin(namespace, admission, Some(received), peer),
            attached => attached,
        }
    }

    fn entered(
        &self,
        namespace: &Namespace,
        admission: &Admission,
        peer: &Arc<dyn Peer>,
        attached: Attached<Message>,
    ) {
        let connection = peer.link().connection;
        let session = admission.id.clone();
        self.facts.record(if attached.resumed {
            Fact::SessionResumed {
                session,
                connection,
                namespace: namespace.path.clone(),
                recovered: attached.recovered,
                replayed: attached.replayed,
            }
        } else {
            Fact::SessionBegan {
                session,
                connection,
                namespace: namespace.path.clone(),
            }
        });
        if let Some(replaced) = attached.replaced {
            replaced.end("replaced");
        }
        for room in namespace.rooms_of(&admission.id) {
            self.tell_presence(namespace, &room, &admission.id);
        }
    }

    /// A stay has ended. `is_final`: somebody wanted it to; otherwise a session waits for its
    /// client.
    pub(in crate::gateway) fn leave(
        &self,
        namespace: &Namespace,
        id: &ConnectionId,
        peer: &Arc<dyn Peer>,
        is_final: bool,
    ) -> Leave {
        let Some(member) = namespace.member(id) else {
            return Leave::Stale;
        };
        if !member.is_session {
            return match namespace.remove_peer(id, peer) {
                Some((member, rooms)) => {
                    self.absent_from(namespace, &member, rooms);
                    Leave::Over(None)
                }
                None => Leave::Stale,
            };
        }
        let Some(mut store) = self.store() else {
            return Leave::Stale;
        };
        if is_final {
            if !store.end(id, &way(peer)) {
                return Leave::Stale;
            }
            // Under the lock: who begins it anew is another member.
            let stay = namespace.remove(id);
            let parting = self.partings.begin(id);
            drop(store);
            self.over(namespace, id, stay, "ended");
            return Leave::Over(Some(parting));
        }
        if !store.detach(id, &way(peer), now_ms()) {
            return Leave::Stale;
        }
        member.set_peer(None);
        self.facts.record(Fact::SessionAbsent {
            session: id.clone(),
            connection: peer.link().connection,
        });
        Leave::Absent
    }

    /// A session has ended: it is no member any more, and was in these rooms.
    fn over(
        &self,
        namespace: &Namespace,
        id: &ConnectionId,
        stay: Option<Stay>,
        reason: &'static str,
    ) {
        if let Some((member, rooms)) = stay {
            self.absent_from(namespace, &member, rooms);
        }
        self.facts.record(Fact::SessionEnded {
            session: id.clone(),
            namespace: namespace.path.clone(),
            reason,
        });
    }

    /// The look from time to time. Gives the sessions that are over: their disconnect hooks are
    /// due, and each parting is held until its hook has run.
    pub(in crate::gateway) fn tick(&self) -> Vec<(Ended, Parting)> {
        let Some(mut store) = self.store() else {
            return Vec::new();
        };
        let over = store.tick(now_ms());
        // Under the lock: who comes back from now on begins anew, and is another member.
        let stays: Vec<_> = over
            .iter()
            .map(|ended| {
                let namespace = self.namespace(&ended.namespace)?;
                let stay = namespace.remove(&ended.id);
                Some((namespace, stay))
            })
            .collect();
        let partings: Vec<_> = over
            .iter()
            .map(|ended| self.partings.begin(&ended.id))
            .collect();
        drop(store);
        for (ended, stay) in over.iter().zip(stays) {
            match stay {
                Some((namespace, stay)) => self.over(&namespace, &ended.id, stay, "expired"),
                None => self.facts.record(Fact::SessionEnded {
                    session: ended.id.clone(),
                    namespace: ended.namespace.clone(),
                    reason: "expired",
                }),
            }
        }
        over.into_iter().zip(partings).collect()
    }

    /// The sessions that the journal held for a namespace become members again, without a
    /// connection.
    pub(super) fn restore(&self, namespace: &Namespace) {
        let restored = self.store().map(|store| store.restored(&namespace.path));
        for session in restored.into_iter().flatten() {
            let principal = if session.has_key {
                Principal::ApiKey
            } else {
                Principal::Anonymous
            };
            let member = Member::new(session.id, true, principal, None, session.data);
            namespace.add(member, session.rooms);
        }
    }
}

fn way(peer: &Arc<dyn Peer>) -> Arc<dyn Way<Message>> {
    peer.clone()
}

#[cfg(test)]
mod tests;
