//! Which elements of an array are the same before and after a change.

use std::{collections::HashMap, ops::Range};

use serde_json::Value;

/// The properties that identify an element of an array, the most reliable
/// first.
pub(super) const IDENTITIES: [&str; 3] = ["_id", "id", "key"];

/// The maximum number of pairs of elements without identity that are compared.
/// Larger arrays are paired in order.
const MAX_COMPARISONS: usize = 100_000;

/// The origin of an element after a change: an index before the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// This element, perhaps changed inside.
    Same(usize),
    /// A new element in place of this one.
    Replaces(usize),
    /// A new element in a place of its own.
    New,
}

impl Source {
    #[inline]
    pub(super) fn index(self) -> Option<usize> {
        match self {
            Self::Same(index) | Self::Replaces(index) => Some(index),
            Self::New => None,
        }
    }
}

/// Returns the value of an identifying property. An empty string identifies
/// nothing, because it is the default of a missing property.
#[inline]
pub(super) fn identity<'a>(element: &'a Value, name: &str) -> Option<&'a Value> {
    let value = element.get(name)?;
    let is_identity = match value {
        Value::String(text) => !text.is_empty(),
        other => other.is_number(),
    };
    is_identity.then_some(value)
}

/// Whether two elements have the same value of a property, or both have none.
#[inline]
fn agree(before: &Value, after: &Value, name: &str) -> bool {
    identity(before, name) == identity(after, name)
}

/// Finds the origin of each element: first equal elements, then elements with
/// the same identity, then elements without identity that are most alike.
#[inline]
pub(super) fn sources(before: &[Value], after: &[Value]) -> Vec<Source> {
    let equal = |(before, after): &(&Value, &Value)| before == after;
    let head = before.iter().zip(after).take_while(equal).count();
    let (old, new) = (before[head..].iter().rev(), after[head..].iter().rev());
    let tail = old.zip(new).take_while(equal).count();
    let mut matching = Matching {
        before,
        after,
        old: head..before.len() - tail,
        new: head..after.len() - tail,
        is_used: vec![false; before.len()],
        sources: vec![Source::New; after.len()],
    };
    for index in 0..head {
        matching.match_one(index, index);
    }
    for distance in 1..=tail {
        matching.match_one(before.len() - distance, after.len() - distance);
    }
    matching.match_by(&|value| Some(value.to_string()), false, &|_, _| true);
    for (rank, name) in IDENTITIES.iter().enumerate() {
        // A more reliable identity must not contradict.
        let is_same = |before: &Value, after: &Value| {
            IDENTITIES[..rank].iter().all(|better| {
                agree(before, after, better)
                    || identity(before, better).is_none()
                    || identity(after, better).is_none()
            })
        };
        let key = |value: &Value| identity(value, name).map(Value::to_string);
        matching.match_by(&key, true, &is_same);
    }
    matching.match_the_rest();
    matching.sources
}

/// Returns the indexes of the elements with each key.
#[inline]
fn by_key(
    elements: &[Value],
    indexes: &[usize],
    key: &dyn Fn(&Value) -> Option<String>,
) -> HashMap<String, Vec<usize>> {
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for index in indexes {
        if let Some(key) = key(&elements[*index]) {
            by_key.entry(key).or_default().push(*index);
        }
    }
    by_key
}

/// The elements of an array before and after a change, and how they match.
struct Matching<'a> {
    before: &'a [Value],
    after: &'a [Value],
    /// Without the equal elements at the start and at the end.
    old: Range<usize>,
    new: Range<usize>,
    is_used: Vec<bool>,
    sources: Vec<Source>,
}

impl Matching<'_> {
    #[inline]
    fn match_one(&mut self, old: usize, new: usize) {
        self.sources[new] = Source::Same(old);
        self.is_used[old] = true;
    }

    /// Returns the elements of a range without an origin.
    #[inline]
    fn unmatched(&self, range: Range<usize>) -> Vec<usize> {
        let is_new = |index: &usize| self.sources[*index] == Source::New;
        range.filter(is_new).collect()
    }

    /// Matches the elements with the same key, in order. If the key is an
    /// identity, elements that share it with another one are not matched.
    #[inline]
    fn match_by(
        &mut self,
        key: &dyn Fn(&Value) -> Option<String>,
        is_identity: bool,
        is_same: &dyn Fn(&Value, &Value) -> bool,
    ) {
        let old: Vec<usize> = self.old.clone().filter(|old| !self.is_used[*old]).collect();
        let before = by_key(self.before, &old, key);
        let after = by_key(self.after, &self.unmatched(self.new.clone()), key);
        for (key, news) in after {
            let Some(olds) = before.get(&key) else {
                continue;
            };
            if is_identity && (olds.len() > 1 || news.len() > 1) {
                continue;
            }
            for (old, new) in olds.iter().zip(news) {
                if is_same(&self.before[*old], &self.after[new]) {
                    self.match_one(*old, new);
                }
            }
        }
    }

    /// Whether no other element is as similar. Otherwise the element could get
    /// properties of another.
    #[inline]
    fn is_clear(&self, olds: &[usize], news: &[usize], old: usize, new: usize) -> bool {
        if olds.len() == news.len() {
            return true;
        }
        let of = |old: usize| likeness(&self.before[old], &self.after[new]);
        let least = of(old);
        olds.len() * news.len() <= MAX_COMPARISONS
            && olds.iter().all(|other| *other == old || of(*other) < least)
    }

    /// Matches the remaining elements between those that stay in order.
    #[inline]
    fn match_the_rest(&mut self) {
        let stays = in_order(&self.sources);
        let mut ends: Vec<(usize, usize)> = self
            .new
            .clone()
            .filter(|new| stays[*new])
            .filter_map(|new| Some((self.sources[new].index()?, new)))
            .collect();
        ends.push((self.old.end, self.new.end));
        let (mut old_start, mut new_start) = (self.old.start, self.new.start);
        for (old_end, new_end) in ends {
            let olds = (old_start..old_end).filter(|old| !self.is_used[*old]);
            let olds: Vec<usize> = olds.collect();
            let news = self.unmatched(new_start..new_end);
            for (old, new) in pairs(self.before, self.after, &olds, &news) {
                let (before, after) = (&self.before[old], &self.after[new]);
                let is_same = is_same_without_identity(before, after)
                    && (self.before.len() == self.after.len()
                        || likeness(before, after) > 0 && self.is_clear(&olds, &news, old, new));
                if is_same {
                    self.match_one(old, new);
                } else {
                    self.sources[new] = Source::Replaces(old);
                }
            }
            (old_start, new_start) = (old_end + 1, new_end + 1);
        }
    }
}

/// Whether two elements without identity can be the same.
#[inline]
fn is_same_without_identity(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => {
            IDENTITIES.iter().all(|name| agree(before, after, name))
        }
        (Value::Array(_), Value::Array(_)) => true,
        _ => false,
    }
}

/// Returns how similar two elements are: the properties they share, where an
/// empty value counts little.
#[inline]
fn likeness(before: &Value, after: &Value) -> usize {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return 0;
    };
    if !is_same_without_identity(before, after) {
        return 0;
    }
    let shared = old
        .iter()
        .filter(|(key, value)| new.get(*key) == Some(*value));
    shared
        .map(|(_, value)| if is_empty(value) { 1 } else { 100 })
        .sum()
}

#[inline]
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// Pairs as many elements as there are on the shorter side, in order and so
/// that they are as alike as possible in all.
#[inline]
fn pairs(before: &[Value], after: &[Value], olds: &[usize], news: &[usize]) -> Vec<(usize, usize)> {
    let in_order = || olds.iter().copied().zip(news.iter().copied()).collect();
    let has_choice = olds.len() != news.len() && !olds.is_empty() && !news.is_empty();
    if !has_choice || olds.len() * news.len() > MAX_COMPARISONS {
        return in_order();
    }
    // The best total for the elements from `o` and from `n` on. One more pair
    // counts more than any likeness.
    let score = |o: usize, n: usize| {
        let likeness = likeness(&before[olds[o]], &after[news[n]]);
        (1_usize << 32) + likeness
    };
    let width = news.len() + 1;
    let mut best = vec![0; (olds.len() + 1) * width];
    for o in (0..olds.len()).rev() {
        for n in (0..news.len()).rev() {
            let paired = score(o, n) + best[(o + 1) * width + n + 1];
            let skipped = best[(o + 1) * width + n].max(best[o * width + n + 1]);
            best[o * width + n] = paired.max(skipped);
        }
    }
    let (mut o, mut n, mut found) = (0, 0, Vec::new());
    while o < olds.len() && n < news.len() {
        let here = best[o * width + n];
        if here == score(o, n) + best[(o + 1) * width + n + 1] {
            found.push((olds[o], news[n]));
            (o, n) = (o + 1, n + 1);
        } else if here == best[(o + 1) * width + n] {
            o += 1;
        } else {
            n += 1;
        }
    }
    found
}

/// Which elements need not move: the longest sequence whose order stays.
#[inline]
pub(super) fn in_order(sources: &[Source]) -> Vec<bool> {
    // The ends of the sequences of each length, where the source at the end is
    // least; and for each element the one before it in its sequence.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut previous = vec![None; sources.len()];
    for (index, source) in sources.iter().enumerate() {
        let Some(old) = source.index() else { continue };
        let length = ends.partition_point(|(end, _)| *end < old);
        previous[index] = length.checked_sub(1).map(|shorter| ends[shorter].1);
        match ends.get_mut(length) {
            Some(end) => *end = (old, index),
            None => ends.push((old, index)),
        }
    }
    let mut stays = vec![false; sources.len()];
    let mut next = ends.last().map(|(_, index)| *index);
    while let Some(index) = next {
        stays[index] = true;
        next = previous[index];
    }
    stays
}
