//! Loads handlers that were just installed and says since when they serve. The server's own watch
//! may have been faster, so what serves now is what counts, not what the reload had left to do.

use serde_json::Value;

use super::client::Client;
use super::failure::Failure;
use super::install::Sound;
use super::{output, reload, summary};

/// What became of installed handlers.
pub(crate) struct Swapped {
    /// Since which generation each of them serves, in the order in which they were given; none
    /// for one that does not.
    pub(crate) since: Vec<Option<u64>>,
    /// What the reload said.
    pub(crate) reload: Value,
}

/// Has the server load what was installed.
///
/// # Errors
/// When it does not answer, or refuses.
pub(crate) fn request(client: &Client, installed: &[Sound]) -> Result<Swapped, Failure> {
    let reload = reload::request(client)?;
    let handlers = client.get("/admin/handlers")?.success()?;
    let since = installed
        .iter()
        .map(|sound| serving_since(&handlers, sound))
        .collect();
    Ok(Swapped { since, reload })
}

impl Swapped {
    /// Whether all of them serve.
    pub(crate) fn is_whole(&self) -> bool {
        self.since.iter().all(Option::is_some)
    }

    /// Prints since when each of them serves, and tells why one does not.
    pub(crate) fn tell(&self, installed: &[Sound]) -> Result<(), Failure> {
        for (sound, since) in installed.iter().zip(&self.since) {
            if let Some(generation) = since {
                output::line(&format!(
                    "{} {} serves since generation {generation}",
                    sound.file, sound.version
                ))?;
            }
        }
        for failed in summary::failed_files(&self.reload) {
            output::message(&format!("error: {}", failed.words()));
            output::hint(&failed.hint);
        }
        Ok(())
    }
}

/// The generation with which the very bytes of a handler began to answer its events.
fn serving_since(handlers: &Value, sound: &Sound) -> Option<u64> {
    let events = handlers.get("events")?.as_array()?;
    let text =
        |event: &Value, name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    events
        .iter()
        .filter(|event| text(event, "file").as_deref() == Some(&sound.file))
        .filter(|event| text(event, "sha256").as_deref() == Some(&sound.sha256))
        .filter_map(|event| event.get("generation")?.as_u64())
        .max()
}
