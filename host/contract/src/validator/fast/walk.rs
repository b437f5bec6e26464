//! The walk over a text. `None` is unsure: it may be no JSON at all.

use super::text::Quoted;
use super::{ANYTHING, Kinds, Shape};
use crate::validator::tree::DEPTH_MAX;

/// Digits of an integer up to which it surely is an `i64`.
const DIGITS_MAX: usize = 18;

/// A place in a text.
pub(super) struct Walk<'t> {
    text: &'t str,
    at: usize,
    /// How many arrays and objects are open.
    depth: usize,
}

impl<'t> Walk<'t> {
    /// Whether a walk that begins at a bracket is sure, and ends where the text does.
    pub(super) fn whole(text: &'t str, walk: impl FnOnce(&mut Self) -> Option<()>) -> bool {
        let mut place = Self {
            text,
            at: 0,
            depth: 0,
        };
        text.starts_with('[') && walk(&mut place).is_some() && place.next().is_none()
    }

    /// One value, which must fit.
    pub(super) fn value(&mut self, shape: &Shape) -> Option<()> {
        let fits = match self.next()? {
            b'"' => shape.allows_text(self.string()?),
            b'{' => return self.members(shape),
            b'[' => return self.items(shape),
            b't' => self.word("true")? && shape.allows(Kinds::BOOL, |values| values.has_true),
            b'f' => self.word("false")? && shape.allows(Kinds::BOOL, |values| values.has_false),
            b'n' => self.word("null")? && shape.allows(Kinds::NULL, |values| values.has_null),
            _ => self.number(shape)?,
        };
        fits.then_some(())
    }

    fn members(&mut self, shape: &Shape) -> Option<()> {
        if !shape.allows(Kinds::OBJECT, |_| false) {
            return None;
        }
        match &shape.object {
            Some(members) => members.walk(self),
            None => self.anything(),
        }
    }

    fn items(&mut self, shape: &Shape) -> Option<()> {
        if !shape.allows(Kinds::ARRAY, |_| false) {
            return None;
        }
        let Some(items) = &shape.list else {
            return self.anything();
        };
        let count = self.array(|walk, _| walk.value(&items.each))?;
        items.count.has(count).then_some(())
    }

    /// One value, whatever it is, with all that is in it: one loop, for it is most of what is walked.
    pub(super) fn anything(&mut self) -> Option<()> {
        let outside = self.depth;
        // Of each open bracket whether it is an object's, the innermost in the lowest bit.
        let mut objects = 0_u128;
        loop {
            let mut opened = None;
            match self.next()? {
                b'"' => self.skip_string()?,
                bracket @ (b'[' | b'{') => opened = Some(bracket == b'{'),
                b't' => drop(self.word("true")?),
                b'f' => drop(self.word("false")?),
                b'n' => drop(self.word("null")?),
                _ => drop(self.number(&ANYTHING)?),
            }
            if let Some(is_object) = opened {
                self.at += 1;
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return None;
                }
                objects = objects << 1 | u128::from(is_object);
                if self.next()? != closing(objects) {
                    self.skip_name(objects)?;
                    continue;
                }
                self.close();
                objects >>= 1;
            }
            loop {
                if self.depth == outside {
                    return Some(());
                }
                match self.next()? {
                    b',' => break self.at += 1,
                    byte if byte == closing(objects) => self.close(),
                    _ => return None,
                }
                objects >>= 1;
            }
            self.skip_name(objects)?;
        }
    }

    /// Steps over a member's name and its colon, where an object is open.
    fn skip_name(&mut self, objects: u128) -> Option<()> {
        if objects & 1 == 0 {
            return Some(());
        }
        (self.next()? == b'"').then_some(())?;
        self.skip_string()?;
        self.expect(b':')
    }

    /// An array, of each item its index; how many there are.
    pub(super) fn array(
        &mut self,
        mut item: impl FnMut(&mut Self, u64) -> Option<()>,
    ) -> Option<u64> {
        let mut count = 0;
        self.open(b'[')?;
        if self.next()? != b']' {
            loop {
                item(self, count)?;
                count += 1;
                if !self.goes_on(b']')? {
                    break;
                }
            }
        }
        self.close();
        Some(count)
    }

    /// An object, of each member its name, which stands before its value.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'t str) -> Option<()>,
    ) -> Option<()> {
        self.open(b'{')?;
        if self.next()? != b'}' {
            loop {
                self.expect(b'"')?;
                self.at -= 1;
                let name = self.string()?.plain()?;
                self.expect(b':')?;
                member(self, name)?;
                if !self.goes_on(b'}')? {
                    break;
                }
            }
        }
        self.close();
        Some(())
    }

    fn open(&mut self, bracket: u8) -> Option<()> {
        self.expect(bracket)?;
        self.depth += 1;
        (self.depth <= DEPTH_MAX).then_some(())
    }

    /// Steps over a bracket that was seen.
    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// Whether a comma follows, which it steps over, or the end.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        match self.next()? {
            b',' => {
                self.at += 1;
                Some(true)
            }
            byte => (byte == end).then_some(false),
        }
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<bool> {
        self.text.get(self.at..)?.starts_with(word).then(|| {
            self.at += word.len();
            true
        })
    }

    /// A text whose quote was seen.
    fn string(&mut self) -> Option<Quoted<'t>> {
        let start = self.at + 1;
        let surplus = self.skip_counted()?;
        let raw = self.text.get(start..self.at - 1)?;
        Some(Quoted { raw, surplus })
    }

    fn skip_string(&mut self) -> Option<()> {
        self.skip_counted().map(drop)
    }

    /// Steps over a text whose quote was seen; gives by how much its escapes are longer than one
    /// byte each. Escapes of more than one character of UTF-16 are left to the slow way, which
    /// knows which of them are none.
    fn skip_counted(&mut self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let (mut at, mut surplus) = (self.at + 1, 0);
        loop {
            let rest = bytes.get(at..)?;
            let plain = plain_bytes(rest);
            at += plain;
            match *rest.get(plain)? {
                b'"' => break,
                b'\\' => {
                    let length = escape(rest.get(plain..)?)?;
                    surplus += length - 1;
                    at += length;
                }
                _ => return None,
            }
        }
        self.at = at + 1;
        Some(surplus)
    }

    /// A number, and whether it fits.
    fn number(&mut self, shape: &Shape) -> Option<bool> {
        let start = self.at;
        let is_negative = self.byte() == Some(b'-');
        self.at += usize::from(is_negative);
        let first = self.at;
        let mut value = 0_i64;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        if matches!(self.byte(), Some(b'.' | b'e' | b'E')) {
            return self.float(start).map(|value| shape.allows_float(value));
        }
        let digits = self.at - first;
        let has_zeros = digits > 1 && self.text.as_bytes().get(first) == Some(&b'0');
        // `-0` is a float: an integer has no such value.
        let is_plain = (1..=DIGITS_MAX).contains(&digits) && !has_zeros;
        if !is_plain || (is_negative && value == 0) {
            return None;
        }
        Some(shape.allows_integer(if is_negative { -value } else { value }))
    }

    /// A float, with the value that `serde_json` gives it: the slow way compares that one.
    fn float(&mut self, start: usize) -> Option<f64> {
        while let Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') = self.byte() {
            self.at += 1;
        }
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }
}

/// What closes the innermost bracket.
fn closing(objects: u128) -> u8 {
    if objects & 1 == 0 { b']' } else { b'}' }
}

/// How many bytes stand before the first quote, backslash or control byte: eight at a time.
pub(super) fn plain_bytes(text: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let (words, rest) = text.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        // The highest bit of each byte that is less than what is taken from it. Of bytes above such a
        // one it may be wrong; asked is the first. Neither sign has a highest bit to turn.
        let less = word.wrapping_sub(ONES * 0x20)
            | quote.wrapping_sub(ONES)
            | backslash.wrapping_sub(ONES);
        let special = less & !word & (ONES * 0x80);
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let plain = rest.iter().position(is_special).unwrap_or(rest.len());
    words.len() * 8 + plain
}

/// The length of an escape.
fn escape(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => {
            let digits = text.get(2..6)?;
            let is_surrogate = matches!(
                digits,
                [b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..]
            );
            (digits.iter().all(u8::is_ascii_hexdigit) && !is_surrogate).then_some(6)
        }
        _ => None,
    }
}
