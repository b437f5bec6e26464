//! Functions as handlers: which signatures answer an event.

use crate::{Args, Context, FromArgs, IntoArgs, Rejection};
use serde::de::DeserializeOwned;

/// A function that answers an event. [`handlers!`](crate::handlers) takes any of these:
///
/// | parameters after `&mut Context` | the event's arguments |
/// |---|---|
/// | none | are not looked at |
/// | one to six that deserialize | that many, each checked; an `Option` may be absent |
/// | [`Args`] | all of them, byte for byte |
///
/// | `Ok` of the returned `Result<_, Rejection>` | the acknowledgement |
/// |---|---|
/// | `()` | has no argument |
/// | a value that serializes | has it as its argument |
/// | [`Args`], see [`args!`](crate::args) | has these arguments |
///
/// The handler is chosen by the function's signature; `Signature` stands for it and is always
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot answer an event",
    label = "not a handler",
    note = "a handler is `fn(&mut Context, …) -> Result<_, Rejection>`: up to six arguments that \
            implement `Deserialize` and own their data, or `Args`; it returns `()`, `Args` or what \
            implements `Serialize`"
)]
pub trait Handler<Signature> {
    /// Decodes the event's arguments and answers.
    fn call(&self, context: &mut Context) -> Result<Args, Rejection>;
}

impl<F, R> Handler<()> for F
where
    F: Fn(&mut Context) -> Result<R, Rejection>,
    R: IntoArgs,
{
    fn call(&self, context: &mut Context) -> Result<Args, Rejection> {
        self(context).map(IntoArgs::into_args)
    }
}

impl<F, R> Handler<Args> for F
where
    F: Fn(&mut Context, Args) -> Result<R, Rejection>,
    R: IntoArgs,
{
    fn call(&self, context: &mut Context) -> Result<Args, Rejection> {
        let args = context.take_args();
        self(context, args).map(IntoArgs::into_args)
    }
}

macro_rules! handler {
    ($($($type:ident)+;)+) => {$(
        impl<F, R, $($type),+> Handler<($($type,)+)> for F
        where
            F: Fn(&mut Context, $($type),+) -> Result<R, Rejection>,
            R: IntoArgs,
            $($type: DeserializeOwned),+
        {
            #[expect(non_snake_case, reason = "type parameters name the arguments too")]
            fn call(&self, context: &mut Context) -> Result<Args, Rejection> {
                let ($($type,)+) = context.decode::<($($type,)+)>()?;
                self(context, $($type),+).map(IntoArgs::into_args)
            }
        }
    )+};
}

handler! {
    T1;
    T1 T2;
    T1 T2 T3;
    T1 T2 T3 T4;
    T1 T2 T3 T4 T5;
    T1 T2 T3 T4 T5 T6;
}

impl Context {
    /// Reads the arguments; attachments that no [`Binary`](crate::Binary) took stay in the event.
    fn decode<T: FromArgs>(&mut self) -> Result<T, Rejection> {
        let event = self.event_mut();
        let attachments = std::mem::take(&mut event.attachments);
        let (decoded, attachments) = crate::decode::decode(&event.args, attachments);
        event.attachments = attachments;
        decoded
    }
}

/// Calls a handler whose signature the compiler knows.
pub fn call<S>(handler: impl Handler<S>, context: &mut Context) -> Result<Args, Rejection> {
    handler.call(context)
}
