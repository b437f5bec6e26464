//! Rotation, retention, and what other processes may do to the file.

use std::time::UNIX_EPOCH;

use tempfile::TempDir;

use super::*;

fn open(dir: &TempDir, rotate_bytes: u64) -> LogFile {
    let settings = LogSettings {
        rotate_bytes,
        ..LogSettings::default()
    };
    LogFile::open(dir.path(), settings).unwrap()
}

fn write(log: &LogFile, lines: &[&str]) {
    for line in lines {
        log.write_line(format!("{line}\n").as_bytes());
    }
    log.flush();
}

fn current(dir: &TempDir) -> String {
    fs::read_to_string(path_in(dir.path())).unwrap()
}

fn rotated(dir: &TempDir) -> Vec<String> {
    let paths = rotated_in(dir.path()).unwrap();
    paths
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn lines_wait_for_a_flush_and_end_with_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir, 1_000);
    log.write_line(b"a\n");
    assert_eq!(current(&dir), "");
    log.flush();
    assert_eq!(current(&dir), "a\n");
    log.write_line(b"b\n");
    drop(log);
    assert_eq!(current(&dir), "a\nb\n");
}

#[test]
fn rotation_keeps_every_line_whole_and_files_within_the_size() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir, 1_000);
    let line = "x".repeat(299);
    for _ in 0..10 {
        write(&log, &[&line]);
    }
    let files = rotated(&dir);
    assert_eq!(
        files.iter().map(String::len).collect::<Vec<_>>(),
        [900, 900, 900]
    );
    assert_eq!(current(&dir).len(), 300);
    assert!(
        files
            .iter()
            .all(|text| text.lines().all(|found| found == line))
    );
}

#[test]
fn one_line_beyond_the_size_gets_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir, 1_000);
    let long = "x".repeat(100_000);
    write(&log, &["a"]);
    write(&log, &[&long]);
    write(&log, &["b"]);
    assert_eq!(rotated(&dir), ["a\n".to_owned(), format!("{long}\n")]);
    assert_eq!(current(&dir), "b\n");
}

#[test]
fn file_of_an_earlier_process_is_continued() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(path_in(dir.path()), "old\n").unwrap();
    write(&open(&dir, 1_000), &["new"]);
    assert_eq!(current(&dir), "old\nnew\n");
}

#[test]
fn truncation_deletion_and_moving_by_others_are_survived() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir, 1_000);
    let path = path_in(dir.path());
    write(&log, &["1"]);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    write(&log, &["2"]);
    assert_eq!(current(&dir), "2\n");
    fs::remove_file(&path).unwrap();
    write(&log, &["3"]);
    assert_eq!(current(&dir), "3\n");
    fs::rename(&path, dir.path().join("elsewhere")).unwrap();
    write(&log, &["4"]);
    assert_eq!(current(&dir), "4\n");
    fs::remove_dir_all(dir.path()).unwrap();
    write(&log, &["5"]);
    assert_eq!(current(&dir), "5\n");
    assert_eq!(log.lost_lines(), 0);
}

#[test]
fn lines_that_cannot_be_written_are_counted_and_told_in_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir, 1_000);
    let path = path_in(dir.path());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    write(&log, &["1", "2"]);
    write(&log, &["3"]);
    assert_eq!(log.lost_lines(), 3);
    fs::remove_dir(&path).unwrap();
    write(&log, &["4"]);
    let text = current(&dir);
    let (first, second) = text.split_once('\n').unwrap();
    assert_eq!(first, "4");
    let told: serde_json::Value = serde_json::from_str(second).unwrap();
    assert_eq!(told["message"], "log lines were lost");
    assert_eq!(told["lines"], 3);
    assert_eq!(log.lost_lines(), 3);
}

#[test]
fn what_is_no_file_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(path_in(dir.path())).unwrap();
    let error = LogFile::open(dir.path(), LogSettings::default())
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "not a regular file");
}

#[test]
fn old_files_and_those_beyond_the_bytes_are_deleted() {
    let day = |day: u64| UNIX_EPOCH + DAY * 20_000 + DAY * u32::try_from(day).unwrap();
    let check = |keep_days, keep_bytes, kept: &[u64]| {
        let dir = tempfile::tempdir().unwrap();
        let settings = LogSettings {
            keep_days,
            keep_bytes,
            ..LogSettings::default()
        };
        let log = LogFile::open(dir.path(), settings).unwrap();
        for number in 0..5 {
            fs::write(log.rotated_path(day(number)), [b'x'; 100]).unwrap();
        }
        fs::write(dir.path().join("debug.old.log"), "not ours").unwrap();
        log.prune(day(4));
        let expected: Vec<_> = kept
            .iter()
            .map(|number| log.rotated_path(day(*number)))
            .collect();
        assert_eq!(
            rotated_in(dir.path()).unwrap(),
            expected,
            "{keep_days} {keep_bytes}"
        );
        assert!(dir.path().join("debug.old.log").exists());
    };
    check(10, 1_000, &[0, 1, 2, 3, 4]);
    check(2, 1_000, &[2, 3, 4]);
    check(10, 299, &[3, 4]);
    check(10, 1, &[]);
}
