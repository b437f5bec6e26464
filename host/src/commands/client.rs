//! Requests to a running server: the one of this directory, or one that is named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::failure::{Exit, Failure};
use super::instance::{self, Presence, Record};
use crate::cli::server_url::ServerUrl;
use crate::config::Draft;
use crate::config::settings::ApiKey;

/// How long the server may take to accept a connection.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long it may take to answer what it knows.
const READ_MAX: Duration = Duration::from_secs(15);
/// How long an answer may take that compiles handlers or waits for one.
const WORK_MAX: Duration = Duration::from_secs(600);

/// The server of this directory.
pub(crate) struct Client {
    /// Who it is.
    pub(crate) record: Record,
    dialled: Dialled,
}

/// A server that is named, wherever it runs.
pub(crate) struct Remote(Dialled);

/// Whom requests go to.
struct Dialled {
    /// Host and port.
    authority: String,
    /// What stands before every path.
    prefix: String,
    key: Option<ApiKey>,
    whom: Whom,
}

/// Who should answer, in words.
#[derive(Clone, Debug)]
pub(crate) struct Whom {
    /// Its address.
    name: String,
    /// The process of this directory's server.
    pid: Option<u32>,
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// The body; `null` where it is no JSON.
    pub(crate) body: Value,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody accepts the connection.
    #[error("reach the server at {}", .whom.in_full())]
    Connect {
        /// Who should.
        whom: Whom,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke.
    #[error("the server at {} ended the connection", .whom.name)]
    Broken {
        /// Who should answer.
        whom: Whom,
        /// What went wrong.
        #[source]
        source: hyper::Error,
    },
    /// No answer in time.
    #[error("the server at {} did not answer in {seconds} s", .whom.name)]
    Late {
        /// Who should answer.
        whom: Whom,
        /// How long it had.
        seconds: u64,
    },
    /// Somebody else answers.
    #[error("what answers at {} is no fs7: GET {path} came to {status} without what fs7 says", .whom.name)]
    Stranger {
        /// Who should answer.
        whom: Whom,
        /// What was asked for.
        path: String,
        /// HTTP status.
        status: StatusCode,
    },
    /// This process cannot make a request at all.
    #[error("make the request")]
    Local(#[source] anyhow::Error),
}

impl Whom {
    fn in_full(&self) -> String {
        match self.pid {
            Some(pid) => format!("{} (pid {pid})", self.name),
            None => self.name.clone(),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let hint = match &error {
            ClientError::Connect { whom, .. } | ClientError::Broken { whom, .. }
                if whom.pid.is_some() =>
            {
                Some("the server may have ended meanwhile: see `fs7 status` and `fs7 log view`")
            }
            ClientError::Late { whom, .. } if whom.pid.is_some() => {
                Some("see `fs7 log view` for what it is busy with")
            }
            ClientError::Connect { .. } | ClientError::Late { .. } => Some(
                "name the address that `fs7 status` shows where the server runs; it must be reachable from here",
            ),
            ClientError::Broken { .. } | ClientError::Stranger { .. } => Some(
                "name the address that `fs7 status` shows where the server runs; something else listens at this one",
            ),
            ClientError::Local(_) => None,
        };
        let failure: Self = anyhow::Error::new(error).into();
        Self {
            hint: hint.map(str::to_owned),
            ..failure
        }
    }
}

impl Client {
    /// The server of the working directory.
    ///
    /// # Errors
    /// When none runs there: exit code 3.
    pub(crate) fn find(draft: &Draft) -> Result<Self, Failure> {
        match Self::look(draft)? {
            Some(client) => Ok(client),
            None => Err(no_server(draft)),
        }
    }

    /// The server of the working directory, where one runs.
    ///
    /// # Errors
    /// When that cannot be told.
    pub(crate) fn look(draft: &Draft) -> Result<Option<Self>, Failure> {
        let presence = instance::probe(draft.work_dir())
            .map_err(|error| anyhow::Error::new(error).context("read .fs7/lock"))?;
        match presence {
            Presence::Running(record) => {
                let address = dialled(record.address).to_string();
                let whom = Whom { name: address.clone(), pid: Some(record.identity.pid) };
                let dialled = Dialled { authority: address, prefix: String::new(), key: draft.client_key()?, whom };
                Ok(Some(Self { record, dialled }))
            }
            Presence::Unknown => Err(Failure::new("a server that cannot be seen from here holds .fs7/lock").with_hint("it is just starting, or runs in another container: try again, or use its HTTP interface")),
            Presence::Absent(_) => Ok(None),
        }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", dialled(self.record.address))
    }

    /// Asks for something that the server knows.
    ///
    /// # Errors
    /// When no answer comes.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.dialled.get(path)
    }

    /// Asks the server to do something; `body` is JSON.
    ///
    /// # Errors
    /// When no answer comes.
    pub(crate) fn post(&self, path: &str, body: impl Into<Bytes>) -> Result<Answer, ClientError> {
        self.dialled
            .request(Method::POST, path, body.into(), WORK_MAX)
    }

    /// Asks the server to keep something under a path; `body` is JSON.
    ///
    /// # Errors
    /// When no answer comes.
    pub(crate) fn put(&self, path: &str, body: impl Into<Bytes>) -> Result<Answer, ClientError> {
        self.dialled
            .request(Method::PUT, path, body.into(), WORK_MAX)
    }

    /// Asks the server to take something away.
    ///
    /// # Errors
    /// When no answer comes.
    pub(crate) fn delete(&self, path: &str) -> Result<Answer, ClientError> {
        self.dialled
            .request(Method::DELETE, path, Bytes::new(), WORK_MAX)
    }
}

impl Remote {
    /// A server by its address. It is sent the key that is set, and never the one that a start in
    /// this directory has made: that one is nobody else's to know.
    pub(crate) fn new(url: &ServerUrl, draft: &Draft) -> Self {
        Self(Dialled {
            authority: url.authority.clone(),
            prefix: url.prefix.clone(),
            key: draft.api_key.clone(),
            whom: Whom {
                name: url.to_string(),
                pid: None,
            },
        })
    }

    /// Asks for an object that the server knows.
    ///
    /// # Errors
    /// When no answer comes, when it is a refusal, and when it is none that fs7 gives: a success
    /// without the `member` that it has, or a refusal without a code.
    pub(crate) fn get(&self, path: &str, member: &str) -> Result<Value, Failure> {
        let answer = self.0.get(path)?;
        let expected = if answer.status.is_success() {
            member
        } else {
            "code"
        };
        if answer.body.get(expected).is_none() {
            let stranger = ClientError::Stranger {
                whom: self.0.whom.clone(),
                path: path.to_owned(),
                status: answer.status,
            };
            return Err(stranger.into());
        }
        answer.success()
    }
}

impl Dialled {
    fn get(&self, path: &str) -> Result<Answer, ClientError> {
        self.request(Method::GET, path, Bytes::new(), READ_MAX)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<Answer, ClientError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.prefix))
            .header(header::HOST, &self.authority)
            .header("x-fs7-origin", "cli");
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(key) = &self.key {
            request = request.header("x-api-key", key.expose());
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| local(error.into()))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| local(error.into()))?;
        runtime.block_on(async {
            let exchange = timeout(limit, self.exchange(request));
            exchange.await.unwrap_or_else(|_| Err(self.late(limit)))
        })
    }

    fn late(&self, limit: Duration) -> ClientError {
        ClientError::Late {
            whom: self.whom.clone(),
            seconds: limit.as_secs(),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, ClientError> {
        let whom = || self.whom.clone();
        let broken = |source| ClientError::Broken {
            whom: whom(),
            source,
        };
        let connecting = timeout(CONNECT_MAX, TcpStream::connect(&self.authority)).await;
        let stream = connecting
            .map_err(|_| self.late(CONNECT_MAX))?
            .map_err(|source| ClientError::Connect {
                whom: whom(),
                source,
            })?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        // Drives the connection; it ends with the sender.
        let driver = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(broken)?
            .to_bytes();
        driver.abort();
        Ok(Answer {
            status,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }
}

impl Answer {
    /// The answer where it is a success, else the failure that it tells of.
    ///
    /// # Errors
    /// With the server's words.
    pub(crate) fn success(self) -> Result<Value, Failure> {
        if self.status.is_success() {
            Ok(self.body)
        } else {
            Err(self.failure())
        }
    }

    /// The same of a request that is no event: the log says nothing of it.
    ///
    /// # Errors
    /// With the server's words.
    pub(crate) fn result(self) -> Result<Value, Failure> {
        let code = self.body.get("code").and_then(Value::as_str);
        let hint = match code {
            Some("unauthorized") => return self.success(),
            Some("not_found") => Some(
                "`fs7 connections`, `fs7 rooms` and `fs7 list-events` (namespaces) list what is there",
            ),
            Some("token_invalid" | "token_expired" | "token_used") => {
                Some("`fs7 tokens make ID` makes a new one")
            }
            Some("too_large") => Some("the limit is a key of `[limits]` in fs7.toml"),
            _ => None,
        };
        let hint = hint.map(str::to_owned);
        self.success()
            .map_err(|failure| Failure { hint, ..failure })
    }

    /// The failure that the answer tells of.
    pub(crate) fn failure(&self) -> Failure {
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        let words = match (text("code"), text("message").or(text("detail"))) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(words), None) | (None, Some(words)) => words.to_owned(),
            (None, None) => format!("the server answered {}", self.status),
        };
        let violations = self.body.get("errors").and_then(Value::as_array);
        let words = violations
            .into_iter()
            .flatten()
            .fold(words, |words, violation| {
                let text = |name: &str| {
                    violation
                        .get(name)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                format!(
                    "{words}; {}: {} ({})",
                    text("pointer"),
                    text("message"),
                    text("rule")
                )
            });
        let failure = Failure::new(words);
        let hint = if text("code") == Some("unauthorized") {
            Some(
                "the server was started with another API key: set `API_KEY` to that one".to_owned(),
            )
        } else {
            text("occurrence_id")
                .map(|id| format!("the log has more: `fs7 log view --json | grep {id}`"))
        };
        Failure { hint, ..failure }
    }
}

/// Text as one part of a path, or as a value in a query (RFC 3986, section 2.3): a room may have
/// any name.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A path with a query of those that are given.
pub(crate) fn with_query(path: &str, query: &[(&str, Option<&str>)]) -> String {
    let given = query
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", encoded((*value)?))));
    let given: Vec<_> = given.collect();
    if given.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", given.join("&"))
    }
}

/// The failure of every command that needs a server where there is none.
pub(crate) fn no_server(draft: &Draft) -> Failure {
    Failure::new(format!(
        "no server runs in `{}`",
        draft.work_dir().display()
    ))
    .with_hint("start one with `fs7 start`, or change to its directory")
    .with_exit(Exit::NoServer)
}

fn local(error: anyhow::Error) -> ClientError {
    ClientError::Local(error)
}

/// Where to dial a server that listens on every address.
fn dialled(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
