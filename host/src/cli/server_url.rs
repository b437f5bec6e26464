//! The address of a server that need not be the one of this directory.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// `http://HOST[:PORT][/PREFIX]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// Host and port, as they are dialled and as the header `Host` says them.
    pub authority: String,
    /// What stands before the paths of the server, without a slash at its end; mostly nothing.
    pub prefix: String,
}

impl FromStr for ServerUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "expected `http://HOST:PORT`";
        let uri: Uri = text.parse().map_err(|error| format!("{FORM}: {error}"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(format!(
                    "{FORM}: fs7 speaks no TLS; name the server itself, or a tunnel to it"
                ));
            }
            Some(other) => return Err(format!("{FORM}, found the scheme `{other}`")),
            None => return Err(format!("{FORM}, found no `http://`")),
        }
        let authority = uri.authority().map(http::uri::Authority::as_str);
        if authority.is_some_and(|authority| authority.contains('@')) {
            return Err(format!(
                "{FORM}, found a user's name; the key is read from the variable `API_KEY`"
            ));
        }
        if uri.query().is_some() || text.contains('#') {
            return Err(format!("{FORM}, found more behind the path"));
        }
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("{FORM}, found no host"))?;
        let has_port = authority != Some(host);
        let port = match uri.port_u16() {
            Some(port) => port,
            None if has_port => return Err(format!("{FORM}, found a port that is none")),
            None => 80,
        };
        Ok(Self {
            authority: format!("{host}:{port}"),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}{}", self.authority, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_others_refused() {
        for (text, expected) in [
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000/", "http://[::1]:3000"),
            ("HTTP://example.com", "http://example.com:80"),
            ("http://example.com/fs7//", "http://example.com:80/fs7"),
        ] {
            let url: ServerUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), expected);
        }
        for (text, words) in [
            ("", "expected `http://HOST:PORT`"),
            ("localhost", "no `http://`"),
            ("localhost:3000", "no `http://`"),
            ("/asyncapi.json", "no `http://`"),
            ("https://example.com", "no TLS"),
            ("ws://example.com", "scheme `ws`"),
            ("http://", "expected"),
            ("http://:80", "expected"),
            ("http://me:word@example.com", "a user's name"),
            ("http://example.com/?a", "behind the path"),
            ("http://example.com/#a", "behind the path"),
            ("http://example.com:99999", "expected"),
            ("http://a b", "expected"),
        ] {
            let refused = text.parse::<ServerUrl>().unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }
}
