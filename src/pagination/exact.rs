//! Exact pagination by offset: which page to request next, and which of its
//! items are new. This part sends nothing.
//!
//! Each page begins at the last item of the page before. If the page contains
//! an item that was returned before, no item between the two pages is missing,
//! whatever was created or deleted in the meantime. If it contains none, items
//! before it were deleted: the next request steps back until its page overlaps.
//! A set of hashes says which items have been returned.
//!
//! This proves nothing about an item that moves, from a page that is still to be
//! requested to one that has been. Such a move shifts the items in between, so
//! that the last item of a page is not where it was. After a pass in which
//! anything changed, a further pass looks for items that were missed, and the
//! number of items must be at least the least total of the pass.

use std::cmp::{max, min};

use super::Link;
use crate::hashed_set::HashedSet;

/// The most passes over a list.
const MAX_PASSES: u32 = 4;

/// A further pass is the last if at most one in so many items is new.
const MOST_NEW: i64 = 50;

/// How many pages may lead no further, for each that does. A list of which fewer
/// do changes faster than its pages are requested.
const MOST_IDLE: u64 = 8;

/// How many pages in a row may be like the one before: as many items were
/// created between two requests as a page has new ones.
const MAX_REPEATS: u32 = 3;

/// What a page has to say.
pub(super) struct Reply<'a> {
    /// The offset it was requested with.
    pub(super) offset: i64,
    /// The limit it was requested with.
    pub(super) limit: Option<i64>,
    /// The hashes of the identities of its items.
    pub(super) hashes: &'a [Option<u64>],
    /// What the page is recognized by.
    pub(super) fingerprint: u64,
    /// The number of items of all pages.
    pub(super) total: Option<i64>,
    /// The offset that the next link leads to.
    pub(super) next: Link<i64>,
}

/// Why a list cannot be returned in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server returned the same page for different offsets.
    Repeated,
    /// The server linked to a page that was requested before.
    RepeatedLink,
    /// The list ended before its total.
    EndedEarly { count: i64, total: i64 },
    /// Items are missing after the last pass.
    Changed { count: i64 },
}

/// What to do with a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Return these of its items.
    Return(Vec<bool>),
    /// Nothing: there may be items between it and the page before. The next
    /// request is for an earlier offset.
    Discard,
}

/// The state of a list that is being requested.
#[derive(Debug)]
pub(super) struct Exact {
    /// Where the caller's first page begins.
    start: i64,
    /// Whether the order of the items is known not to change.
    fixed_order: bool,
    /// Whether pages overlap.
    overlaps: bool,
    seen: HashedSet,
    /// How many returned items have no identity.
    unidentified: i64,
    /// Whether the total is less than what its own page ends at: it counts
    /// something else.
    ignores_total: bool,
    failure: Option<Failure>,
    passes: u32,
    /// The end of the page that led furthest into the list.
    furthest: i64,
    /// How many pages led further than those before.
    leading: u64,
    /// How many did not.
    idle: u64,
    pass: Pass,
}

/// One pass over the list.
#[derive(Debug, Default)]
struct Pass {
    /// The offset of the next request.
    next: Option<i64>,
    /// Where the last page ended.
    end: i64,
    /// The item there, which the next page begins with.
    anchor: Option<u64>,
    /// The identities of the last page.
    last: Vec<Option<u64>>,
    fingerprint: Option<u64>,
    /// How far the last request stepped back.
    back: i64,
    /// How many pages have been taken.
    pages: u64,
    /// The most items of a page.
    full: i64,
    /// Whether the next page begins at `end`, because the server returned the
    /// anchor alone.
    is_single: bool,
    /// Whether anything shows that the list changed.
    changed: bool,
    total: Option<i64>,
    least_total: Option<i64>,
    /// Whether a page had a next link.
    has_next: bool,
    /// How many pages in a row were like the one before.
    repeats: u32,
    /// How many new items the pass returned.
    found: i64,
}

impl Exact {
    pub(super) fn new(start: i64, fixed_order: bool, overlaps: bool) -> Self {
        Self {
            start,
            fixed_order,
            overlaps,
            seen: HashedSet::default(),
            unidentified: 0,
            ignores_total: false,
            failure: None,
            passes: 1,
            furthest: start,
            leading: 0,
            idle: 0,
            pass: Pass::new(start),
        }
    }

    /// The offset of the next request, or `None` after the last.
    pub(super) fn next(&self) -> Option<i64> {
        self.pass.next
    }

    /// Why the list is not complete, after the last page.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// The offset of the request after the one for `offset`, if nothing changes
    /// and the total is known.
    pub(super) fn after(&self, offset: i64, limit: Option<i64>) -> Option<i64> {
        let pass = &self.pass;
        let total = self.trusted(pass.total)?;
        // As many items as the server returned, or one more than it was asked
        // for by the first request.
        let count = match limit {
            Some(limit) if limit == pass.full.saturating_add(1) && pass.pages == 1 => limit,
            _ => pass.full,
        };
        let overlap = i64::from(self.overlaps && pass.anchor.is_some());
        let next = offset.checked_add(max(1, count - overlap))?;
        (next.saturating_add(overlap) < total).then_some(next)
    }

    /// A total, unless the pages show that it counts something else.
    fn trusted(&self, total: Option<i64>) -> Option<i64> {
        match self.ignores_total {
            true => None,
            false => total,
        }
    }

    /// Takes a page.
    pub(super) fn accept(&mut self, reply: &Reply<'_>) -> Verdict {
        self.take(reply).unwrap_or_else(|failure| {
            self.fail(failure);
            Verdict::Discard
        })
    }

    fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
        self.pass.next = None;
    }

    fn take(&mut self, reply: &Reply<'_>) -> Result<Verdict, Failure> {
        let &Reply { offset, hashes, .. } = reply;
        let count = i64::try_from(hashes.len()).unwrap_or(i64::MAX);
        let end = offset.saturating_add(count);
        if count > 0 && matches!(reply.total, Some(total) if total < end) {
            self.ignores_total = true;
        }
        let total = self.trusted(reply.total);
        let decrease = self.pass.count(total);

        if count == 0
            && let Link::Next(next) = reply.next
        {
            // The server has left out every item of the page.
            self.pass.follow(offset, next, None)?;
            return Ok(Verdict::Return(Vec::new()));
        }
        if self.pass.has_gap(reply, &self.seen, self.passes == 1) && offset > self.start {
            self.count_page(false)?;
            let back = max(max(1, decrease), self.pass.back.saturating_mul(2));
            let before = offset.saturating_sub(back);
            let before = match total {
                Some(total) => min(before, total.saturating_sub(1)),
                None => before,
            };
            self.pass.back = back;
            self.pass.next = Some(max(self.start, before));
            return Ok(Verdict::Discard);
        }

        let anchor = self.pass.anchor;
        // The anchor alone: the list ends here, or the pages have one item.
        let is_end = count == 0 || (count == 1 && anchor.is_some() && hashes[0] == anchor);
        let fingerprint = self.pass.fingerprint.replace(reply.fingerprint);
        if decrease >= 0 && !is_end && fingerprint == self.pass.fingerprint {
            self.pass.repeats += 1;
            self.pass.changed = true;
            if self.pass.repeats >= MAX_REPEATS {
                let is_short = matches!(reply.limit, Some(limit) if count < limit);
                if is_short && total.is_none() && reply.next == Link::Unknown {
                    // The server returns its whole list, whatever the offset.
                    self.pass.next = None;
                    return Ok(Verdict::Discard);
                }
                return Err(Failure::Repeated);
            }
        } else {
            self.pass.repeats = 0;
        }
        let keep = match self.pass.repeats {
            0 => self.keep(hashes),
            _ => vec![false; hashes.len()],
        };
        self.count_page(end > self.furthest && keep.contains(&true))?;
        self.furthest = max(self.furthest, end);

        let pass = &mut self.pass;
        pass.back = 0;
        pass.pages += 1;
        pass.full = max(pass.full, count);
        let is_full = matches!(reply.limit, Some(limit) if count >= limit);
        let is_as_full = is_full || (count >= pass.full && pass.pages > 1);
        let more = match (reply.next, total) {
            (Link::Next(_), _) => true,
            // A total that ends at a full page may count something else.
            (Link::Unknown, Some(total)) if end == total && !pass.has_next => is_as_full && !is_end,
            (_, Some(total)) => end < total,
            // The server links pages, and this one is the last.
            (_, None) if pass.has_next => false,
            (Link::None, None) => is_full,
            (Link::Unknown, None) => count >= pass.full,
        };
        let has_link = matches!(reply.next, Link::Next(_));
        if !more || (is_end && !has_link && (count == 0 || pass.is_single)) {
            pass.end = end;
            self.failure = self.end_pass(total).err();
            return Ok(Verdict::Return(keep));
        }
        if is_end && !pass.is_single {
            // Certain only without an overlap.
            pass.is_single = true;
            pass.next = Some(end);
            pass.end = end;
            return Ok(Verdict::Return(keep));
        }
        pass.is_single = false;
        pass.last.clear();
        pass.last.extend_from_slice(hashes);
        match reply.next {
            Link::Next(next) => {
                if let Err(failure) = pass.follow(offset, next, Some(end)) {
                    self.fail(failure);
                    return Ok(Verdict::Return(keep));
                }
            }
            Link::None | Link::Unknown => pass.end = end,
        }
        let at = usize::try_from(pass.end.saturating_sub(1).saturating_sub(offset)).ok();
        pass.anchor = at.and_then(|at| hashes.get(at).copied().flatten());
        // A page of one item has no room for an overlap, unless more can be
        // asked for.
        let has_room = count > 1 || reply.limit == Some(1);
        let overlap = i64::from(self.overlaps && has_room && pass.anchor.is_some());
        if overlap == 0 {
            pass.anchor = None;
        }
        pass.next = Some(pass.end.saturating_sub(overlap));
        Ok(Verdict::Return(keep))
    }

    /// Counts a page. Returns an error if too many lead no further.
    fn count_page(&mut self, leads_further: bool) -> Result<(), Failure> {
        match leads_further {
            true => self.leading += 1,
            false => self.idle += 1,
        }
        if self.idle <= (self.leading + 8) * MOST_IDLE {
            return Ok(());
        }
        Err(match self.overlaps {
            true => Failure::Changed {
                count: self.count(),
            },
            false => Failure::Repeated,
        })
    }

    /// How many items have been returned.
    fn count(&self) -> i64 {
        let count = i64::try_from(self.seen.len()).unwrap_or(i64::MAX);
        count.saturating_add(self.unidentified)
    }

    /// Which of a page's items are new.
    fn keep(&mut self, hashes: &[Option<u64>]) -> Vec<bool> {
        let mut new = Vec::new();
        let mut keep = Vec::with_capacity(hashes.len());
        for (index, hash) in hashes.iter().enumerate() {
            keep.push(match hash {
                Some(hash) if self.seen.insert(*hash) => {
                    new.push(*hash);
                    self.pass.found += 1;
                    true
                }
                // Two items of one page with the same identity are two.
                Some(hash) if new.contains(hash) => {
                    self.unidentified += 1;
                    true
                }
                Some(hash) => {
                    let is_anchor = index == 0 && self.pass.anchor == Some(*hash);
                    self.pass.changed |= self.passes == 1 && !is_anchor;
                    false
                }
                None => {
                    // A further pass cannot distinguish those that were returned.
                    let is_first = self.passes == 1;
                    self.unidentified += i64::from(is_first);
                    is_first
                }
            });
        }
        keep
    }

    /// The pass is over: is the list?
    fn end_pass(&mut self, total: Option<i64>) -> Result<(), Failure> {
        let count = self.count();
        let least_total = self.trusted(self.pass.least_total);
        let pass = &mut self.pass;
        pass.next = None;
        // Without an overlap, the list is what the server returns.
        let ended_early = self.overlaps && matches!(total, Some(total) if pass.end < total);
        if !pass.changed || self.seen.len() == 0 || !self.overlaps {
            // Items that were returned once take several places.
            let returned = self.start.saturating_add(count);
            let is_short = self.passes > 1 && matches!(total, Some(total) if returned < total);
            return match total {
                Some(total) if ended_early => Err(Failure::EndedEarly { count, total }),
                _ if is_short => Err(Failure::Changed { count }),
                _ => Ok(()),
            };
        }
        let is_complete = match least_total {
            Some(total) => self.start.saturating_add(count) >= total,
            None => self.fixed_order || pass.found == 0,
        };
        // Many new items in a further pass: items may move faster than pages are
        // requested.
        let is_calm = pass.found.saturating_mul(MOST_NEW) <= count;
        if is_complete && (self.fixed_order || (self.passes > 1 && is_calm)) {
            return Ok(());
        }
        if self.passes == MAX_PASSES {
            return Err(Failure::Changed { count });
        }
        self.passes += 1;
        self.pass = Pass::new(self.start);
        Ok(())
    }
}

impl Pass {
    fn new(start: i64) -> Self {
        Self {
            next: Some(start),
            end: start,
            ..Self::default()
        }
    }

    /// Takes a total. Returns by how much it is lower than the one before.
    fn count(&mut self, total: Option<i64>) -> i64 {
        let before = std::mem::replace(&mut self.total, total);
        let (Some(before), Some(total)) = (before, total) else {
            self.least_total = total;
            return 0;
        };
        self.changed |= before != total;
        self.least_total = self.least_total.map(|least| min(least, total));
        before.saturating_sub(total)
    }

    /// Whether items may be missing between the last page and this one. Notes
    /// whether the list has shifted.
    fn has_gap(&mut self, reply: &Reply<'_>, seen: &HashedSet, is_first_pass: bool) -> bool {
        if self.anchor.is_none() || self.is_single {
            return false;
        }
        self.changed |= reply.hashes.first().copied().flatten() != self.anchor;
        for hash in reply.hashes {
            let Some(known) = *hash else { continue };
            let overlaps = match is_first_pass {
                true => seen.contains(known),
                false => self.last.contains(hash),
            };
            if overlaps {
                return false;
            }
        }
        true
    }

    /// Continues where a next link leads.
    fn follow(&mut self, offset: i64, next: i64, end: Option<i64>) -> Result<(), Failure> {
        if next <= offset {
            return Err(Failure::RepeatedLink);
        }
        self.has_next = true;
        self.end = next;
        self.next = Some(next);
        if end.is_none_or(|end| next > end) {
            // Positions without an item: there is nothing to overlap.
            self.anchor = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
