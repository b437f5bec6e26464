//! Emits of one event, gathered for its sender besides going their way.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Target};

/// A sink that remembers emits and passes everything on.
pub(super) struct Collecting {
    inner: Arc<dyn EffectSink>,
    emits: Mutex<Vec<Emit>>,
}

/// One emit as `POST /api/events` shows it.
#[derive(Serialize)]
pub(super) struct Emitted {
    target: serde_json::Value,
    name: String,
    args: Box<RawValue>,
    /// Base64 (RFC 4648, section 4) of what the placeholders in `args` stand for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<String>,
}

impl Collecting {
    pub(super) fn new(inner: Arc<dyn EffectSink>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            emits: Mutex::default(),
        })
    }

    /// What was emitted, in order.
    pub(super) fn take(&self) -> Vec<Emitted> {
        let emits = std::mem::take(&mut *self.emits.lock().unwrap_or_else(PoisonError::into_inner));
        emits
            .into_iter()
            .filter_map(|emit| {
                Some(Emitted {
                    target: target(&emit.target),
                    name: emit.name,
                    attachments: emit.args.attachments.iter().map(encode).collect(),
                    args: RawValue::from_string(emit.args.text).ok()?,
                })
            })
            .collect()
    }
}

impl EffectSink for Collecting {
    fn commit(&self, scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        let mut emits = self.emits.lock().unwrap_or_else(PoisonError::into_inner);
        emits.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Emit(emit) => Some(emit.clone()),
            _ => None,
        }));
        drop(emits);
        self.inner.commit(scope, effects)
    }
}

/// Binary data as JSON can carry it.
pub(super) fn encode(bytes: &Bytes) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn target(target: &Target) -> serde_json::Value {
    match target {
        Target::Sender => "sender".into(),
        Target::Socket(id) => serde_json::json!({ "socket": id.as_str() }),
        Target::Room(room, _) => serde_json::json!({ "room": room }),
        Target::Everyone(_) => "everyone".into(),
    }
}
