//! Who is taken for the server, and who is not.

use tempfile::TempDir;

use super::*;

fn directory() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(".fs7")).unwrap();
    dir
}

fn record(identity: Identity) -> Record {
    Record {
        identity,
        address: "127.0.0.1:8000".parse().unwrap(),
        version: "1".to_owned(),
        events_dir: "events".into(),
        log_dir: "logs".into(),
        drain_ms: 1,
        stopping: false,
    }
}

/// This process as another one that had its number before.
fn recycled() -> Identity {
    let me = Identity::of_self().unwrap();
    Identity {
        start_time: me.start_time.wrapping_sub(1),
        ..me
    }
}

fn write_pid(dir: &TempDir, text: &str) {
    fs::write(dir.path().join(PID_FILE), text).unwrap();
}

#[test]
fn nothing_runs_where_nothing_is() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(probe(dir.path()).unwrap(), Presence::Absent(None));
}

#[test]
fn pid_file_alone_is_never_trusted() {
    let dir = directory();
    let me = std::process::id();
    let check = |text: &str, pid: Option<u32>, words: &str| {
        write_pid(&dir, text);
        let left = Leftover { pid };
        assert_eq!(probe(dir.path()).unwrap(), Presence::Absent(Some(left)));
        assert!(left.words().ends_with(words), "{}", left.words());
    };
    check(
        &format!("{me}\n"),
        Some(me),
        "is not the server of this directory",
    );
    check("4294967295", Some(u32::MAX), "has ended");
    check("fs7", None, "there is no process number in it");
}

#[test]
fn claim_is_seen_until_it_is_dropped() {
    let dir = directory();
    let me = record(Identity::of_self().unwrap());
    let (claim, left) = Claim::take(dir.path()).unwrap();
    assert_eq!(left, None);
    assert_eq!(probe(dir.path()).unwrap(), Presence::Unknown);
    claim.publish(&me).unwrap();
    assert_eq!(probe(dir.path()).unwrap(), Presence::Running(me.clone()));
    let text = fs::read_to_string(dir.path().join(PID_FILE)).unwrap();
    assert_eq!(text, format!("{}\n", me.identity.pid));
    let refused = Claim::take(dir.path()).err().unwrap();
    assert!(
        matches!(&refused, ClaimError::Running(record) if **record == me),
        "{refused}"
    );
    drop(claim);
    assert_eq!(probe(dir.path()).unwrap(), Presence::Absent(None));
    assert!(!dir.path().join(RECORD_FILE).exists());
}

#[test]
fn recycled_number_is_not_taken_for_the_server() {
    let dir = directory();
    let (claim, _) = Claim::take(dir.path()).unwrap();
    claim.publish(&record(recycled())).unwrap();
    assert_eq!(probe(dir.path()).unwrap(), Presence::Unknown);
    let refused = Claim::take(dir.path()).err().unwrap();
    assert!(matches!(refused, ClaimError::Unknown), "{refused}");
}

#[test]
fn files_of_a_crashed_server_give_way_to_the_next() {
    let dir = directory();
    let path = dir.path().join(RECORD_FILE);
    fs::write(&path, serde_json::to_vec(&record(recycled())).unwrap()).unwrap();
    write_pid(&dir, "4294967295\n");
    let (_claim, left) = Claim::take(dir.path()).unwrap();
    assert_eq!(
        left,
        Some(Leftover {
            pid: Some(u32::MAX)
        })
    );
    assert!(!path.exists() && !dir.path().join(PID_FILE).exists());
}

#[test]
fn pid_file_of_somebody_else_stays() {
    let dir = directory();
    let (claim, _) = Claim::take(dir.path()).unwrap();
    write_pid(&dir, "1\n");
    drop(claim);
    assert!(dir.path().join(PID_FILE).exists());
}
