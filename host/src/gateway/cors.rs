//! Which pages may call: the origins of the settings, and on a loopback address any loopback
//! origin, so that a page under development works at once.

use std::net::{IpAddr, SocketAddr};

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::settings::HttpSettings;

/// The origins of one server.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    listed: Vec<String>,
    is_local: bool,
}

impl Origins {
    pub(super) fn new(settings: &HttpSettings, address: SocketAddr) -> Self {
        Self {
            listed: settings.cors_origins.clone(),
            is_local: address.ip().is_loopback(),
        }
    }

    /// Whether a handshake may go on. WebSockets are not subject to CORS: without this any page
    /// that somebody looks at could talk to a server on their machine. Clients that are no pages
    /// send no origin, or that of the server itself.
    pub(super) fn allows(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let authority = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"));
        self.is_allowed(origin) || authority.is_some_and(|(_, origin)| Some(origin) == host)
    }

    fn is_allowed(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        if self.listed.is_empty() {
            return self.is_local && is_loopback(origin);
        }
        self.listed.iter().any(|listed| listed == origin)
    }
}

pub(super) fn layer(origins: Origins) -> CorsLayer {
    let allowed = move |origin: &HeaderValue, _: &Parts| origins.is_allowed(origin);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allowed))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            HeaderName::from_static("content-type"),
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("api_key"),
        ])
        .allow_credentials(true)
}

fn is_loopback(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_origins_are_known() {
        for origin in [
            "http://localhost:5173",
            "http://127.0.0.1",
            "https://[::1]:8443",
        ] {
            assert!(is_loopback(origin), "{origin}");
        }
        for origin in [
            "http://localhost.example",
            "https://example.com",
            "null",
            "http://10.0.0.1",
        ] {
            assert!(!is_loopback(origin), "{origin}");
        }
    }

    #[test]
    fn handshakes_of_foreign_pages_are_refused() {
        let settings = HttpSettings::default();
        let local = Origins::new(&settings, ([127, 0, 0, 1], 8000).into());
        let open = Origins::new(&settings, ([10, 0, 0, 1], 8000).into());
        let headers = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("10.0.0.1:8000"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            headers
        };
        for (origin, by_local, by_open) in [
            (None, true, true),
            (Some("http://10.0.0.1:8000"), true, true),
            (Some("http://localhost:5173"), true, false),
            (Some("https://example.com"), false, false),
            (Some("null"), false, false),
        ] {
            assert_eq!(local.allows(&headers(origin)), by_local, "{origin:?}");
            assert_eq!(open.allows(&headers(origin)), by_open, "{origin:?}");
        }
    }
}
