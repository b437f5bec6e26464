//! How much memory a guest may have, and how much it took.

use wasmtime::ResourceLimiter;

/// Linear memories and tables of one instance, counted together.
pub(super) struct MemoryLimiter {
    limit_bytes: usize,
    bytes: usize,
    peak_bytes: usize,
    refused: bool,
}

/// A table element takes a pointer's room.
const ELEMENT_BYTES: usize = std::mem::size_of::<usize>();

impl MemoryLimiter {
    /// Nothing taken yet.
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            bytes: 0,
            peak_bytes: 0,
            refused: false,
        }
    }

    /// The most that was taken at a time.
    pub(super) fn peak_bytes(&self) -> usize {
        self.peak_bytes
    }

    /// Whether the guest asked for more than it may have.
    pub(super) fn refused(&self) -> bool {
        self.refused
    }

    /// Forgets a refusal, for the next event of a reused instance.
    pub(super) fn begin_event(&mut self) {
        self.refused = false;
        self.peak_bytes = self.bytes;
    }

    fn grow(&mut self, more_bytes: usize) -> bool {
        let wanted = self.bytes.saturating_add(more_bytes);
        if wanted > self.limit_bytes {
            self.refused = true;
            return false;
        }
        self.bytes = wanted;
        self.peak_bytes = self.peak_bytes.max(wanted);
        true
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(
            desired
                .saturating_sub(current)
                .saturating_mul(ELEMENT_BYTES),
        ))
    }
}
