//! Engine.IO over polling without a client: packets as they stand on the wire.

use std::net::SocketAddr;

use serde_json::Value;

use crate::http::{Answer, Http};

/// A polling session by hand.
#[derive(Debug)]
pub struct RawPolling {
    http: Http,
    sid: String,
    pings: usize,
    is_posting: bool,
}

impl RawPolling {
    /// Opens a session, but joins no namespace.
    ///
    /// # Panics
    /// When the server does not open one.
    #[must_use]
    #[track_caller]
    pub fn open(address: SocketAddr) -> Self {
        let mut http = Http::new(address, None);
        let answer = http.get("/socket.io/?EIO=4&transport=polling");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        let open: Value = text
            .strip_prefix('0')
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_else(|| panic!("expected an open packet, found `{text}`"));
        let sid = open["sid"].as_str().expect("a session's id").to_owned();
        Self {
            http,
            sid,
            pings: 0,
            is_posting: false,
        }
    }

    /// Opens a session and joins the main namespace.
    ///
    /// # Panics
    /// When the server does not let it in.
    #[must_use]
    #[track_caller]
    pub fn join(address: SocketAddr) -> Self {
        let mut polling = Self::open(address);
        assert_eq!(polling.post("40").status, 200);
        let answer = polling.receive().concat();
        assert!(
            answer.starts_with("40{"),
            "expected to be let in, found `{answer}`"
        );
        polling
    }

    /// The same session over one more connection, which posts while this one polls. Pings are not
    /// answered from now on, for two posts at a time would end the session.
    #[must_use]
    pub fn split(&mut self, address: SocketAddr) -> Self {
        self.is_posting = true;
        Self {
            http: Http::new(address, None),
            sid: self.sid.clone(),
            pings: 0,
            is_posting: true,
        }
    }

    /// The session's id.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// Pings that came so far.
    #[must_use]
    pub fn pings(&self) -> usize {
        self.pings
    }

    /// Sends packets, separated by U+001E.
    #[track_caller]
    pub fn post(&mut self, packets: &str) -> Answer {
        let path = self.path();
        self.http.send(
            "POST",
            &path,
            &[("content-type", "text/plain;charset=UTF-8")],
            packets.as_bytes(),
        )
    }

    /// Waits for packets.
    #[track_caller]
    pub fn poll(&mut self) -> Answer {
        let path = self.path();
        self.http.get(&path)
    }

    /// The next packets but for pings, which are answered.
    ///
    /// # Panics
    /// When the session has ended.
    #[track_caller]
    pub fn receive(&mut self) -> Vec<String> {
        loop {
            self.begin_poll();
            let packets = self.end_poll();
            if !packets.is_empty() {
                return packets;
            }
        }
    }

    /// Asks for packets, without waiting for them.
    ///
    /// # Panics
    /// When the server does not take the question.
    #[track_caller]
    pub fn begin_poll(&mut self) {
        let path = self.path();
        self.http.start("GET", &path, &[], b"");
    }

    /// Waits for the answer to the question, whatever it is.
    ///
    /// # Panics
    /// When none comes.
    #[track_caller]
    pub fn finish_poll(&mut self) -> Answer {
        self.http.finish()
    }

    /// Waits for the packets that were asked for; pings among them are answered and left out.
    ///
    /// # Panics
    /// When the session has ended.
    #[track_caller]
    pub fn end_poll(&mut self) -> Vec<String> {
        let answer = self.finish_poll();
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        let (pings, packets): (Vec<_>, Vec<_>) =
            text.split('\u{1e}').partition(|packet| *packet == "2");
        self.pings += pings.len();
        let answers = if self.is_posting { 0 } else { pings.len() };
        for _ in 0..answers {
            self.post("3");
        }
        packets.into_iter().map(str::to_owned).collect()
    }

    fn path(&self) -> String {
        format!("/socket.io/?EIO=4&transport=polling&sid={}", self.sid)
    }
}
