//! Keys about connections: how many, how fast, how large, and from where.

use std::net::IpAddr;

use super::COUNT_MAX;
use crate::config::reader::Section;
use crate::limits::Limits;

/// Less than this much memory is more than full with one idle connection.
const CONNECTION_MEMORY_BYTES_MIN: u64 = 64 << 10;
/// Memory of all connections: a large machine's.
const CONNECTIONS_BYTES_MAX: u64 = 1 << 40;

/// Limits of connections; 0 where it means that there is none.
pub(super) fn limits(table: &mut Section<'_>, limits: Limits) -> Limits {
    let mut count = |key, default| table.number(key, 0, COUNT_MAX, default);
    let connections_per_address = count("connections_per_address", limits.connections_per_address);
    let connections_per_principal = count(
        "connections_per_principal",
        limits.connections_per_principal,
    );
    let mut rate = |key, default| table.number(key, 0, COUNT_MAX, default);
    let events_per_second = rate("events_per_second", limits.events_per_second);
    let events_per_second_per_address = rate(
        "events_per_second_per_address",
        limits.events_per_second_per_address,
    );
    let events_per_second_per_event = rate(
        "events_per_second_per_event",
        limits.events_per_second_per_event,
    );
    let mut memory = |key, default| {
        table.number(
            key,
            CONNECTION_MEMORY_BYTES_MIN,
            CONNECTIONS_BYTES_MAX,
            default,
        )
    };
    Limits {
        connections_per_address,
        connections_per_principal,
        connection_memory_bytes: memory("connection_memory_bytes", limits.connection_memory_bytes),
        connections_memory_bytes: memory(
            "connections_memory_bytes",
            limits.connections_memory_bytes,
        ),
        events_per_second,
        events_per_second_per_address,
        events_per_second_per_event,
        ..limits
    }
}

/// A list of IP addresses.
pub(super) fn addresses(table: &mut Section<'_>, key: &'static str) -> Vec<IpAddr> {
    let Some(found) = table.take(key) else {
        return Vec::new();
    };
    let items = found.value.as_array().and_then(|items| {
        let address = |text: &str| text.parse::<IpAddr>().ok();
        let mut items = items.iter().map(|item| item.get_ref().as_str());
        items.try_fold(Vec::new(), |mut read, text| {
            read.push(text.and_then(address)?.to_canonical());
            Some(read)
        })
    });
    items.unwrap_or_else(|| {
        table.wrong(&found, "a list of IP addresses, each a text");
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use crate::config::Tables;
    use crate::config::file::parse;
    use crate::config::settings::Eviction;
    use crate::limits::Limits;

    fn read(text: &str) -> Result<Tables, Vec<String>> {
        let mut problems = Vec::new();
        let (_, tables) = parse("fs7.toml".to_owned(), text, &mut problems);
        if problems.is_empty() {
            return Ok(tables);
        }
        Err(problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_limit_is_a_key_and_has_bounds() {
        let limits = serde_json::to_value(Limits::default()).unwrap();
        for (name, default) in limits.as_object().unwrap() {
            let other = default.as_u64().unwrap() + 1;
            let read_back = read(&format!("[limits]\n{name} = {other}")).unwrap();
            let read_back = serde_json::to_value(read_back.limits).unwrap();
            assert_eq!(read_back[name], other, "{name}");
            let wrong = read(&format!("[limits]\n{name} = -1")).unwrap_err();
            assert!(
                wrong[0].contains(&format!("`limits.{name}`: expected a whole number")),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn heartbeat_eviction_and_proxies_are_read() {
        for (text, expected) in [
            ("heartbeat = \"standard\"", (25_000, 20_000)),
            ("heartbeat = \"conservative\"", (30_000, 60_000)),
            ("heartbeat = \"aggressive\"", (5_000, 10_000)),
            ("heartbeat = \"relaxed\"", (60_000, 120_000)),
            (
                "ping_interval_ms = 9\nheartbeat = \"relaxed\"",
                (9, 120_000),
            ),
            ("", (25_000, 20_000)),
        ] {
            let sockets = read(&format!("[sockets]\n{text}")).unwrap().sockets;
            let found = (sockets.ping_interval_ms, sockets.ping_timeout_ms);
            assert_eq!(found, expected, "{text}");
        }
        for (word, expected) in [
            ("lru", Eviction::Lru),
            ("fifo", Eviction::Fifo),
            ("oldest", Eviction::Fifo),
            ("none", Eviction::None),
        ] {
            let sockets = read(&format!("[sockets]\neviction = \"{word}\"")).unwrap();
            assert_eq!(sockets.sockets.eviction, expected, "{word}");
        }
        let http = read("[http]\ntrusted_proxies = [\"10.0.0.1\", \"::ffff:10.0.0.2\", \"::1\"]");
        let proxies = http.unwrap().http.trusted_proxies;
        let proxies: Vec<_> = proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.1", "10.0.0.2", "::1"]);
    }

    #[test]
    fn wrong_values_say_what_was_expected() {
        for (text, expected) in [
            (
                "[sockets]\nheartbeat = \"slow\"",
                "fs7.toml:2: `sockets.heartbeat`: expected `conservative`, `aggressive`, `relaxed` or \
                 `standard`, found the text `slow`",
            ),
            (
                "[sockets]\neviction = \"all\"",
                "fs7.toml:2: `sockets.eviction`: expected `lru`, `fifo`, `oldest` or `none`, found the \
                 text `all`",
            ),
            (
                "[http]\ntrusted_proxies = [\"proxy.example\"]",
                "fs7.toml:2: `http.trusted_proxies`: expected a list of IP addresses, each a text, found \
                 a list",
            ),
            (
                "[limits]\nconnections_memory_bytes = 1000",
                "fs7.toml:2: `limits.connections_memory_bytes`: expected a whole number from 65536 to \
                 1099511627776, found `1000`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), [expected], "{text}");
        }
    }
}
