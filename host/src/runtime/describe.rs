//! What a component says of itself, asked once, when it is loaded.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::Module;

use super::bindings::{Plugin, exported};
use super::direct;
use super::handler::{Description, Handler, Subscription, deadline_after};
use super::inspect::{self, LoadError};
use super::invoke::{DeadlinePassed, until};

/// What a component says of itself, and its module where that is among its exports.
pub(super) struct Described {
    pub(super) description: Description,
    pub(super) module: Option<Module>,
}

/// Asks a component what it answers, once, under a deadline of its own.
pub(super) async fn describe(handler: &Handler) -> Result<Described, LoadError> {
    let limit = Duration::from_millis(handler.sandbox.limits.describe_ms);
    let _running = handler.sandbox.running();
    let deadline = deadline_after(limit);
    let mut store = handler.store(deadline);
    let described = until(deadline, async {
        let pre = handler.pre.instance_pre();
        let instance = pre.instantiate_async(&mut store).await?;
        let plugin = Plugin::new(&mut store, &instance)?;
        let description = plugin
            .fs7_plugin_handler()
            .call_describe(&mut store)
            .await?;
        let module = direct::module_of(&mut store, pre.component(), &instance);
        Ok((description, module))
    })
    .await;
    store.data().log.end_event();
    let is_too_large = store.data().limiter.refused();
    let (description, module): (exported::Description, _) = described.map_err(|error| {
        if is_too_large {
            let limit_bytes = handler.limits.memory_bytes;
            return LoadError::new(
                format!("a guest of {limit_bytes} bytes at most (limit `guest_memory_bytes`)"),
                format!("one that wants more to begin with: {}", inspect::chain(&error)),
                "raise `limits.guest_memory_bytes`, and `memory_bytes` of the handler where it is set",
            );
        }
        let expected = format!("an answer to `describe` within {} ms", limit.as_millis());
        if error.is::<DeadlinePassed>() {
            return LoadError::new(expected, "none", "`describe` must do nothing but describe");
        }
        LoadError::new(
            expected,
            inspect::chain(&error),
            "the log has what the guest wrote",
        )
    })?;
    let subscriptions = description.subscriptions.into_iter();
    let subscriptions = subscriptions.map(|subscription| Subscription {
        namespace: Arc::from(subscription.namespace),
        event: Arc::from(subscription.event),
    });
    Ok(Described {
        description: Description {
            name: Arc::from(description.name),
            version: description.version,
            subscriptions: subscriptions.collect(),
        },
        module,
    })
}
