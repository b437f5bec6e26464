//! Which pages of a guest's memory have been written, as the system knows it. A page that nobody
//! has written is backed by the module's data or by nothing; the first write gives it to the process
//! alone, by a page fault.
//!
//! The list of such pages is read from `/proc/self/pagemap` (Linux, admin-guide/mm/pagemap). Between
//! two events most instances write where they wrote before: as long as the thread has had no page
//! fault, the list is as it was, and is not read again. Huge pages would break that: the kernel puts
//! them in place of small ones by itself, and the guest can write to what it had never touched
//! without a fault. So this process does without them.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// Bit 63 of an entry: the page is in memory.
const IS_PRESENT: u64 = 1 << 63;

/// Bit 62: it is swapped out, or on its way to another place.
const IS_SWAPPED: u64 = 1 << 62;

/// Bit 61: it belongs to a file, or to several processes.
const IS_SHARED: u64 = 1 << 61;

/// Bytes of an entry.
const ENTRY: usize = 8;

/// Entries that are read at a time.
const ENTRIES: usize = 256;

/// Bytes of the memory on which the system is tried out: more than any allocator keeps, so that it
/// comes from the system, and untouched.
const TRIAL_BYTES: usize = 64 << 20;

thread_local! {
    /// Page faults of this thread when they were last counted.
    static FAULTS: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The system's list of pages.
#[derive(Debug)]
pub(in crate::runtime) struct PageMap {
    file: File,
    page: usize,
}

impl PageMap {
    /// Opens it, and turns transparent huge pages off for the process (`PR_SET_THP_DISABLE`,
    /// prctl(2)). `None` where that is refused, or the system has no list, or none that tells the
    /// truth (some sandboxes count no faults).
    pub(in crate::runtime) fn open() -> Option<Self> {
        do_without_huge_pages().then_some(())?;
        let map = Self {
            file: File::open("/proc/self/pagemap").ok()?,
            page: rustix::param::page_size(),
        };
        map.is_true().then_some(map)
    }

    /// Bytes of a page.
    pub(super) fn page(&self) -> usize {
        self.page
    }

    /// The pages of this memory that were written, by number, unless they are more than `max`.
    pub(super) fn written(&self, memory: &[u8], max: usize) -> Option<Vec<usize>> {
        let address = memory.as_ptr().addr();
        if !address.is_multiple_of(self.page) || !memory.len().is_multiple_of(self.page) {
            return None;
        }
        let (first, count) = (address / self.page, memory.len() / self.page);
        let mut written = Vec::new();
        let mut entries = [0; ENTRIES * ENTRY];
        let mut at = 0;
        while at < count {
            let part = entries.get_mut(..(count - at).min(ENTRIES) * ENTRY)?;
            let offset = u64::try_from((first + at).checked_mul(ENTRY)?).ok()?;
            self.file.read_exact_at(part, offset).ok()?;
            let (entries, _) = part.as_chunks::<ENTRY>();
            for (index, entry) in entries.iter().enumerate() {
                if is_written(u64::from_ne_bytes(*entry)) {
                    written.push(at + index);
                }
            }
            at += entries.len();
        }
        (written.len() <= max).then_some(written)
    }

    /// Writes to a page, and sees whether the system tells of it.
    fn is_true(&self) -> bool {
        let mut memory = vec![0_u8; TRIAL_BYTES];
        let middle = (memory.as_ptr().addr() + TRIAL_BYTES / 2).next_multiple_of(self.page)
            - memory.as_ptr().addr();
        let page = middle..middle + self.page;
        let is_written = |memory: &[u8]| {
            let memory = memory.get(page.clone())?;
            self.written(memory, 1).map(|written| written == [0])
        };
        let before = is_written(&memory);
        disturbed();
        let is_calm = !disturbed();
        if let Some(byte) = memory.get_mut(middle) {
            *std::hint::black_box(byte) = 1;
        }
        let is_disturbed = disturbed();
        before == Some(false) && is_calm && is_disturbed && is_written(&memory) == Some(true)
    }
}

/// Whether the kernel will put no huge page in place of small ones.
fn do_without_huge_pages() -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{disable_transparent_huge_pages, transparent_huge_pages_are_disabled};
        disable_transparent_huge_pages(true).is_ok()
            && transparent_huge_pages_are_disabled() == Ok(true)
    }
    #[cfg(not(target_os = "linux"))]
    false
}

fn is_written(entry: u64) -> bool {
    entry & (IS_PRESENT | IS_SWAPPED) != 0 && entry & IS_SHARED == 0
}

/// Whether this thread has had a page fault since it last asked. Then it may have written to a page
/// for the first time.
pub(super) fn disturbed() -> bool {
    let faults = faults();
    let before = FAULTS.replace(faults);
    faults.is_none() || faults != before
}

/// Page faults of this thread so far, as the system counts them.
fn faults() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
        u64::try_from(usage.minor_page_faults() + usage.major_page_faults()).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_told_and_huge_pages_are_off() {
        let map = PageMap::open().unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        // 0: this process has none, whatever the system's setting.
        assert!(status.contains("THP_enabled:\t0"), "{status}");

        let mut memory = vec![0_u8; TRIAL_BYTES];
        let start = memory.as_ptr().align_offset(map.page());
        let memory = &mut memory[start..][..8 * map.page()];
        assert_eq!(map.written(memory, 8), Some(vec![]));
        disturbed();
        for page in [5, 2] {
            memory[page * map.page()] = 1;
            assert!(disturbed(), "page {page}");
        }
        memory[2 * map.page() + 1] = 1;
        assert_eq!(map.written(memory, 2), Some(vec![2, 5]));
        assert_eq!(map.written(memory, 1), None);
        assert_eq!(map.written(&memory[1..], 8), None, "no whole pages");
    }
}
