//! HTTP/1.1 over one connection that is kept open.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;

use crate::connection::{Dialer, Lost, OpenError};

/// Bytes of an answer; longer ones end the connection.
const ANSWER_MAX: usize = 16 << 20;

/// An open connection; it ends when this is dropped.
pub(crate) struct HttpClient {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
    driver: JoinHandle<()>,
}

impl HttpClient {
    /// Opens one.
    ///
    /// # Errors
    /// When nobody accepts it.
    pub(crate) async fn open(dialer: &Dialer) -> Result<Self, OpenError> {
        let tcp = dialer.dial().await?;
        let (sender, connection) = handshake(TokioIo::new(tcp))
            .await
            .map_err(|error| OpenError::Lost(error.to_string()))?;
        Ok(Self {
            sender,
            authority: dialer.authority.clone(),
            driver: tokio::spawn(async move {
                // What breaks it is told to the request under way.
                let _ = connection.await;
            }),
        })
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection ends first, or the headers are none.
    pub(crate) async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<(StatusCode, Bytes), Lost> {
        let lost = |error: hyper::Error| Lost(error.to_string());
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.authority);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| Lost(error.to_string()))?;
        self.sender.ready().await.map_err(lost)?;
        let response = self.sender.send_request(request).await.map_err(lost)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_MAX)
            .collect()
            .await
            .map_err(|error| Lost(error.to_string()))?;
        Ok((status, body.to_bytes()))
    }
}

impl Drop for HttpClient {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
