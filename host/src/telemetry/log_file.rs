//! `debug.log`: whole lines, gathered and appended; rotated by size under a name that tells the
//! time; old files deleted. Other processes may truncate, move or delete it at any time. A file
//! that cannot be written costs lines, which are counted, and nothing else.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::console;
use super::timestamp::{self, DAY};
use crate::config::settings::LogSettings;

/// The file that is written to.
const NAME: &str = "debug.log";
/// What the names of rotated files begin and end with; the time stands between.
const ROTATED: (&str, &str) = ("debug.", ".log");
/// Bytes that are gathered before they are written, unless somebody asks for a flush.
const BUFFER_BYTES: u64 = 64 << 10;

/// The file in a log directory that is written to.
pub fn path_in(log_dir: &Path) -> PathBuf {
    log_dir.join(NAME)
}

/// The rotated files in a log directory, oldest first.
///
/// # Errors
/// When the directory cannot be read.
pub fn rotated_in(log_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(log_dir)? {
        let path = entry?.path();
        if stamp(&path).is_some() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The time in a rotated file's name.
fn stamp(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let stamp = name.strip_prefix(ROTATED.0)?.strip_suffix(ROTATED.1)?;
    let shaped =
        stamp.len() == "2026-11-21T09-10-59.042".len() && stamp.starts_with(char::is_numeric);
    shaped.then_some(stamp)
}

/// The log file. All methods may be called from any thread.
pub struct LogFile {
    log_dir: PathBuf,
    path: PathBuf,
    settings: LogSettings,
    state: Mutex<State>,
    lost_lines: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Whole lines that wait to be written, and how many.
    buffer: Vec<u8>,
    buffer_lines: u64,
    file: Option<File>,
    /// Lines lost since the last success; the first loss is told on the console.
    outage_lines: u64,
    /// Whether the last write left half a line behind.
    torn: bool,
}

impl LogFile {
    /// Opens the log in a directory, which is made where it is missing, and clears away what is
    /// too old.
    ///
    /// # Errors
    /// When the directory cannot be made or the file not be opened.
    pub fn open(log_dir: &Path, settings: LogSettings) -> io::Result<Self> {
        let log = Self {
            log_dir: log_dir.to_owned(),
            path: path_in(log_dir),
            settings,
            state: Mutex::default(),
            lost_lines: AtomicU64::new(0),
        };
        let mut state = log.lock();
        log.reopen(&mut state)?;
        drop(state);
        log.prune(SystemTime::now());
        Ok(log)
    }

    /// The file that is written to.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines that could not be written.
    pub fn lost_lines(&self) -> u64 {
        self.lost_lines.load(Ordering::Relaxed)
    }

    /// Takes one line with its newline.
    pub fn write_line(&self, line: &[u8]) {
        let mut state = self.lock();
        let gather_bytes = self.settings.rotate_bytes.min(BUFFER_BYTES);
        if (state.buffer.len() + line.len()) as u64 > gather_bytes {
            self.write_out(&mut state);
        }
        state.buffer.extend_from_slice(line);
        state.buffer_lines += 1;
    }

    /// Writes out what has been gathered.
    pub fn flush(&self) {
        self.write_out(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_out(&self, state: &mut State) {
        if state.buffer.is_empty() {
            return;
        }
        let buffer = std::mem::take(&mut state.buffer);
        let lines = std::mem::take(&mut state.buffer_lines);
        match self.append(state, &buffer) {
            Ok(()) => self.note_success(state),
            Err(error) => self.note_loss(state, lines, &error),
        }
        // The allocation is kept for the next lines.
        state.buffer = buffer;
        state.buffer.clear();
    }

    fn append(&self, state: &mut State, bytes: &[u8]) -> io::Result<()> {
        let size_bytes = self.current_size(state)?;
        if size_bytes > 0 && size_bytes + bytes.len() as u64 > self.settings.rotate_bytes {
            self.rotate(state)?;
        }
        let torn = state.torn;
        let Some(file) = &mut state.file else {
            return Err(ErrorKind::NotFound.into());
        };
        if torn {
            file.write_all(b"\n")?;
            state.torn = false;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    state.torn = rest.len() < bytes.len();
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The size of the file that carries the name now, opened anew when it is another one than
    /// before: somebody moved or deleted it.
    fn current_size(&self, state: &mut State) -> io::Result<u64> {
        let open = state.file.as_ref().and_then(|file| file.metadata().ok());
        match (open, fs::metadata(&self.path)) {
            (Some(open), Ok(named)) if same_file(&open, &named) => Ok(named.len()),
            _ => self.reopen(state),
        }
    }

    fn reopen(&self, state: &mut State) -> io::Result<u64> {
        state.file = None;
        fs::create_dir_all(&self.log_dir)?;
        // A named pipe without a reader would hold the opening up for ever.
        if fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)?;
        let size_bytes = file.metadata()?.len();
        state.file = Some(file);
        Ok(size_bytes)
    }

    fn rotate(&self, state: &mut State) -> io::Result<()> {
        let mut now = SystemTime::now();
        let mut target = self.rotated_path(now);
        while target.exists() {
            now += Duration::from_millis(1);
            target = self.rotated_path(now);
        }
        match fs::rename(&self.path, target) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.reopen(state)?;
        self.prune(now);
        Ok(())
    }

    fn rotated_path(&self, time: SystemTime) -> PathBuf {
        let (start, end) = ROTATED;
        self.log_dir
            .join(format!("{start}{}{end}", timestamp::file_stamp(time)))
    }

    /// Deletes rotated files that are too old or, from the newest on, too much. What cannot be
    /// deleted now will be tried at the next rotation.
    fn prune(&self, now: SystemTime) {
        let keep = DAY.saturating_mul(self.settings.keep_days);
        let oldest = timestamp::file_stamp(now.checked_sub(keep).unwrap_or(SystemTime::UNIX_EPOCH));
        let mut kept_bytes = 0;
        for path in rotated_in(&self.log_dir).unwrap_or_default().iter().rev() {
            kept_bytes += fs::metadata(path).map_or(0, |metadata| metadata.len());
            let too_old = stamp(path).is_some_and(|stamp| stamp < oldest.as_str());
            if too_old || kept_bytes > self.settings.keep_bytes {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn note_loss(&self, state: &mut State, lines: u64, error: &io::Error) {
        if state.outage_lines == 0 {
            let path = self.path.display();
            console::tell(&format!(
                "write log file `{path}`: {error}; log lines are lost"
            ));
        }
        state.file = None;
        state.outage_lines += lines;
        self.lost_lines.fetch_add(lines, Ordering::Relaxed);
    }

    /// After an outage the log itself says that lines are missing.
    fn note_success(&self, state: &mut State) {
        if state.outage_lines == 0 {
            return;
        }
        let (lost, path) = (std::mem::take(&mut state.outage_lines), self.path.display());
        let time = timestamp::rfc3339(SystemTime::now());
        let line = format!(
            "{{\"timestamp\":\"{time}\",\"level\":\"WARN\",\"message\":\"log lines were lost\",\"lines\":{lost},\"target\":\"fs7::telemetry\"}}\n"
        );
        if let Some(file) = &mut state.file {
            let _ = file.write_all(line.as_bytes());
        }
        console::tell(&format!(
            "log file `{path}` is written again; {lost} lines were lost"
        ));
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Whether two looks saw the same file, whatever it is called.
pub fn same_file(a: &Metadata, b: &Metadata) -> bool {
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(test)]
mod tests;
