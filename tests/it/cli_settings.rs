//! Settings at the command line: what is wrong is named, and the later source wins.

use std::fs;

use fs7_tests::http::Http;

use crate::desk;

#[test]
fn unknown_key_is_named_with_line_and_known_keys() {
    let desk = desk().file("fs7.toml", "host = \"127.0.0.1\"\n[limits]\ndeadline = 5\n");
    for args in [&["start", "--port", "0"][..], &["status"], &["log", "view"]] {
        let ran = desk.run(args);
        ran.said(
            1,
            &[
                "error: fs7.toml:3: unknown key `deadline` in [limits]; known keys: deadline_ms, ",
                "\nhint: did you mean `deadline_ms`?",
            ],
        );
    }
    assert!(!desk.path(".fs7").exists());
}

#[test]
fn wrong_settings_are_all_named_at_once() {
    let desk = desk()
        .file("fs7.toml", "port = 70000\n")
        .file(".env", "LOG_LEVEL=loud\n");
    let mut command = desk.command(&["start"]);
    let ran: fs7_tests::cli::Ran = command.env("PORT", "http").output().unwrap().into();
    ran.said(
        1,
        &[
            "error: 3 settings are wrong",
            "fs7.toml:1: `port`: expected a whole number from 0 to 65535, found `70000`",
            ".env: `LOG_LEVEL`: expected ",
            "environment: `PORT`: expected a whole number from 0 to 65535, found `http`",
        ],
    );
}

#[test]
fn named_settings_file_must_exist_and_is_used() {
    let desk = desk()
        .file("fs7.toml", "nonsense")
        .file("other.toml", "events_dir = \"others\"\n");
    desk.run(&["start", "--config", "missing.toml"])
        .said(1, &["error: read `", "missing.toml`"]);
    desk.run(&["--config", "other.toml", "start", "--port", "0"])
        .succeeded();
    assert!(desk.path("others").is_dir());
    desk.run(&["stop", "--config", "other.toml"]).succeeded();
    fs::remove_file(desk.path("fs7.toml")).unwrap();
}

#[test]
fn flags_win_over_environment_over_dotenv_over_file() {
    let desk = desk()
        .file(
            "fs7.toml",
            "events_dir = \"file\"\nlog_dir = \"file-logs\"\napi_key = \"file\"\n",
        )
        .file(
            ".env",
            "EVENTS_DIR=dotenv\nLOG_DIR=dotenv-logs\nAPI_KEY=dotenv\n",
        );
    let mut command = desk.command(&["start", "--port", "0", "--events-dir", "flag"]);
    let ran: fs7_tests::cli::Ran = command
        .env("EVENTS_DIR", "variable")
        .env("LOG_DIR", "variable-logs")
        .output()
        .unwrap()
        .into();
    ran.succeeded();
    assert!(desk.path("flag").is_dir());
    assert!(desk.path("variable-logs/debug.log").is_file());
    for other in [
        "file",
        "dotenv",
        "variable",
        "file-logs",
        "dotenv-logs",
        ".fs7/api-key",
    ] {
        assert!(!desk.path(other).exists(), "{other}");
    }
    let answer = Http::new(ran.address(), Some("dotenv")).get("/api/events");
    assert_eq!(answer.status, 200);
    // The log is found where the running server writes it.
    desk.run(&["log", "view"]).succeeded();
}

#[test]
fn usage_errors_have_a_code_of_their_own() {
    let desk = desk();
    for args in [
        &["sing"][..],
        &["start", "--port", "70000"],
        &["trigger"],
        &["log"],
    ] {
        assert_eq!(desk.run(args).code, Some(2), "{args:?}");
    }
    let help = desk.run(&["status", "--help"]);
    help.succeeded();
    assert!(
        help.stdout.contains("3  no server runs in this directory"),
        "{help:#?}"
    );
}

#[test]
fn completions_name_the_commands() {
    let desk = desk();
    for shell in ["bash", "zsh", "fish"] {
        let ran = desk.run(&["completions", shell]);
        ran.succeeded();
        assert!(ran.stdout.contains("register-events-command"), "{shell}");
    }
}
