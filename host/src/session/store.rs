//! The store: all sessions, each with what it missed and its way out. Whoever calls it holds its
//! lock, so what a session is sent has one order: the journal's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bytes::Bytes;

use crate::event::ConnectionId;
use crate::fact::{Fact, Facts};

use super::Payload;
use super::backlog::{Backlog, Bounds, Kept};
use super::journal::{Journal, JournalError};
use super::kinds::{Attached, Gap, Known, OpenJournal, Opening, SessionError, StoreOptions, Way};
use super::nonces::Nonces;
use super::record::Record;
use super::restore;
use super::token::{Claims, TokenError};
use super::upkeep::words;

/// What one kept emit takes besides its text, in bytes.
const KEPT_BYTES: usize = 96;

/// One session.
pub(super) struct Entry<P> {
    pub(super) number: u64,
    pub(super) namespace: Arc<str>,
    pub(super) has_key: bool,
    pub(super) rooms: BTreeSet<Arc<str>>,
    pub(super) data: BTreeMap<String, Arc<str>>,
    pub(super) backlog: Backlog<P>,
    /// Since when nobody is connected.
    pub(super) absent_since: Option<u64>,
    pub(super) way: Option<Arc<dyn Way<P>>>,
    /// When its client was last given tokens.
    pub(super) issued_at_ms: u64,
    /// To be ended at the next look after its way has gone.
    pub(super) is_over: bool,
}

/// All sessions of a server.
pub(crate) struct Store<P> {
    pub(super) options: StoreOptions,
    pub(super) entries: HashMap<ConnectionId, Entry<P>>,
    pub(super) next_number: u64,
    pub(super) next_serial: u64,
    pub(super) retained: Arc<AtomicUsize>,
    pub(super) nonces: Nonces,
    pub(super) journal: Option<Journal>,
    pub(super) cleaned_at_ms: u64,
    pub(super) facts: Facts,
}

impl<P: Payload> Store<P> {
    /// A store with what its journal held; without a journal all is in memory.
    ///
    /// # Errors
    /// When the journal can be neither read nor written.
    pub(crate) fn open(
        options: StoreOptions,
        journal: Option<OpenJournal<'_>>,
        facts: Facts,
        now_ms: u64,
    ) -> Result<Self, JournalError> {
        let mut store = Self {
            nonces: Nonces::new(options.used_tokens),
            options,
            entries: HashMap::new(),
            next_number: 1,
            next_serial: 1,
            retained: Arc::default(),
            journal: None,
            cleaned_at_ms: now_ms,
            facts,
        };
        if let Some(open) = journal {
            let (mut journal, held) =
                Journal::open(open.state_dir, open.is_synced, open.bytes_max)?;
            restore::restore(&mut store, &held, now_ms);
            journal.rewrite(store.snapshot().into_iter())?;
            store.journal = Some(journal);
        }
        Ok(store)
    }

    /// What a token says, without using it up.
    ///
    /// # Errors
    /// With the reason why it would be refused.
    pub(crate) fn check_token(
        &self,
        token: &str,
        namespace: &str,
        now_ms: u64,
    ) -> Result<Claims, TokenError> {
        let claims = self.options.secrets.verify(token, namespace, now_ms)?;
        self.nonces.check(&claims.nonce)?;
        Ok(claims)
    }

    /// Uses a token up.
    ///
    /// # Errors
    /// With the reason why it is refused.
    pub(crate) fn spend_token(
        &mut self,
        token: &str,
        namespace: &str,
        now_ms: u64,
    ) -> Result<Claims, TokenError> {
        let claims = self.check_token(token, namespace, now_ms)?;
        self.nonces.spend(claims.nonce, claims.expires_at_ms);
        self.note(&Record::Spent {
            nonce: claims.nonce,
            expires_at_ms: claims.expires_at_ms,
        });
        Ok(claims)
    }

    /// New tokens for a session, and until when they are good.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn issue_tokens(
        &self,
        id: &ConnectionId,
        namespace: &str,
        count: usize,
        now_ms: u64,
    ) -> Result<(Vec<String>, u64), SessionError> {
        let expires_at_ms = now_ms.saturating_add(self.options.token_ttl_ms);
        let secrets = &self.options.secrets;
        let tokens: Result<Vec<_>, _> = (0..count)
            .map(|_| secrets.issue(id.as_str(), namespace, expires_at_ms))
            .collect();
        match tokens {
            Ok(tokens) => Ok((tokens, expires_at_ms)),
            Err(_) => Err(SessionError::NoRandom),
        }
    }

    /// A session that can be resumed. It stays so long enough for its client to arrive.
    pub(crate) fn expect(
        &mut self,
        id: &ConnectionId,
        namespace: &str,
        now_ms: u64,
    ) -> Option<Known> {
        let entry = self.entries.get_mut(id)?;
        if *entry.namespace != *namespace || entry.is_over {
            return None;
        }
        if let Some(since) = &mut entry.absent_since {
            *since = now_ms;
        }
        Some(Known {
            has_key: entry.has_key,
        })
    }

    /// Whether an id is that of a session of another namespace, or of one that is about to end.
    pub(crate) fn is_taken(&self, id: &ConnectionId, namespace: &str) -> bool {
        self.is_elsewhere(id, namespace) || self.entries.get(id).is_some_and(|it| it.is_over)
    }

    fn is_elsewhere(&self, id: &ConnectionId, namespace: &str) -> bool {
        let entry = self.entries.get(id);
        entry.is_some_and(|entry| *entry.namespace != *namespace)
    }

    /// Begins a session. One with the same id, which nobody expected any more, ends unseen.
    ///
    /// `received` is what its client had of an earlier session of the same id, which is lost.
    ///
    /// # Errors
    /// When no tokens can be made.
    pub(crate) fn begin(
        &mut self,
        id: &ConnectionId,
        namespace: &Arc<str>,
        has_key: bool,
        received: Option<u64>,
        way: Arc<dyn Way<P>>,
        now_ms: u64,
    ) -> Result<Attached<P>, SessionError> {
        if self.is_elsewhere(id, namespace) {
            return Err(SessionError::Unknown);
        }
        let (tokens, expires_at_ms) =
            self.issue_tokens(id, namespace, self.options.tokens, now_ms)?;
        self.make_room();
        let replaced = self.remove(id).and_then(|entry| entry.way);
        let number = self.next_number;
        self.next_number += 1;
        self.note(&Record::Opened {
            number,
            id: id.as_str().into(),
            namespace: (&**namespace).into(),
            has_key,
            sent: 0,
        });
        way.open(&Opening {
            id: id.as_str(),
            resumed: false,
            recovered: false,
            sent: 0,
            tokens,
            expires_at_ms,
            token_ttl_ms: self.options.token_ttl_ms,
            retention_ms: self.options.retention_ms,
            gap: received.map(|received| Gap {
                from: received.saturating_add(1),
                to: None,
            }),
        });
        let entry = Entry {
            number,
            namespace: namespace.clone(),
            has_key,
            rooms: BTreeSet::new(),
            data: BTreeMap::new(),
            backlog: Backlog::new(0),
            absent_since: None,
            way: Some(way),
            issued_at_ms: now_ms,
            is_over: false,
        };
        self.entries.insert(id.clone(), entry);
        Ok(Attached {
            resumed: false,
            recovered: false,
            replayed: 0,
            replaced,
        })
    }

    /// Gives a session that was expected its new way, and sends what was missed.
    ///
    /// # Errors
    /// When it is not known any more, or no tokens can be made.
    pub(crate) fn resume(
        &mut self,
        id: &ConnectionId,
        received: u64,
        way: Arc<dyn Way<P>>,
        now_ms: u64,
    ) -> Result<Attached<P>, SessionError> {
        let namespace = match self.entries.get(id) {
            Some(entry) if !entry.is_over => entry.namespace.clone(),
            _ => return Err(SessionError::Unknown),
        };
        let (tokens, expires_at_ms) =
            self.issue_tokens(id, &namespace, self.options.tokens, now_ms)?;
        let (token_ttl_ms, retention_ms) = (self.options.token_ttl_ms, self.options.retention_ms);
        let bounds = self.bounds();
        let Some(entry) = self.entries.get_mut(id) else {
            return Err(SessionError::Unknown);
        };
        entry.backlog.trim(bounds, now_ms);
        let rest = entry.backlog.rest(received);
        let gap = (!rest.is_whole).then(|| Gap {
            from: received.saturating_add(1),
            to: rest.lost_to,
        });
        way.open(&Opening {
            id: id.as_str(),
            resumed: true,
            recovered: rest.is_whole,
            sent: rest.after,
            tokens,
            expires_at_ms,
            token_ttl_ms,
            retention_ms,
            gap,
        });
        let mut replayed = 0;
        for (number, kept) in entry.backlog.after(rest.after) {
            way.send(&kept.payload, number);
            replayed += 1;
        }
        entry.absent_since = None;
        entry.issued_at_ms = now_ms;
        entry.backlog.told();
        let replaced = entry.way.replace(way);
        Ok(Attached {
            resumed: true,
            recovered: rest.is_whole,
            replayed,
            replaced,
        })
    }

    /// A way has gone. `true`: it was the session's, which is absent from now on.
    pub(crate) fn detach(&mut self, id: &ConnectionId, way: &Arc<dyn Way<P>>, now_ms: u64) -> bool {
        match self.entries.get_mut(id) {
            Some(entry) if is_same(entry.way.as_ref(), way) => {
                entry.way = None;
                entry.absent_since = Some(now_ms);
                true
            }
            _ => false,
        }
    }

    /// A client has ended its session itself. `true`: the way was the session's.
    pub(crate) fn end(&mut self, id: &ConnectionId, way: &Arc<dyn Way<P>>) -> bool {
        match self.entries.get(id) {
            Some(entry) if is_same(entry.way.as_ref(), way) => self.remove(id).is_some(),
            _ => false,
        }
    }

    /// Ends a session that is absent at the next look. `false`: it is not absent.
    pub(crate) fn end_absent(&mut self, id: &ConnectionId) -> bool {
        let is_absent = |entry: &Entry<P>| entry.way.is_none();
        self.entries.get(id).is_some_and(is_absent) && self.condemn(id)
    }

    /// Decides that a session is over, whether its client is there or not: it is not resumed any
    /// more, and goes with its way, or at the next look. `false`: there is no such session.
    pub(crate) fn condemn(&mut self, id: &ConnectionId) -> bool {
        let Some(entry) = self.entries.get_mut(id) else {
            return false;
        };
        if !entry.is_over {
            entry.is_over = true;
            // Nor after a restart.
            let number = entry.number;
            self.note(&Record::Ended { number });
        }
        true
    }

    pub(super) fn remove(&mut self, id: &ConnectionId) -> Option<Entry<P>> {
        let entry = self.entries.remove(id)?;
        self.note(&Record::Ended {
            number: entry.number,
        });
        Some(entry)
    }

    /// Of too many sessions the one that is absent for longest goes.
    fn make_room(&mut self) {
        if self.entries.len() < self.options.sessions {
            return;
        }
        let absent = self.entries.iter().filter(|(_, entry)| !entry.is_over);
        let longest = absent.filter(|(_, entry)| entry.absent_since.is_some());
        if let Some((id, _)) = longest.min_by_key(|(_, entry)| entry.absent_since) {
            let id = id.clone();
            self.condemn(&id);
            self.facts.record(Fact::LimitReached {
                connection: id,
                limit: "sessions",
                detail: "its session ends for the sake of a new one".to_owned(),
            });
        }
    }

    /// Sends an emit to sessions, those that are absent included. A volatile one goes only to
    /// those that can take it now. Gives those that do not have it and will not.
    pub(crate) fn send(
        &mut self,
        payload: P,
        to: &[ConnectionId],
        is_volatile: bool,
        now_ms: u64,
    ) -> Vec<ConnectionId> {
        let takes = |entry: &Entry<P>| {
            !entry.is_over
                && (!is_volatile || entry.way.as_ref().is_some_and(|way| !way.is_pressed()))
        };
        let mut missed = Vec::new();
        let (mut ids, mut numbers) = (Vec::new(), Vec::new());
        for id in to {
            match self.entries.get(id).filter(|entry| takes(entry)) {
                Some(entry) => {
                    ids.push(id);
                    numbers.push(entry.number);
                }
                None => missed.push(id.clone()),
            }
        }
        if ids.is_empty() {
            return missed;
        }
        if self.journal.is_some() {
            let attachments = payload.attachments().iter().map(|bytes| bytes.to_vec());
            let record = Record::Sent {
                at_ms: now_ms,
                text: payload.text().into(),
                attachments: attachments.collect(),
                to: numbers.as_slice().into(),
            };
            note(self.journal.as_mut(), &self.facts, &record);
        }
        let bounds = self.bounds();
        let kept = self.keep(payload, now_ms);
        for id in ids {
            if let Some(entry) = self.entries.get_mut(id) {
                if entry.way.is_none() && entry.backlog.overflows(&kept, bounds) {
                    self.facts.record(Fact::LimitReached {
                        connection: id.clone(),
                        limit: "session_bytes",
                        detail: "its session lets go the oldest emits".to_owned(),
                    });
                }
                let number = entry.backlog.push(kept.clone(), bounds);
                if let Some(way) = &entry.way {
                    way.send(&kept.payload, number);
                }
            }
        }
        missed
    }

    pub(super) fn keep(&mut self, payload: P, at_ms: u64) -> Arc<Kept<P>> {
        let attachments = payload.attachments().iter().map(Bytes::len).sum::<usize>();
        let bytes = payload.text().len() + attachments + KEPT_BYTES;
        let serial = self.next_serial;
        self.next_serial += 1;
        Kept::new(serial, at_ms, payload, bytes, &self.retained)
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            messages: self.options.retained_messages,
            bytes: self.options.retained_bytes,
            age_ms: self.options.retention_ms,
        }
    }

    fn note(&mut self, record: &Record<'_>) {
        note(self.journal.as_mut(), &self.facts, record);
    }
}

pub(super) fn note(journal: Option<&mut Journal>, facts: &Facts, record: &Record<'_>) {
    if let Some(Err(error)) = journal.map(|journal| journal.append(record)) {
        facts.record(Fact::Warned {
            topic: "sessions",
            detail: words(&error),
        });
    }
}

fn is_same<P>(one: Option<&Arc<dyn Way<P>>>, other: &Arc<dyn Way<P>>) -> bool {
    one.is_some_and(|one| std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other)))
}
