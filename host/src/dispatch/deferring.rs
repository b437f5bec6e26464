//! Flushed emits of a connect hook: its sender cannot hear anything before the CONNECT reply, so
//! what goes to the sender waits for the edge, and the rest goes its way.

use std::sync::{Arc, Mutex, PoisonError};

use crate::effect::{Delivery, Effect, EffectScope, EffectSink, Emit, Target};

/// A sink that keeps emits to the sender and passes everything else on.
pub(super) struct Deferring {
    inner: Arc<dyn EffectSink>,
    kept: Mutex<Vec<Effect>>,
}

impl Deferring {
    pub(super) fn new(inner: Arc<dyn EffectSink>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            kept: Mutex::default(),
        })
    }

    /// What was kept, in order.
    pub(super) fn take(&self) -> Vec<Effect> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl EffectSink for Deferring {
    fn commit(&self, scope: &EffectScope, effects: Vec<Effect>) -> Delivery {
        let is_to_sender = |effect: &Effect| {
            matches!(
                effect,
                Effect::Emit(Emit {
                    target: Target::Sender,
                    ..
                })
            )
        };
        let (kept, passed): (Vec<_>, Vec<_>) = effects.into_iter().partition(is_to_sender);
        let mut all_kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        all_kept.extend(kept);
        drop(all_kept);
        self.inner.commit(scope, passed)
    }
}
