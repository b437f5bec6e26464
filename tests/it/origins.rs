//! Which pages may call and connect: those of this machine, or those of the settings.

use fs7_tests::http::Http;
use fs7_tests::raw::RawSocket;
use fs7_tests::server::Server;

use crate::launch;

/// What a browser is told for a page of this origin: on a plain request, and when it asks before.
#[track_caller]
fn allowed_origin(server: &Server, path: &str, origin: &str) -> Option<String> {
    let mut http = server.http();
    let plain = http.send("GET", path, &[("origin", origin)], b"");
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type,x-api-key"),
    ];
    // Without the key, as browsers ask.
    let asked = Http::new(server.address(), None).send("OPTIONS", path, &headers, b"");
    let name = "access-control-allow-origin";
    assert_eq!(
        plain.header(name),
        asked.header(name),
        "{path} for {origin}"
    );
    if plain.header(name).is_some() {
        let headers = asked
            .header("access-control-allow-headers")
            .unwrap_or_default();
        assert!(headers.contains("x-api-key"), "{headers}");
    }
    plain.header(name).map(str::to_owned)
}

/// Pages of these origins may call and connect, pages of those may not.
#[track_caller]
fn check_origins(server: &Server, allowed: &[&'static str], refused: &[&'static str]) {
    let polling = "/socket.io/?EIO=4&transport=polling";
    for origin in allowed {
        for path in ["/api/events", polling] {
            let told = allowed_origin(server, path, origin);
            assert_eq!(told.as_deref(), Some(*origin), "{path}");
        }
        RawSocket::try_open_with(server.address(), &[("origin", origin)]).unwrap();
    }
    for origin in refused {
        for path in ["/api/events", polling] {
            assert_eq!(
                allowed_origin(server, path, origin),
                None,
                "{path} for {origin}"
            );
        }
        let mut http = server.http();
        http.send("GET", polling, &[("origin", origin)], b"")
            .expect_problem(403, "forbidden");
        let error = RawSocket::try_open_with(server.address(), &[("origin", origin)]);
        assert!(error.unwrap_err().contains("403"), "{origin}");
    }
    // Twice by polling, once by WebSocket.
    let facts = server
        .facts()
        .wait_for_count("connection_refused", 3 * refused.len());
    assert!(
        facts.iter().all(|fact| fact["code"] == "origin"),
        "{facts:?}"
    );
}

#[test]
fn pages_of_this_machine_may_call_and_no_others() {
    let server = launch().may_warn("connection_refused").start();
    check_origins(
        &server,
        &[
            "http://localhost:5173",
            "http://127.0.0.1:8080",
            "http://[::1]:3000",
        ],
        &[
            "https://example.com",
            "http://localhost.example.com",
            "null",
        ],
    );
}

#[test]
fn pages_of_the_settings_may_call_and_no_others() {
    let server = launch()
        .settings("[http]\ncors_origins = [\"https://app.example\"]")
        .may_warn("connection_refused")
        .start();
    check_origins(
        &server,
        &["https://app.example"],
        &[
            "http://localhost:5173",
            "https://app.example.evil",
            "http://app.example",
        ],
    );
}
