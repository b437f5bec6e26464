//! Its `TestConfigValidation`.

use crate::desk;

#[test]
fn wrong_settings_are_named_before_the_start() {
    for (settings, key) in [
        ("[sockets]\nping_interval_ms = -1", "ping_interval_ms"),
        ("[sockets]\nping_timeout_ms = 0", "ping_timeout_ms"),
        ("[limits]\nconnections = 0", "connections"),
        ("log_level = \"INVALID\"", "log_level"),
        ("[sockets]\nmemory_check_ms = 0", "memory_check_ms"),
        ("[sockets]\neviction = \"INVALID_POLICY\"", "eviction"),
        (
            "[limits]\nconnection_memory_bytes = 0",
            "connection_memory_bytes",
        ),
        (
            "[limits]\nconnections_memory_bytes = 0",
            "connections_memory_bytes",
        ),
        ("[limits]\nuser_data_bytes = 0", "user_data_bytes"),
        ("[limits]\nmessage_bytes = 0", "message_bytes"),
        ("[sessions]\ntoken_ttl_ms = 0", "token_ttl_ms"),
        // Nothing is taken in silence, not even what the Stabilizer knows.
        ("[limits]\nnum_shards = 0", "num_shards"),
        (
            "[limits]\nmax_concurrent_cleanup = 0",
            "max_concurrent_cleanup",
        ),
        (
            "[limits]\nmax_concurrent_broadcast = 0",
            "max_concurrent_broadcast",
        ),
    ] {
        let desk = desk().file("fs7.toml", settings);
        desk.run(&["start", "--port", "0"])
            .said(1, &["error: fs7.toml:", key]);
        assert!(!desk.path(".fs7").exists(), "{key}");
    }
}

#[test]
fn limits_that_nobody_set_have_defaults() {
    let desk = desk();
    let address = desk.start();
    let metrics = desk.http(address).get("/metrics").text();
    for limit in ["connections", "message_bytes", "user_data_bytes"] {
        let line = format!("fs7_limit{{name=\"{limit}\"}} ");
        assert!(metrics.contains(&line), "{line}");
    }
}
