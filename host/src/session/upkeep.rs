//! The store's upkeep: ends what is over, lets go what is too much, keeps the journal short.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::event::ConnectionId;
use crate::fact::Fact;

use super::Payload;
use super::backlog::Kept;
use super::journal::{Journal, JournalError};
use super::kinds::{Ended, Renewal, SessionWeight, StoreFigures};
use super::record::Record;
use super::store::{Entry, Store};

/// How often nonces of tokens that are too old anyway are forgotten, in milliseconds.
const CLEAN_EVERY_MS: u64 = 300_000;

impl<P: Payload> Store<P> {
    /// The look from time to time: sessions whose time is over end, what is too old or too much
    /// is let go, the journal is written anew where it is due.
    pub(crate) fn tick(&mut self, now_ms: u64) -> Vec<Ended> {
        let retention_ms = self.options.retention_ms;
        let bounds = self.bounds();
        let mut over = Vec::new();
        for (id, entry) in &mut self.entries {
            entry.backlog.trim(bounds, now_ms);
            let is_late = |since: u64| now_ms.saturating_sub(since) >= retention_ms;
            if entry.way.is_none() && (entry.is_over || entry.absent_since.is_some_and(is_late)) {
                over.push(Ended {
                    id: id.clone(),
                    namespace: entry.namespace.clone(),
                    has_key: entry.has_key,
                });
            }
        }
        for ended in &over {
            self.remove(&ended.id);
        }
        self.renew_tokens(now_ms);
        self.forget_over_limit();
        if now_ms.saturating_sub(self.cleaned_at_ms) >= CLEAN_EVERY_MS {
            self.cleaned_at_ms = now_ms;
            self.nonces.clean(now_ms);
        }
        if self.journal.as_ref().is_some_and(Journal::is_due) {
            self.rewrite();
        }
        over
    }

    /// Who stays longer than half of a token's time is given new ones: a client can come back
    /// however long it was there.
    fn renew_tokens(&mut self, now_ms: u64) {
        let age_ms = (self.options.token_ttl_ms / 2).max(1);
        let is_due = |entry: &&mut Entry<P>| {
            !entry.is_over && now_ms.saturating_sub(entry.issued_at_ms) >= age_ms
        };
        let expires_at_ms = now_ms.saturating_add(self.options.token_ttl_ms);
        for (id, entry) in &mut self.entries {
            let Some(entry) = Some(entry).filter(is_due) else {
                continue;
            };
            let Some(way) = &entry.way else { continue };
            let tokens: Result<Vec<_>, _> = (0..self.options.tokens)
                .map(|_| {
                    let secrets = &self.options.secrets;
                    secrets.issue(id.as_str(), &entry.namespace, expires_at_ms)
                })
                .collect();
            // Without random bytes the old ones are still good for a while; tried again then.
            let Ok(tokens) = tokens else { return };
            entry.issued_at_ms = now_ms;
            way.renew(&Renewal {
                tokens,
                expires_at_ms,
                token_ttl_ms: self.options.token_ttl_ms,
            });
        }
    }

    /// All sessions together keep no more than `sessions_bytes`: the older half goes until they
    /// do.
    fn forget_over_limit(&mut self) {
        let bytes = self.retained.load(Ordering::Relaxed);
        if bytes > self.options.sessions_bytes {
            self.facts.record(Fact::EmitsForgotten { bytes });
        }
        while self.retained.load(Ordering::Relaxed) > self.options.sessions_bytes {
            let first =
                |entry: &Entry<P>| entry.backlog.after(0).next().map(|(_, kept)| kept.serial);
            let Some(oldest) = self.entries.values().filter_map(first).min() else {
                return;
            };
            let middle = oldest + (self.next_serial - oldest) / 2 + 1;
            for entry in self.entries.values_mut() {
                entry.backlog.forget_before(middle);
            }
        }
    }

    fn rewrite(&mut self) {
        let Some(mut journal) = self.journal.take() else {
            return;
        };
        let was_kept = journal.is_kept();
        let written = journal.rewrite(self.snapshot().into_iter());
        self.journal = Some(journal);
        match written {
            Ok(()) if !was_kept => self.warn("the journal of sessions is kept again".into()),
            Err(error) if was_kept => self.warn(words(&error)),
            _ => {}
        }
    }

    /// The records that make the store anew.
    pub(super) fn snapshot(&self) -> Vec<Record<'_>> {
        let mut records = Vec::new();
        let mut kept: BTreeMap<u64, (&Arc<Kept<P>>, Vec<u64>)> = BTreeMap::new();
        for (id, entry) in &self.entries {
            let number = entry.number;
            records.push(Record::Opened {
                number,
                id: id.as_str().into(),
                namespace: (&*entry.namespace).into(),
                has_key: entry.has_key,
                sent: entry.backlog.forgotten(),
            });
            records.extend(entry.rooms.iter().map(|room| Record::Joined {
                number,
                room: (&**room).into(),
            }));
            records.extend(entry.data.iter().map(|(key, value)| Record::Data {
                number,
                key: key.into(),
                value: Some((&**value).into()),
            }));
            for (_, message) in entry.backlog.after(0) {
                let (_, to) = kept
                    .entry(message.serial)
                    .or_insert_with(|| (message, Vec::new()));
                to.push(number);
            }
        }
        // By serial, and so in the order in which each session was sent them.
        records.extend(kept.into_values().map(|(message, to)| {
            Record::Sent {
                at_ms: message.at_ms,
                text: message.payload.text().into(),
                attachments: message
                    .payload
                    .attachments()
                    .iter()
                    .map(|bytes| bytes.to_vec())
                    .collect(),
                to: to.into(),
            }
        }));
        records.extend(
            self.nonces
                .iter()
                .map(|(nonce, expires_at_ms)| Record::Spent {
                    nonce: *nonce,
                    expires_at_ms,
                }),
        );
        records
    }

    /// Ends the journal in good order.
    pub(crate) fn close(&mut self) {
        if let Some(Err(error)) = self.journal.as_mut().map(Journal::close) {
            self.warn(words(&error));
        }
    }

    /// What each session takes, those left out that end at the next look.
    pub(crate) fn weights(&self) -> Vec<SessionWeight> {
        let entries = self.entries.iter().filter(|(_, entry)| !entry.is_over);
        let weight = |(id, entry): (&ConnectionId, &Entry<P>)| SessionWeight {
            id: id.clone(),
            kept_bytes: entry.backlog.bytes(),
            data_bytes: entry
                .data
                .iter()
                .map(|(key, value)| key.len() + value.len())
                .sum(),
            absent_since: entry.absent_since,
        };
        entries.map(weight).collect()
    }

    /// The store in figures.
    pub(crate) fn figures(&self) -> StoreFigures {
        let is_absent = |entry: &&Entry<P>| entry.way.is_none();
        StoreFigures {
            sessions: self.entries.len(),
            absent: self.entries.values().filter(is_absent).count(),
            retained_bytes: self.retained.load(Ordering::Relaxed),
            used_tokens: self.nonces.len(),
            journal_bytes: self.journal.as_ref().map_or(0, Journal::bytes),
        }
    }

    pub(super) fn warn(&self, detail: String) {
        self.facts.record(Fact::Warned {
            topic: "sessions",
            detail,
        });
    }
}

pub(super) fn words(error: &JournalError) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    format!(
        "{error}: {}; sessions outlive reconnects, but no restart, until it can be written",
        cause.unwrap_or_default()
    )
}
