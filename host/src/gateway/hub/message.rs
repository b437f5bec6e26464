//! What is sent to clients: an event's text as Socket.IO has it, put together and checked once,
//! shared by all who receive it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use socketioxide_core::Str;

use crate::event::Args;
use crate::session::Payload;

use super::wire;

/// The event that plain text is.
pub(in crate::gateway) const TEXT_EVENT: &str = "message";
/// The control event that tells a client which session it has.
pub(in crate::gateway) const SESSION: &str = "fs7:session";
/// The control event that gives a client new tokens.
pub(in crate::gateway) const TOKENS: &str = "fs7:tokens";
/// The control event that tells a client why its stay ends.
pub(in crate::gateway) const CLOSING: &str = "fs7:closing";

/// So many hold a message that goes to one client only: who sends it, the connection's queue and
/// the session.
const SHARED_ABOVE: usize = 3;

/// One event on its way out. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Message(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    text: Str,
    attachments: Vec<Bytes>,
    /// The text in the words of an edge that has others, where several receivers want it.
    reworded: OnceLock<Option<Box<str>>>,
}

impl Message {
    /// An event with checked arguments.
    pub(in crate::gateway) fn new(name: &str, args: &Args) -> Self {
        Self::of(wire::join_name(name, args), args.attachments.clone())
    }

    /// An event of the host's own with one argument.
    pub(in crate::gateway) fn control(name: &str, value: &impl serde::Serialize) -> Self {
        Self::new(name, &Args::from_text(wire::one_argument(value)))
    }

    fn of(text: Str, attachments: Vec<Bytes>) -> Self {
        Self(Arc::new(Parts {
            text,
            attachments,
            reworded: OnceLock::new(),
        }))
    }

    /// `["name",a,b]`, shared.
    pub(in crate::gateway) fn shared_text(&self) -> Str {
        self.0.text.clone()
    }

    /// Bytes of text and attachments.
    pub(in crate::gateway) fn bytes(&self) -> usize {
        self.0.text.len() + self.0.attachments.iter().map(Bytes::len).sum::<usize>()
    }

    /// Gives `wanted` what `reword` makes of the text. It is made once and kept as long as the
    /// message where others have the message, too: a broadcast's receivers, not one client and
    /// its session.
    pub(in crate::gateway) fn reworded<R>(
        &self,
        reword: impl Fn(&str) -> Option<String>,
        wanted: impl FnOnce(Option<&str>) -> R,
    ) -> R {
        let Parts { text, reworded, .. } = &*self.0;
        if reworded.get().is_none() && Arc::strong_count(&self.0) <= SHARED_ABOVE {
            return wanted(reword(text.as_str()).as_deref());
        }
        let kept = reworded.get_or_init(|| reword(text.as_str()).map(String::into_boxed_str));
        wanted(kept.as_deref())
    }
}

impl Payload for Message {
    fn restore(text: String, attachments: Vec<Bytes>) -> Self {
        Self::of(Str::from(text), attachments)
    }

    fn text(&self) -> &str {
        self.0.text.as_str()
    }

    fn attachments(&self) -> &[Bytes] {
        &self.0.attachments
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn words_for_many_are_found_once_and_for_one_not_kept() {
        let made = Cell::new(0);
        let reword = |text: &str| {
            made.set(made.get() + 1);
            Some(text.to_uppercase())
        };
        let message = Message::new("a", &Args::from_text("[\"b\"]"));
        let sent = message.clone();
        let words = |message: &Message| message.reworded(reword, |it| it.map(str::to_owned));
        for made_before in 0..2 {
            assert_eq!(made.get(), made_before);
            assert_eq!(words(&sent).as_deref(), Some("[\"A\",\"B\"]"));
        }
        let receivers = vec![message; SHARED_ABOVE];
        made.set(0);
        for receiver in &receivers {
            assert_eq!(words(receiver).as_deref(), Some("[\"A\",\"B\"]"));
        }
        drop(receivers);
        assert_eq!(words(&sent).as_deref(), Some("[\"A\",\"B\"]"));
        assert_eq!(made.get(), 1);
    }
}
