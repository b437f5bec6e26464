//! Where the load goes: a URL, taken apart.

use std::fmt;

/// A server's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
    path: String,
}

/// Why a URL is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It begins in another way.
    #[error("`{0}` is no URL for a load: expected http://HOST[:PORT] or ws://HOST[:PORT]")]
    Scheme(String),
    /// TLS is not spoken here.
    #[error(
        "`{0}` asks for TLS, which the load generator does not speak: name the server behind the proxy, with http://"
    )]
    Tls(String),
    /// There is no name or address in it.
    #[error("`{0}` names no host: expected http://HOST[:PORT]")]
    Host(String),
    /// What stands after the colon is no port.
    #[error("`{url}` has the port `{found}`: expected a number from 1 to 65535")]
    Port {
        /// The URL.
        url: String,
        /// What stands there.
        found: String,
    },
    /// Names and passwords, queries and fragments are not sent.
    #[error("`{url}` has a `{found}`: expected http://HOST[:PORT][/PATH] and nothing more")]
    More {
        /// The URL.
        url: String,
        /// The sign that begins what is too much.
        found: char,
    },
}

impl Target {
    /// Reads `http://` or `ws://`, a name or an address, perhaps a port (80 without one) and a path.
    ///
    /// # Errors
    /// With what is wrong and what was expected.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        let own = || url.to_owned();
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| TargetError::Scheme(own()))?;
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => {}
            "https" | "wss" => return Err(TargetError::Tls(own())),
            _ => return Err(TargetError::Scheme(own())),
        }
        if let Some(found) = rest.chars().find(|sign| "@?#".contains(*sign)) {
            return Err(TargetError::More { url: own(), found });
        }
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        // An address of IPv6 stands in brackets and has colons of its own.
        let (host, port) = match authority.rfind(']') {
            Some(end) => authority.split_at(end + 1),
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        if host.is_empty() {
            return Err(TargetError::Host(own()));
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => 80,
            None => return Err(TargetError::Host(own())),
            Some(text) => match text.parse() {
                Ok(port) if port > 0 => port,
                _ => {
                    return Err(TargetError::Port {
                        url: own(),
                        found: text.to_owned(),
                    });
                }
            },
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            path: path.to_owned(),
        })
    }

    /// Host and port, as they stand in the header `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The path, which begins with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.strip_suffix('/').unwrap_or(&self.path);
        write!(formatter, "http://{}{path}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, authority, path) in [
            ("http://localhost:8000", "localhost:8000", "/"),
            ("http://localhost:8000/", "localhost:8000", "/"),
            ("WS://127.0.0.1:1/a/b", "127.0.0.1:1", "/a/b"),
            ("http://example.com", "example.com:80", "/"),
            ("http://[::1]:8000/x", "[::1]:8000", "/x"),
            ("http://[::1]", "[::1]:80", "/"),
        ] {
            let target = Target::parse(url).unwrap();
            assert_eq!(target.authority(), authority, "{url}");
            assert_eq!(target.path(), path, "{url}");
        }
        let shown = Target::parse("ws://a:1/").unwrap().to_string();
        assert_eq!(shown, "http://a:1");
    }

    #[test]
    fn what_is_no_target_is_refused_by_name() {
        for (url, words) in [
            ("localhost:8000", "no URL"),
            ("ftp://a", "no URL"),
            ("", "no URL"),
            ("https://a", "TLS"),
            ("wss://a", "TLS"),
            ("http://", "names no host"),
            ("http://:80", "names no host"),
            ("http://[::1]x", "names no host"),
            ("http://a:", "port ``"),
            ("http://a:0", "port `0`"),
            ("http://a:70000", "port `70000`"),
            ("http://a:b", "port `b`"),
            ("http://u@a", "`@`"),
            ("http://a/?x", "`?`"),
            ("http://a#x", "`#`"),
        ] {
            let refused = Target::parse(url).unwrap_err().to_string();
            assert!(refused.contains(words), "{url}: {refused}");
        }
    }
}
