//! An HTTP client without manners of its own: it sends what it is told, over one connection as
//! long as that lasts, and hides nothing of the answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::wait;

/// A client of one server.
#[derive(Debug)]
pub struct Http {
    address: SocketAddr,
    key: Option<String>,
    connection: Option<BufReader<TcpStream>>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client that sends this key, if any, as `X-API-Key`.
    #[must_use]
    pub fn new(address: SocketAddr, key: Option<&str>) -> Self {
        Self {
            address,
            key: key.map(str::to_owned),
            connection: None,
        }
    }

    /// Opens the connection without sending anything.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn connect(&mut self) {
        let stream = TcpStream::connect(self.address).expect("connect to the server");
        stream
            .set_read_timeout(Some(wait::LIMIT))
            .expect("a bound on reads");
        stream.set_nodelay(true).expect("small requests at once");
        self.connection = Some(BufReader::new(stream));
    }

    /// Whether the server keeps the connection open.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// `GET`.
    ///
    /// # Panics
    /// When no whole answer comes.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// `POST` with a JSON body.
    ///
    /// # Panics
    /// When no whole answer comes.
    #[track_caller]
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(
            "POST",
            path,
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }

    /// `POST /admin/reload-events`.
    ///
    /// # Panics
    /// When no whole answer comes.
    #[track_caller]
    pub fn reload(&mut self) -> Answer {
        self.send("POST", "/admin/reload-events", &[], b"")
    }

    /// `POST /api/events` with a payload.
    ///
    /// # Panics
    /// When no whole answer comes.
    #[track_caller]
    pub fn trigger(&mut self, name: &str, payload: &Value) -> Answer {
        self.post(
            "/api/events",
            &serde_json::json!({"name": name, "payload": payload}),
        )
    }

    /// Any request.
    ///
    /// # Panics
    /// When no whole answer comes.
    #[track_caller]
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.start(method, path, headers, body);
        self.finish()
    }

    /// The first half of a request: sends it.
    ///
    /// # Panics
    /// When the server does not take it.
    #[track_caller]
    pub fn start(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if let Some(key) = &self.key {
            request.push_str(&format!("x-api-key: {key}\r\n"));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        if self.connection.is_none() {
            self.connect();
        }
        let stream = self.connection.as_mut().expect("a connection").get_mut();
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        // A server may answer, and close, before it has read all of a body that it does not want.
        let _ = stream.write_all(&request);
    }

    /// The second half of a request: reads the answer.
    ///
    /// # Panics
    /// When no whole answer comes.
    #[track_caller]
    pub fn finish(&mut self) -> Answer {
        let mut stream = self.connection.take().expect("a request under way");
        let mut line = String::new();
        stream.read_line(&mut line).expect("a status line");
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("expected an HTTP answer, found `{line}`"));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).expect("a header");
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        answer.body = read_body(&mut stream, &answer);
        if answer.header("connection") != Some("close") {
            self.connection = Some(stream);
        }
        answer
    }
}

fn read_body(stream: &mut BufReader<TcpStream>, answer: &Answer) -> Vec<u8> {
    let mut body = Vec::new();
    if answer.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            stream.read_line(&mut size).expect("a chunk's size");
            let size = usize::from_str_radix(size.trim(), 16).expect("a size in hexadecimal");
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk).expect("a chunk");
            chunk.truncate(size);
            body.append(&mut chunk);
            if size == 0 {
                return body;
            }
        }
    }
    let length = answer
        .header("content-length")
        .and_then(|length| length.parse().ok());
    body.resize(length.unwrap_or(0), 0);
    stream
        .read_exact(&mut body)
        .expect("a body as long as its header says");
    body
}

impl Answer {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("expected JSON ({error}), found `{}`", self.text()))
    }

    /// The body, of an answer that must have this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// The body of a refusal, which must have this status and code and be a problem+json.
    ///
    /// # Panics
    /// When it has another, or lacks a member that every refusal has.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{body}"
        );
        assert_eq!(body["status"], "error", "{body}");
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["detail"], body["message"], "{body}");
        for member in ["title", "message", "occurrence_id"] {
            assert!(body[member].is_string(), "`{member}` is missing in {body}");
        }
        assert!(body["errors"].is_array(), "{body}");
        body
    }
}
