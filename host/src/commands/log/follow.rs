//! Follows a log file through rotation, truncation and deletion.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::telemetry::log_file::{self, same_file};

/// A place in the log, which moves on.
pub(crate) struct Follower {
    log_dir: PathBuf,
    file: Option<File>,
    /// How far the file has been read.
    offset: u64,
    /// A line whose end has not been written yet.
    partial: Vec<u8>,
}

impl Follower {
    /// Starts at the end of what is written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn at_end(log_dir: &Path) -> io::Result<Self> {
        let mut file = open(&log_file::path_in(log_dir))?;
        let offset = match &mut file {
            Some(file) => file.seek(SeekFrom::End(0))?,
            None => 0,
        };
        Ok(Self {
            log_dir: log_dir.to_owned(),
            file,
            offset,
            partial: Vec::new(),
        })
    }

    /// How far the file has been read.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The lines that were written since the last look.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn new_lines(&mut self) -> io::Result<Vec<String>> {
        let mut bytes = std::mem::take(&mut self.partial);
        self.read_on(&mut bytes)?;
        let current = log_file::path_in(&self.log_dir);
        if !self.is(&current) {
            // The rest of the old file, then those that were full meanwhile, then the new one.
            self.read_on(&mut bytes)?;
            for path in self.rotated_since()? {
                self.turn_to(open(&path)?);
                self.read_on(&mut bytes)?;
            }
            self.turn_to(open(&current)?);
            self.read_on(&mut bytes)?;
        }
        let end = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |index| index + 1);
        self.partial = bytes.split_off(end);
        Ok(String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect())
    }

    fn turn_to(&mut self, file: Option<File>) {
        self.file = file;
        self.offset = 0;
    }

    fn read_on(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        if file.metadata()?.len() < self.offset {
            // Cleared: what comes now begins anew, and half a line has lost its end.
            self.offset = file.seek(SeekFrom::Start(0))?;
            let whole = bytes
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |index| index + 1);
            bytes.truncate(whole);
        }
        self.offset += file.read_to_end(bytes)? as u64;
        Ok(())
    }

    /// Whether the file that is followed carries this name.
    fn is(&self, path: &Path) -> bool {
        let open = self.file.as_ref().and_then(|file| file.metadata().ok());
        match (open, fs::metadata(path)) {
            (Some(open), Ok(named)) => same_file(&open, &named),
            // Between renaming the old file and making the new one there is none.
            (Some(_), Err(_)) => true,
            (None, named) => named.is_err(),
        }
    }

    /// The rotated files after the one that is followed; none when that one has been deleted.
    fn rotated_since(&self) -> io::Result<Vec<PathBuf>> {
        let rotated = match log_file::rotated_in(&self.log_dir) {
            Ok(rotated) => rotated,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if self.file.is_none() {
            return Ok(Vec::new());
        }
        let followed = rotated.iter().position(|path| self.is(path));
        Ok(followed.map_or_else(Vec::new, |index| {
            rotated.into_iter().skip(index + 1).collect()
        }))
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::config::settings::LogSettings;
    use crate::telemetry::log_file::LogFile;

    #[test]
    fn every_line_is_seen_once_across_rotations() {
        let dir = tempfile::tempdir().unwrap();
        let settings = LogSettings {
            rotate_bytes: 1_000,
            ..LogSettings::default()
        };
        let log = LogFile::open(dir.path(), settings).unwrap();
        let mut follower = Follower::at_end(dir.path()).unwrap();
        let mut seen = Vec::new();
        // Several files fill between two looks, then only a part of one.
        for (look, count) in [50, 1, 2, 200, 0, 30].into_iter().enumerate() {
            for number in 0..count {
                log.write_line(format!("{look}/{number:>60}\n").as_bytes());
            }
            log.flush();
            seen.push(follower.new_lines().unwrap().len());
        }
        assert_eq!(seen, [50, 1, 2, 200, 0, 30]);
    }

    #[test]
    fn truncation_deletion_and_half_lines_are_survived() {
        let dir = tempfile::tempdir().unwrap();
        let path = log_file::path_in(dir.path());
        let mut follower = Follower::at_end(dir.path()).unwrap();
        let append = |text: &str| {
            let mut file = File::options()
                .append(true)
                .create(true)
                .open(&path)
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let mut check = |expected: &[&str]| assert_eq!(follower.new_lines().unwrap(), expected);
        check(&[]);
        append("one\ntw");
        check(&["one"]);
        append("o\nhalf");
        check(&["two"]);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(0)
            .unwrap();
        check(&[]);
        append("three\n");
        check(&["three"]);
        fs::remove_file(&path).unwrap();
        check(&[]);
        append("four\n");
        check(&["four"]);
    }
}
