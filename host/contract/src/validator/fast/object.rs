//! Objects on the fast way: members by name, and those that must be there.

use super::Shape;
use super::walk::Walk;

/// Names up to which an object is known: what was seen of it is one bit each, and looking for a
/// name is a search from one end to the other, though it begins where the last name stood.
pub(super) const NAMES_MAX: usize = 64;

/// What the members of an object must be.
#[derive(Clone, Debug)]
pub(super) struct Members {
    /// At most [`NAMES_MAX`], each once.
    pub(super) named: Vec<(Box<str>, Shape)>,
    /// A bit for each name that must be there.
    pub(super) required: u64,
    /// What all others must be; none: there must be no others.
    pub(super) others: Option<Shape>,
}

impl Members {
    /// Of equal names the last counts; here all of them must fit.
    pub(super) fn walk(&self, walk: &mut Walk<'_>) -> Option<()> {
        let (mut seen, mut next) = (0_u64, 0);
        walk.object(|walk, name| {
            let Some((index, shape)) = self.find(name, next) else {
                return walk.value(self.others.as_ref()?);
            };
            seen |= 1 << index;
            next = index + 1;
            walk.value(shape)
        })?;
        (seen & self.required == self.required).then_some(())
    }

    /// Where a name stands. Clients mostly write members in the order of the schema.
    fn find(&self, name: &str, next: usize) -> Option<(usize, &Shape)> {
        let (before, after) = self.named.split_at_checked(next)?;
        let look = |part: &[(Box<str>, Shape)]| part.iter().position(|(other, _)| **other == *name);
        let index = look(after)
            .map(|index| next + index)
            .or_else(|| look(before))?;
        self.named.get(index).map(|(_, shape)| (index, shape))
    }
}
