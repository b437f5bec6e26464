//! A guest's memory as the host reads and writes it: values laid out as the canonical ABI does
//! (component model, CanonicalABI.md), read whole or not at all. What is out of bounds, not
//! aligned, no UTF-8 or of an unknown case is a reason to [escape](Escape).

use std::ops::Range;

use super::Escape;

/// Bytes of a pointer and a length.
const SPAN: usize = 8;

/// Memory, and how much may still be copied out of it.
pub(super) struct View<'a> {
    bytes: &'a mut [u8],
    fuel: usize,
}

impl<'a> View<'a> {
    /// `fuel`: bytes that may be copied.
    pub(super) fn new(bytes: &'a mut [u8], fuel: usize) -> Self {
        Self { bytes, fuel }
    }

    /// What may still be copied.
    pub(super) fn fuel(&self) -> usize {
        self.fuel
    }

    pub(super) fn byte(&self, at: usize) -> Result<u8, Escape> {
        self.bytes.get(at).copied().ok_or(Escape)
    }

    pub(super) fn word(&self, at: usize) -> Result<u32, Escape> {
        let bytes = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        bytes.copied().map(u32::from_le_bytes).ok_or(Escape)
    }

    /// A pointer and a length of a list of `size` bytes each, aligned and within bounds.
    fn span(
        &mut self,
        (at, count): (u32, u32),
        size: usize,
        align: usize,
    ) -> Result<(usize, usize), Escape> {
        let (at, count) = (to_usize(at)?, to_usize(count)?);
        let bytes = count.checked_mul(size).ok_or(Escape)?;
        let end = at.checked_add(bytes).ok_or(Escape)?;
        self.fuel = self.fuel.checked_sub(bytes).ok_or(Escape)?;
        if at % align != 0 || end > self.bytes.len() {
            return Err(Escape);
        }
        Ok((at, count))
    }

    pub(super) fn bytes(&mut self, span: (u32, u32)) -> Result<Vec<u8>, Escape> {
        let (at, count) = self.span(span, 1, 1)?;
        let bytes = self.bytes.get(at..at + count).ok_or(Escape)?;
        Ok(bytes.to_vec())
    }

    pub(super) fn text(&mut self, span: (u32, u32)) -> Result<String, Escape> {
        let place = self.spent_on(span)?;
        Ok(self.lent(place)?.to_owned())
    }

    /// Counts a text of which no copy is kept as one that is copied.
    pub(super) fn spent_on(&mut self, span: (u32, u32)) -> Result<Range<usize>, Escape> {
        let (at, count) = self.span(span, 1, 1)?;
        Ok(at..at + count)
    }

    /// A text where it lies.
    pub(super) fn lent(&self, place: Range<usize>) -> Result<&str, Escape> {
        let bytes = self.bytes.get(place).ok_or(Escape)?;
        str::from_utf8(bytes).map_err(|_| Escape)
    }

    /// The pointer and the length that stand in memory.
    pub(super) fn span_at(&self, at: usize) -> Result<(u32, u32), Escape> {
        Ok((self.word(at)?, self.word(at + 4)?))
    }

    pub(super) fn text_at(&mut self, at: usize) -> Result<String, Escape> {
        self.text(self.span_at(at)?)
    }

    /// A list, each element read from its address.
    pub(super) fn list<T>(
        &mut self,
        span: (u32, u32),
        size: usize,
        read: impl Fn(&mut Self, usize) -> Result<T, Escape>,
    ) -> Result<Vec<T>, Escape> {
        let (at, count) = self.span(span, size, 4)?;
        (0..count)
            .map(|index| read(self, at + index * size))
            .collect()
    }

    /// `list<string>`.
    pub(super) fn texts(&mut self, span: (u32, u32)) -> Result<Vec<String>, Escape> {
        self.list(span, SPAN, Self::text_at)
    }

    /// `list<list<u8>>`.
    pub(super) fn lists_of_bytes(&mut self, span: (u32, u32)) -> Result<Vec<Vec<u8>>, Escape> {
        self.list(span, SPAN, |view, at| view.bytes(view.span_at(at)?))
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) -> Result<(), Escape> {
        let end = at.checked_add(bytes.len()).ok_or(Escape)?;
        self.bytes
            .get_mut(at..end)
            .ok_or(Escape)?
            .copy_from_slice(bytes);
        Ok(())
    }
}

/// A guest's address or count.
pub(super) fn to_usize(word: u32) -> Result<usize, Escape> {
    usize::try_from(word).map_err(|_| Escape)
}
