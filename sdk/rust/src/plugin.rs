//! The plugin as the host sees it: the trait behind the component's exports, the table that
//! `handlers!` writes, and the adapter between them and the generated bindings.

use crate::bindings::exports::fs7::plugin::handler::Guest;
use crate::bindings::fs7::plugin::types::Reply;
use crate::{Args, Context, Description, Event, Rejection, Subscription, panic_hook};
use std::marker::PhantomData;

/// A plugin in full control: it describes itself and gets every event raw.
///
/// [`handlers!`](crate::handlers) implements it from a table of functions; write it by hand where
/// the table does not reach, and hand the type to [`export!`](crate::export).
///
/// ```
/// use fs7_sdk::prelude::*;
/// use fs7_sdk::{Description, Plugin, Subscription};
///
/// struct Mirror;
///
/// impl Plugin for Mirror {
///     fn describe() -> Description {
///         Description {
///             name: "mirror".into(),
///             version: "1.0.0".into(),
///             subscriptions: vec![Subscription { namespace: "/".into(), event: "mirror".into() }],
///         }
///     }
///
///     fn handle(context: &mut Context) -> Result<Args, Rejection> {
///         Ok(context.take_args())
///     }
/// }
///
/// fs7_sdk::export!(Mirror);
///
/// let outcome = fs7_sdk::test::message("mirror").arg(1).run::<Mirror>();
/// assert_eq!(outcome.reply(), Ok(json!([1])));
/// ```
pub trait Plugin {
    /// Says what the plugin is and which events it answers. Called once when the file is loaded;
    /// no effect is available.
    fn describe() -> Description;

    /// Answers one event: the arguments of the acknowledgement, or a rejection.
    fn handle(context: &mut Context) -> Result<Args, Rejection>;
}

/// Writes the table of events that a plugin answers, and exports it.
///
/// Each line names an event and the function that answers it, see [`Handler`](crate::Handler) for
/// the functions. `in` names the Socket.IO namespace, without it the event belongs to `/`. The
/// words `connect` and `disconnect` without quotes are the hooks: `connect` gets the auth payload
/// and refuses the connection with its rejection, `disconnect` gets the reason.
///
/// ```
/// use fs7_sdk::prelude::*;
///
/// fs7_sdk::handlers! {
///     "ping" => ping,
///     "message" in "/chat" => message,
///     connect in "/chat" => enter,
/// }
///
/// fn ping(_context: &mut Context) -> Result<&'static str, Rejection> {
///     Ok("pong")
/// }
///
/// fn message(context: &mut Context, room: String, text: String) -> Result<(), Rejection> {
///     Ok(context.room(&room).except_sender().emit("message", text)?)
/// }
///
/// fn enter(_context: &mut Context, name: Option<String>) -> Result<(), Rejection> {
///     name.map(drop).ok_or_else(|| Rejection::forbidden("say who you are"))
/// }
///
/// let outcome = fs7_sdk::test::connect().namespace("/chat").run::<Handlers>();
/// assert_eq!(outcome.rejection().map(|it| it.message.as_str()), Some("say who you are"));
/// ```
///
/// The macro makes the type `Handlers`, which tests name. The handler's name and version are the
/// package's.
#[macro_export]
macro_rules! handlers {
    ($($event:tt $(in $namespace:literal)? => $handler:expr),+ $(,)?) => {
        /// The events that this plugin answers.
        #[allow(unreachable_pub, reason = "the table may stand in any module")]
        pub struct Handlers;

        impl Handlers {
            const ROUTES: &'static [$crate::__private::Route] = &[$(
                $crate::__private::Route {
                    namespace: $crate::__namespace!($($namespace)?),
                    event: $crate::__event_name!($event),
                    call: |context| $crate::__private::call($handler, context),
                },
            )+];
        }

        impl $crate::Plugin for Handlers {
            fn describe() -> $crate::Description {
                $crate::__private::describe(
                    env!("CARGO_PKG_NAME"),
                    env!("CARGO_PKG_VERSION"),
                    Self::ROUTES,
                )
            }

            fn handle(
                context: &mut $crate::Context,
            ) -> ::core::result::Result<$crate::Args, $crate::Rejection> {
                $crate::__private::dispatch(Self::ROUTES, context)
            }
        }

        $crate::export!(Handlers);
    };
}

/// Exports a [`Plugin`] from the component. [`handlers!`](crate::handlers) does it by itself.
#[macro_export]
macro_rules! export {
    ($plugin:ident) => {
        const _: fn() -> $crate::Description = <$plugin as $crate::Plugin>::describe;

        #[cfg(target_family = "wasm")]
        const _: () = {
            type Exported = $crate::__private::Component<$plugin>;
    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __event_name {
    (connect) => {
        "connect"
    };
    (disconnect) => {
        "disconnect"
    };
    ($name:literal) => {
        $name
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __namespace {
    () => {
        "/"
    };
    ($namespace:literal) => {
        $namespace
    };
}

/// One line of the table.
pub struct Route {
    /// The namespace of the event.
    pub namespace: &'static str,
    /// The event's name.
    pub event: &'static str,
    /// Decodes the arguments and calls the function.
    pub call: fn(&mut Context) -> Result<Args, Rejection>,
}

/// The description that a table gives.
pub fn describe(name: &str, version: &str, routes: &[Route]) -> Description {
    Description {
        name: name.to_owned(),
        version: version.to_owned(),
        subscriptions: routes
            .iter()
            .map(|route| Subscription {
                namespace: route.namespace.to_owned(),
                event: route.event.to_owned(),
            })
            .collect(),
    }
}

/// Finds the event's line and calls its function.
pub fn dispatch(routes: &[Route], context: &mut Context) -> Result<Args, Rejection> {
    let event = context.event();
    match routes
        .iter()
        .find(|route| route.event == event.name && route.namespace == event.namespace)
    {
        Some(route) => (route.call)(context),
        None => Err(Rejection::failed("the handler does not answer this event")),
    }
}

/// Answers one event: what the component's `handle` does, and the test harness with it.
pub(crate) fn handle<P: Plugin>(event: Event) -> Result<Args, Rejection> {
    let args = P::handle(&mut Context::new(event))?;
    Ok(args.checked()?)
}

/// A plugin as the generated bindings want it.
pub struct Component<P>(PhantomData<P>);

impl<P: Plugin> Guest for Component<P> {
    fn describe() -> Description {
        panic_hook::install();
        P::describe()
    }

    fn handle(event: Event) -> Result<Option<Reply>, Rejection> {
        panic_hook::install();
        handle::<P>(event).map(Args::into_reply)
    }
}
