//! The journal: every change of a session in one file, written before it counts.
//!
//! Written means: given to the system with one call, so that it survives this process, however
//! that ends. With `sync` it is on the disk, and survives the machine. A journal that was neither
//! synced nor closed in good order is not believed after the machine has started anew, for nobody
//! knows how much of its end is missing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::record::{Record, VERSION};

/// The journal's file in the state directory.
const NAME: &str = "sessions.journal";
/// Linux's name of this start of the machine.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Bytes that are gathered before a rewritten journal is written on.
const CHUNK_BYTES: usize = 1 << 20;

/// Why a journal cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("{action} the journal of sessions `{path}`")]
pub struct JournalError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The file.
pub(super) struct Journal {
    path: PathBuf,
    /// None after a failure, until it is rewritten.
    file: Option<File>,
    is_synced: bool,
    /// Bytes in the file.
    bytes: u64,
    /// Bytes at which it is rewritten at the earliest.
    bytes_max: u64,
    /// Bytes after the last rewriting: it is due when they have doubled.
    bytes_rewritten: u64,
    buffer: Vec<u8>,
}

impl Journal {
    /// The journal of a state directory, and what it held. It is not written to before it was
    /// rewritten.
    pub(super) fn open(
        state_dir: &Path,
        is_synced: bool,
        bytes_max: u64,
    ) -> Result<(Self, Vec<u8>), JournalError> {
        let path = state_dir.join(NAME);
        let held = match fs::read(&path) {
            Ok(held) => held,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(source) => {
                return Err(JournalError {
                    action: "read",
                    path,
                    source,
                });
            }
        };
        let journal = Self {
            path,
            file: None,
            is_synced,
            bytes: 0,
            bytes_max,
            bytes_rewritten: 0,
            buffer: Vec::new(),
        };
        Ok((journal, held))
    }

    /// Whether a journal that begins with this record, and ends as it does, can be believed.
    pub(super) fn is_believed(first: Option<&Record<'_>>, was_closed: bool) -> bool {
        match first {
            Some(Record::Began {
                version,
                boot,
                is_synced,
            }) => *version == VERSION && (*is_synced || was_closed || **boot == *boot_id()),
            _ => false,
        }
    }

    /// Whether what is appended is kept.
    pub(super) fn is_kept(&self) -> bool {
        self.file.is_some()
    }

    /// Bytes in the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends one record.
    ///
    /// # Errors
    /// When the system does not take it. Then the file is taken away: a journal with a hole in it
    /// would say that nothing was missed where something was.
    pub(super) fn append(&mut self, record: &Record<'_>) -> Result<(), JournalError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        self.buffer.clear();
        let written = record
            .write(&mut self.buffer)
            .and_then(|()| file.write_all(&self.buffer))
            .and_then(|()| {
                if self.is_synced {
                    file.sync_data()
                } else {
                    Ok(())
                }
            });
        match written {
            Ok(()) => {
                self.bytes += self.buffer.len() as u64;
                Ok(())
            }
            Err(source) => Err(self.give_up("write", source)),
        }
    }

    fn give_up(&mut self, action: &'static str, source: io::Error) -> JournalError {
        let file = self.file.take();
        self.bytes = 0;
        if fs::remove_file(&self.path).is_err()
            && let Some(file) = file
        {
            let _ = file.set_len(0);
        }
        JournalError {
            action,
            path: self.path.clone(),
            source,
        }
    }

    /// Whether it is time to write it anew: it has grown, or it is not kept.
    pub(super) fn is_due(&self) -> bool {
        self.file.is_none() || self.bytes >= self.bytes_max.max(self.bytes_rewritten * 2)
    }

    /// Writes it anew, with these records and no other. The old one stays until the new one is
    /// whole.
    ///
    /// # Errors
    /// When it cannot be written; then none is kept.
    pub(super) fn rewrite<'r>(
        &mut self,
        records: impl Iterator<Item = Record<'r>>,
    ) -> Result<(), JournalError> {
        match self.write_anew(records) {
            Ok((file, bytes)) => {
                self.file = Some(file);
                self.bytes = bytes;
                self.bytes_rewritten = bytes;
                Ok(())
            }
            Err(source) => Err(self.give_up("rewrite", source)),
        }
    }

    fn write_anew<'r>(&self, records: impl Iterator<Item = Record<'r>>) -> io::Result<(File, u64)> {
        let draft = self.path.with_extension("journal.tmp");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        let began = Record::Began {
            version: VERSION,
            boot: boot_id().into(),
            is_synced: self.is_synced,
        };
        let mut bytes = 0;
        let mut buffer = Vec::new();
        for record in std::iter::once(began).chain(records) {
            record.write(&mut buffer)?;
            if buffer.len() >= CHUNK_BYTES {
                file.write_all(&buffer)?;
                bytes += buffer.len() as u64;
                buffer.clear();
            }
        }
        file.write_all(&buffer)?;
        bytes += buffer.len() as u64;
        if self.is_synced {
            file.sync_all()?;
        }
        fs::rename(&draft, &self.path)?;
        if self.is_synced
            && let Some(folder) = self.path.parent()
        {
            File::open(folder)?.sync_all()?;
        }
        Ok((file, bytes))
    }

    /// Ends it in good order: on the disk, whatever the settings.
    pub(super) fn close(&mut self) -> Result<(), JournalError> {
        self.append(&Record::Closed)?;
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        file.sync_all().map_err(|source| JournalError {
            action: "sync",
            path: self.path.clone(),
            source,
        })
    }
}

/// Names this start of the machine; empty where the system does not say, and then each is taken
/// for the same.
fn boot_id() -> String {
    fs::read_to_string(BOOT_ID)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}
