//! Packets over HTTP requests: a task polls and answers pings, posts go over a connection of their
//! own.

use std::sync::Arc;

use http::{Method, StatusCode};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use super::Text;
use super::dial::Dialer;
use super::error::{Lost, OpenError};
use crate::http_client::HttpClient;
use crate::packet::{self, Opening, PONG, Packet, SEPARATOR};
use crate::progress::{Counts, count};

/// Packets that wait for the client; the next poll waits until it has taken them.
const WAITING_MAX: usize = 256;

/// An open one; it ends, without a word, when it is dropped.
pub(super) struct Polling {
    incoming: mpsc::Receiver<Result<Text, Lost>>,
    poster: Arc<Mutex<Poster>>,
    poller: JoinHandle<()>,
}

struct Poster {
    http: HttpClient,
    path: String,
}

impl Polling {
    /// Opens one.
    pub(super) async fn open(dialer: &Dialer, path: &str) -> Result<Self, OpenError> {
        let mut http = HttpClient::open(dialer).await?;
        let path = format!("{path}?EIO=4&transport=polling");
        let (status, body) = http.request(Method::GET, &path, &[], String::new()).await?;
        if status != StatusCode::OK {
            return Err(OpenError::http(status.as_u16(), &body));
        }
        let text = String::from_utf8_lossy(&body);
        let opening = match packet::parse(&text) {
            Packet::Open(json) => serde_json::from_str::<Opening>(json).ok(),
            _ => None,
        };
        let opening = opening.ok_or_else(|| OpenError::unexpected("an open packet", &text))?;
        let path = format!("{path}&sid={}", opening.sid);
        let poster = Arc::new(Mutex::new(Poster {
            http: HttpClient::open(dialer).await?,
            path: path.clone(),
        }));
        let (outgoing, incoming) = mpsc::channel(WAITING_MAX);
        let poller = tokio::spawn(poll(
            http,
            path,
            outgoing,
            poster.clone(),
            dialer.counts.clone(),
        ));
        Ok(Self {
            incoming,
            poster,
            poller,
        })
    }

    /// The next packet that is no ping.
    pub(super) async fn next(&mut self) -> Result<Text, Lost> {
        let ended = || Err(Lost("the connection has ended".to_owned()));
        self.incoming.recv().await.unwrap_or_else(ended)
    }

    /// Sends a packet.
    pub(super) async fn send(&mut self, text: String) -> Result<(), Lost> {
        self.poster.lock().await.post(text).await
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

impl Poster {
    async fn post(&mut self, text: String) -> Result<(), Lost> {
        let headers = [("content-type", "text/plain;charset=UTF-8")];
        let posting = self.http.request(Method::POST, &self.path, &headers, text);
        let (status, body) = posting.await?;
        if status == StatusCode::OK {
            return Ok(());
        }
        let body = String::from_utf8_lossy(&body);
        Err(Lost(format!("the server answered {status}: {body}")))
    }
}

/// Polls until the connection ends or nobody listens.
async fn poll(
    mut http: HttpClient,
    path: String,
    outgoing: mpsc::Sender<Result<Text, Lost>>,
    poster: Arc<Mutex<Poster>>,
    counts: Arc<Counts>,
) {
    let ending = async {
        loop {
            let (status, body) = http.request(Method::GET, &path, &[], String::new()).await?;
            let text = String::from_utf8_lossy(&body);
            if status != StatusCode::OK {
                return Err(Lost(format!("the server answered {status}: {text}")));
            }
            for packet in text.split(SEPARATOR) {
                match packet::parse(packet) {
                    Packet::Ping => {
                        poster.lock().await.post(PONG.to_owned()).await?;
                        count(&counts.pings);
                    }
                    Packet::Close => return Err(Lost("the server closed it".to_owned())),
                    _ => {
                        if outgoing.send(Ok(packet.into())).await.is_err() {
                            return Ok(());
                        }
                    }
                }
            }
        }
    };
    if let Err(lost) = ending.await {
        let _ = outgoing.send(Err(lost)).await;
    }
}
