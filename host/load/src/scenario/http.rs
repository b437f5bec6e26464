//! Clients that post events to `POST /api/events`, over connections that stay open.

use std::sync::Arc;
use std::time::Instant;

use http::Method;
use serde_json::{Map, Value, value::RawValue};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::Figures;
use super::pace::{self, Dues};
use super::stage::Stage;
use super::tally::{Tally, Window};
use crate::connection::Dialer;
use crate::error::LoadError;
use crate::http_client::HttpClient;
use crate::plan::Http;

/// Where events are posted when the URL has no path.
const PATH: &str = "/api/events";

struct Poster {
    who: usize,
    http: HttpClient,
    dialer: Arc<Dialer>,
    request: Arc<Posted>,
    tally: Arc<Tally>,
}

struct Posted {
    path: String,
    body: String,
    key: Option<String>,
}

/// Plays it.
pub(super) async fn run(stage: &mut Stage, plan: &Http) -> Result<Figures, LoadError> {
    let request = Arc::new(Posted {
        path: path(&stage.dialer.path).to_owned(),
        body: body(plan, &stage.join.namespace)?,
        key: plan.key.clone(),
    });
    let number = stage.connections.saturating_mul(plan.depth);
    let dialer = stage.dialer.clone();
    let opened = stage
        .open_each(number, |_| {
            let dialer = dialer.clone();
            async move { HttpClient::open(&dialer).await }
        })
        .await?;
    let window = Window::now(plan.warmup, plan.duration);
    let tally = Arc::new(Tally::new(window, &stage.counts, number)?);
    let mut dues = plan
        .rate
        .map(|rate| pace::start(rate, opened.len(), &tally))
        .unwrap_or_default();
    let mut tasks = JoinSet::new();
    for (who, http) in opened.into_iter().enumerate() {
        let poster = Poster {
            who,
            http,
            dialer: stage.dialer.clone(),
            request: request.clone(),
            tally: tally.clone(),
        };
        tasks.spawn(poster.play(dues.pop()));
    }
    let kept = tasks.join_all().await;
    stage.end();
    drop(kept);
    Ok(Figures {
        load: Some(tally.load(plan.rate, "from the request to the whole answer")),
        ..Figures::default()
    })
}

fn path(path: &str) -> &str {
    if path == "/" { PATH } else { path }
}

/// The body, with the payload as it stands.
fn body(plan: &Http, namespace: &str) -> Result<String, LoadError> {
    let plain = |error: serde_json::Error| LoadError::Plan(format!("the payload: {error}"));
    let mut body = Map::new();
    body.insert("name".to_owned(), Value::from(plan.order.event.as_str()));
    body.insert("namespace".to_owned(), Value::from(namespace));
    let head = Value::Object(body).to_string();
    let Some(payload) = &plan.order.payload else {
        return Ok(head);
    };
    let payload: &RawValue = serde_json::from_str(payload).map_err(plain)?;
    let open = head.trim_end_matches('}');
    Ok(format!("{open},\"payload\":{}}}", payload.get()))
}

impl Poster {
    async fn play(mut self, dues: Option<Dues>) -> HttpClient {
        self.tally.begin().await;
        match dues {
            Some(mut dues) => {
                while let Some(due) = dues.recv().await {
                    if !self.post(due).await {
                        break;
                    }
                }
            }
            None => {
                while Instant::now() < self.tally.window.until {
                    if !self.post(Instant::now()).await {
                        break;
                    }
                }
            }
        }
        self.http
    }

    /// Posts one event; false when the connection has ended and no other could be opened.
    async fn post(&mut self, due: Instant) -> bool {
        self.tally.sent(self.who, due);
        let request = &self.request;
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(request.key.as_deref().map(|key| ("x-api-key", key)));
        let posting =
            self.http
                .request(Method::POST, &request.path, &headers, request.body.clone());
        let answer = timeout_at(self.tally.window.end.into(), posting).await;
        match answer {
            Ok(Ok((status, _))) if status.is_success() => {
                self.tally.done(self.who, due);
                return true;
            }
            Ok(Ok((status, body))) => {
                self.tally.failed(due, &code(status.as_u16(), &body));
                return true;
            }
            Ok(Err(_)) => self.tally.lost(std::iter::once(due)),
            Err(_) => {
                self.tally.failed(due, "unanswered");
                return false;
            }
        }
        match HttpClient::open(&self.dialer).await {
            Ok(http) => {
                self.http = http;
                true
            }
            Err(_) => false,
        }
    }
}

/// The code in a problem document, or the status.
fn code(status: u16, body: &[u8]) -> String {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let code = body.as_ref().and_then(|body| body.get("code")?.as_str());
    code.map_or_else(|| format!("http_{status}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_named_by_the_problem_or_the_status() {
        assert_eq!(code(404, b"{\"code\":\"unknown_event\"}"), "unknown_event");
        assert_eq!(code(503, b"{}"), "http_503");
        assert_eq!(code(503, b"busy"), "http_503");
    }
}
