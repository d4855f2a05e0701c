//! The difference between two JSON documents, as the operations of a JSON
//! Patch (RFC 6902).

use std::{
    collections::{HashMap, HashSet, VecDeque},
    ops::Range,
};

use json_patch::{
    AddOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation, TestOperation,
};
use jsonptr::PointerBuf;
use serde_json::{Map, Value};

/// The properties that identify an element of an array, the most reliable
/// first.
const IDENTITIES: [&str; 3] = ["_id", "id", "key"];

/// The properties that count the changes of a resource or of a part of it.
const VERSIONS: [&str; 2] = ["_version", "version"];

/// Up to this many pairs of elements without identity are compared with each
/// other; more than that are paired in order.
const MAX_COMPARISONS: usize = 100_000;

/// With more moves than this, it is worth comparing a patch with one that
/// replaces the whole array.
const FEW_MOVES: usize = 2;

/// The `test` operations of a difference. They make the patch fail if the
/// document has changed since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    /// None.
    None,
    /// Of the version of each object in which something changes, where it has
    /// one.
    Versions,
    /// Of each value that is replaced or removed, and of the elements of arrays
    /// whose position the patch relies on.
    Values,
}

/// The version of a resource: its property and its value.
pub(crate) fn version(object: &Map<String, Value>) -> Option<(&'static str, &Value)> {
    VERSIONS.iter().find_map(|name| {
        let value = object.get(*name)?;
        // Zero stands for a version that the server did not send.
        let is_version = value.as_f64().is_some_and(|v| v > 0.0 && v.fract() == 0.0);
        is_version.then_some((*name, value))
    })
}

/// Returns `raw` with the change that leads from `before` to `after`.
///
/// `raw` is what the server sent and `before` what a type holds of it, so that
/// `raw` may have more properties, and null or nothing where `before` has an
/// empty value. Whatever did not change stays as it is in `raw`.
pub(crate) fn with_change(raw: &Value, before: &Value, after: &Value) -> Value {
    if before == after {
        return raw.clone();
    }
    match (raw, before, after) {
        (Value::Object(raw), Value::Object(before), Value::Object(after)) => {
            object_with_change(raw, before, after).into()
        }
        // A type holds each element of an array, in order.
        (Value::Array(raw), Value::Array(before), Value::Array(after))
            if raw.len() == before.len() =>
        {
            let changed = |(source, new): (Source, &Value)| match source {
                Source::Same(index) => with_change(&raw[index], &before[index], new),
                Source::Replaces(_) | Source::New => new.clone(),
            };
            let sources = sources(before, after);
            sources.into_iter().zip(after).map(changed).collect()
        }
        _ => after.clone(),
    }
}

fn object_with_change(
    raw: &Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Map<String, Value> {
    let mut changed = raw.clone();
    for (key, new) in after {
        let value = match (raw.get(key), before.get(key)) {
            (_, Some(old)) if old == new => continue,
            (Some(raw), Some(old)) => with_change(raw, old, new),
            _ => new.clone(),
        };
        changed.insert(key.clone(), value);
    }
    changed.retain(|key, _| after.contains_key(key) || !before.contains_key(key));
    changed
}

/// The operations that change one document to the other.
pub(crate) fn operations(before: &Value, after: &Value, tests: Tests) -> Vec<PatchOperation> {
    let mut diff = Diff {
        tests,
        path: PointerBuf::new(),
        operations: Vec::new(),
    };
    diff.value(before, after);
    diff.operations
}

struct Diff {
    tests: Tests,
    /// The place of the values that are compared.
    path: PointerBuf,
    operations: Vec<PatchOperation>,
}

impl Diff {
    fn value(&mut self, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Object(before), Value::Object(after)) => self.object(before, after),
            (Value::Array(before), Value::Array(after)) => self.array(before, after),
            _ => self.replace(before, after.clone()),
        }
    }

    fn object(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        let start = self.operations.len();
        for (key, old) in before {
            self.within(key, |diff| match after.get(key) {
                // What a server shows as null may be missing in the document
                // that it patches, where `replace` fails.
                Some(new) if old.is_null() && !new.is_null() => {
                    diff.test_value(old);
                    diff.add(new.clone());
                }
                Some(new) => diff.value(old, new),
                None => diff.remove(old),
            });
        }
        for (key, new) in after {
            if !before.contains_key(key) {
                self.within(key, |diff| diff.add(new.clone()));
            }
        }
        if self.tests == Tests::Versions
            && self.operations.len() > start
            && let Some((name, version)) = version(before)
        {
            let test = self.within(name, |diff| diff.test(version));
            self.operations.insert(start, test);
        }
    }

    fn array(&mut self, before: &[Value], after: &[Value]) {
        let sources = sources(before, after);
        let is_kept = |source: &Source| matches!(source, Source::Same(_));
        if !before.is_empty() && before.len().max(after.len()) > 1 && !sources.iter().any(is_kept) {
            return self.replace(&before.to_vec().into(), after.to_vec().into());
        }
        let start = self.operations.len();
        let mut pins = vec![None; before.len()];
        self.arrange(before, after, &sources, &mut pins);
        for (index, (source, new)) in sources.iter().zip(after).enumerate() {
            match *source {
                Source::Same(old) if before[old] != *new => {
                    let pin = self.pin(before, old, index, &mut pins);
                    let tests = self.tests;
                    // All of it has been tested.
                    if pin == Pin::Whole {
                        self.tests = Tests::None;
                    }
                    self.at(index, |diff| diff.value(&before[old], new));
                    self.tests = tests;
                }
                Source::Replaces(old) => {
                    self.at(index, |diff| diff.replace(&before[old], new.clone()));
                }
                Source::Same(_) | Source::New => {}
            }
        }
        self.shorten(start, before, after);
    }

    /// Replaces an array without objects and arrays in it as a whole, in place
    /// of the operations from `start` on, if many of them move elements and the
    /// patch becomes shorter.
    fn shorten(&mut self, start: usize, before: &[Value], after: &[Value]) {
        let is_move = |operation: &&PatchOperation| matches!(operation, PatchOperation::Move(_));
        let moves = self.operations[start..].iter().filter(is_move).count();
        let is_nested = |value: &Value| value.is_object() || value.is_array();
        if moves <= FEW_MOVES || before.iter().chain(after).any(is_nested) {
            return;
        }
        let length = |operations: &[PatchOperation]| {
            serde_json::to_string(operations).map_or(0, |text| text.len())
        };
        let moved = self.operations.split_off(start);
        self.replace(&before.to_vec().into(), after.to_vec().into());
        if length(&moved) <= length(&self.operations[start..]) {
            self.operations.truncate(start);
            self.operations.extend(moved);
        }
    }

    /// Removes, adds and moves elements until each element that stays is at its
    /// new index. The longest sequence of elements whose order stays is not
    /// moved.
    fn arrange(
        &mut self,
        before: &[Value],
        after: &[Value],
        sources: &[Source],
        pins: &mut [Option<Pin>],
    ) {
        let mut target = vec![None; before.len()];
        for (index, source) in sources.iter().enumerate() {
            if let Some(old) = source.index() {
                target[old] = Some(index);
            }
        }
        // From the end, so that the indexes of the others stay.
        for (index, old) in before.iter().enumerate().rev() {
            if target[index].is_none() {
                self.at(index, |diff| diff.remove(old));
            }
        }
        // The elements of the array at this point of the patch, by their
        // indexes in `after`.
        let mut list: Vec<usize> = target.into_iter().flatten().collect();
        let stays = in_order(sources);
        for index in (0..after.len()).filter(|index| !stays[*index]) {
            let from = list.iter().position(|other| *other == index);
            if let (Some(from), Some(old)) = (from, sources[index].index()) {
                self.pin(before, old, from, pins);
                list.remove(from);
            }
            let to = index
                .checked_sub(1)
                .and_then(|previous| list.iter().position(|other| *other == previous))
                .map_or(0, |previous| previous + 1);
            let next = list.get(to).and_then(|next| sources[*next].index());
            if let Some(next) = next {
                // The element that moves may still be in front of it.
                let shift = usize::from(from.is_some_and(|from| from <= to));
                self.pin(before, next, to + shift, pins);
            }
            let token = match self.tests {
                // Wherever the end is by then.
                Tests::Values if to == list.len() => "-".to_owned(),
                _ => to.to_string(),
            };
            let from = from.map(|from| self.at(from, |diff| diff.path.clone()));
            self.within(&token, |diff| match from {
                Some(from) => diff.move_from(from),
                None => diff.add(after[index].clone()),
            });
            list.insert(to, index);
        }
    }

    /// Tests, once in a patch, that an element is at an index: by its identity,
    /// so that unrelated changes of the element do not matter, or by all of it
    /// where it has none of its own.
    fn pin(&mut self, before: &[Value], old: usize, index: usize, pins: &mut [Option<Pin>]) -> Pin {
        if self.tests != Tests::Values {
            return Pin::Identity;
        }
        if let Some(pin) = pins[old] {
            return pin;
        }
        let own = IDENTITIES.iter().find_map(|name| {
            let value = identity(&before[old], name)?;
            let same = |other: &&Value| identity(other, name) == Some(value);
            (before.iter().filter(same).count() == 1).then_some((*name, value))
        });
        let pin = self.at(index, |diff| match own {
            Some((name, value)) => {
                diff.within(name, |diff| diff.test_value(value));
                Pin::Identity
            }
            None => {
                diff.test_value(&before[old]);
                Pin::Whole
            }
        });
        pins[old] = Some(pin);
        pin
    }

    fn replace(&mut self, old: &Value, value: Value) {
        self.test_value(old);
        let path = self.path.clone();
        self.operations
            .push(PatchOperation::Replace(ReplaceOperation { path, value }));
    }

    fn remove(&mut self, old: &Value) {
        self.test_value(old);
        let path = self.path.clone();
        self.operations
            .push(PatchOperation::Remove(RemoveOperation { path }));
    }

    fn add(&mut self, value: Value) {
        let path = self.path.clone();
        self.operations
            .push(PatchOperation::Add(AddOperation { path, value }));
    }

    fn move_from(&mut self, from: PointerBuf) {
        let path = self.path.clone();
        self.operations
            .push(PatchOperation::Move(MoveOperation { from, path }));
    }

    fn test_value(&mut self, value: &Value) {
        if self.tests == Tests::Values {
            let test = self.test(value);
            self.operations.push(test);
        }
    }

    fn test(&self, value: &Value) -> PatchOperation {
        PatchOperation::Test(TestOperation {
            path: self.path.clone(),
            value: value.clone(),
        })
    }

    fn at<T>(&mut self, index: usize, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.within(&index.to_string(), inner)
    }

    fn within<T>(&mut self, key: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push_back(key);
        let result = inner(self);
        self.path.pop_back();
        result
    }
}

/// What has been tested of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pin {
    Identity,
    Whole,
}

/// Where an element of a changed array comes from: an index before the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// It is this element, which may have changed inside.
    Same(usize),
    /// It is a new element in the place of this one.
    Replaces(usize),
    /// It is a new element in a place of its own.
    New,
}

impl Source {
    fn index(self) -> Option<usize> {
        match self {
            Self::Same(index) | Self::Replaces(index) => Some(index),
            Self::New => None,
        }
    }
}

/// The value that identifies an element, if it has the property. An empty text
/// identifies nothing: it stands for a property that the server did not send.
fn identity<'a>(element: &'a Value, name: &str) -> Option<&'a Value> {
    let value = element.get(name)?;
    let is_identity = match value {
        Value::String(text) => !text.is_empty(),
        other => other.is_number(),
    };
    is_identity.then_some(value)
}

/// Whether two elements have the same value of a property, or both have none.
fn agree(before: &Value, after: &Value, name: &str) -> bool {
    identity(before, name) == identity(after, name)
}

/// Where each element of an array comes from: equal elements are the same, then
/// those of the same identity, then those without identity that are most alike.
fn sources(before: &[Value], after: &[Value]) -> Vec<Source> {
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
    matching.match_by(|value| Some(value.to_string()), |_, _| true);
    for (rank, name) in IDENTITIES.iter().enumerate() {
        // A better identity must not say otherwise.
        let is_same = |before: &Value, after: &Value| {
            IDENTITIES[..rank].iter().all(|better| {
                agree(before, after, better)
                    || identity(before, better).is_none()
                    || identity(after, better).is_none()
            })
        };
        let key = |value: &Value| identity(value, name).map(Value::to_string);
        let repeated = matching.repeated(key);
        let is_unique = |key: &String| !repeated.contains(key);
        matching.match_by(|value| key(value).filter(is_unique), is_same);
    }
    matching.match_the_rest();
    matching.sources
}

/// The elements of an array before and after a change, and which of them are
/// the same.
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
    fn match_one(&mut self, old: usize, new: usize) {
        self.sources[new] = Source::Same(old);
        self.is_used[old] = true;
    }

    /// The elements of a range that come from nowhere yet.
    fn unmatched(&self, range: Range<usize>) -> Vec<usize> {
        let is_new = |index: &usize| self.sources[*index] == Source::New;
        range.filter(is_new).collect()
    }

    /// The keys that identify no element: several of the elements before the
    /// change, or of those after it, have the same.
    fn repeated(&self, key: impl Fn(&Value) -> Option<String>) -> HashSet<String> {
        let mut repeated = HashSet::new();
        let old = self.old.clone().filter(|old| !self.is_used[*old]);
        let before: Vec<_> = old.map(|old| &self.before[old]).collect();
        let new = self.unmatched(self.new.clone());
        let after: Vec<_> = new.iter().map(|new| &self.after[*new]).collect();
        for side in [before, after] {
            let mut seen = HashSet::new();
            let keys = side.into_iter().filter_map(&key);
            repeated.extend(keys.filter(|key| !seen.insert(key.clone())));
        }
        repeated
    }

    /// Matches the elements that have the same key, in order.
    fn match_by(
        &mut self,
        key: impl Fn(&Value) -> Option<String>,
        is_same: impl Fn(&Value, &Value) -> bool,
    ) {
        let mut by_key: HashMap<String, VecDeque<usize>> = HashMap::new();
        for old in self.old.clone().filter(|old| !self.is_used[*old]) {
            if let Some(key) = key(&self.before[old]) {
                by_key.entry(key).or_default().push_back(old);
            }
        }
        for new in self.unmatched(self.new.clone()) {
            let candidates = key(&self.after[new]).and_then(|key| by_key.get_mut(&key));
            let Some(candidates) = candidates else {
                continue;
            };
            let is_it = |old: &usize| is_same(&self.before[*old], &self.after[new]);
            let found = candidates.iter().position(is_it);
            if let Some(old) = found.and_then(|found| candidates.remove(found)) {
                self.match_one(old, new);
            }
        }
    }

    /// Whether an element comes from this one rather than from another that is
    /// as much alike: otherwise it would get properties that are another's.
    fn is_clear(&self, olds: &[usize], news: &[usize], old: usize, new: usize) -> bool {
        if olds.len() == news.len() {
            return true;
        }
        let of = |old: usize| likeness(&self.before[old], &self.after[new]);
        let least = of(old);
        olds.len() * news.len() <= MAX_COMPARISONS
            && olds.iter().all(|other| *other == old || of(*other) < least)
    }

    /// Matches what is left over between the elements that stay in order.
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

/// Whether two elements can be the same one although neither has an identity.
fn is_same_without_identity(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(_), Value::Object(_)) => {
            IDENTITIES.iter().all(|name| agree(before, after, name))
        }
        (Value::Array(_), Value::Array(_)) => true,
        _ => false,
    }
}

/// How much two elements have in common, if they can be the same one: the
/// properties they share, where an empty value says little.
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
fn in_order(sources: &[Source]) -> Vec<bool> {
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

#[cfg(test)]
mod tests {
    use json_patch::Patch;
    use serde_json::json;

    use super::*;
    use crate::rfc6902;

    /// The patch from one document to another, which must lead there.
    fn patch(tests: Tests, before: &Value, after: &Value) -> Vec<String> {
        let operations = operations(before, after, tests);
        let patch = serde_json::to_value(Patch(operations)).unwrap();
        let mut changed = before.clone();
        rfc6902::apply(&mut changed, &patch).unwrap();
        assert_eq!(&changed, after, "{patch}");
        let operations = patch.as_array().unwrap().iter();
        operations
            .map(|operation| {
                let part = |name: &str| operation.get(name).map(|part| format!(" {part}"));
                let parts = ["from", "path", "value"].map(|name| part(name).unwrap_or_default());
                format!("{}{}", operation["op"].as_str().unwrap(), parts.concat()).replace('"', "")
            })
            .collect()
    }

    #[test]
    fn elements_are_matched_by_value_identity_and_likeness() {
        let numbers: Vec<i32> = (0..50).collect();
        let cases = [
            // The first of many, a new one in the middle, the last to the front.
            (json!(numbers), json!(numbers[1..]), vec!["remove /0"]),
            (json!([1, 2]), json!([1, 3, 2]), vec!["add /1 3"]),
            (json!([1, 2, 3, 4]), json!([4, 1, 2, 3]), vec!["move /3 /0"]),
            (json!([1, 2, 3, 4]), json!([2, 3, 4, 1]), vec!["move /0 /3"]),
            (json!([1, 2, 3]), json!([1, 4, 3]), vec!["replace /1 4"]),
            (json!([1, 2, 1]), json!([2, 1]), vec!["remove /0"]),
            (json!([1, 2]), json!([]), vec!["replace  []"]),
            (json!([1, 2]), json!([3, 4]), vec!["replace  [3,4]"]),
            // By identity, although what is inside has changed too.
            (
                json!([{"_id": 1, "x": 1}, {"_id": 2, "x": 2}, {"_id": 3}]),
                json!([{"_id": 3}, {"_id": 2, "x": 3}]),
                vec!["remove /0", "move /1 /0", "replace /1/x 3"],
            ),
            // `_id` says more than `key`.
            (
                json!([{"_id": 1, "key": "a"}, {"_id": 2, "key": "b"}]),
                json!([{"_id": 2, "key": "a"}]),
                vec!["remove /0", "replace /0/key a"],
            ),
            // Another identity is another element, an added one too.
            (
                json!([{"key": "a", "x": 1}, {"key": "b"}]),
                json!([{"key": "c", "x": 1}, {"key": "b"}, {"key": "b"}]),
                vec!["add /1 {key:b}", "replace /0 {key:c,x:1}"],
            ),
            // Without identity, the one that is most alike.
            (
                json!([{"x": 1, "y": 1}, {"x": 2, "y": 1}, {"x": 3, "y": 1}]),
                json!([{"x": 2, "y": 2}, {"x": 3, "y": 1}]),
                vec!["remove /0", "replace /0/y 2"],
            ),
            // Null may be missing in the document that the server patches.
            (json!({"x": null}), json!({"x": [1]}), vec!["add /x [1]"]),
            (json!([null]), json!([1]), vec!["replace /0 1"]),
        ];
        for (before, after, expected) in cases {
            assert_eq!(patch(Tests::None, &before, &after), expected);
        }
    }

    #[test]
    fn what_a_patch_relies_on_is_tested() {
        let cases = [
            (
                json!({"x": 1}),
                json!({"x": 2}),
                vec!["test /x 1", "replace /x 2"],
            ),
            (
                json!({"x": null}),
                json!({"x": 2}),
                vec!["test /x null", "add /x 2"],
            ),
            (json!({"x": 1}), json!({}), vec!["test /x 1", "remove /x"]),
            (json!({}), json!({"x": 1}), vec!["add /x 1"]),
            (json!([1, 2]), json!([2]), vec!["test /0 1", "remove /0"]),
            (json!([1]), json!([1, 2]), vec!["add /- 2"]),
            (
                json!([1, 2]),
                json!([1, 3, 4, 2]),
                vec!["test /1 2", "add /1 3", "add /2 4"],
            ),
            (
                json!([1, 2, 3]),
                json!([2, 3, 1]),
                vec!["test /0 1", "move /0 /-"],
            ),
            (
                json!([1, 2, 3]),
                json!([3, 1, 2]),
                vec!["test /2 3", "test /0 1", "move /2 /0"],
            ),
            // The identity only where the element stays, all of it where it goes.
            (
                json!([{"_id": 1, "x": 1}, {"_id": 2, "x": 2}]),
                json!([{"_id": 2, "x": 3}]),
                vec![
                    "test /0 {_id:1,x:1}",
                    "remove /0",
                    "test /0/_id 2",
                    "test /0/x 2",
                    "replace /0/x 3",
                ],
            ),
            // An identity that two elements have is none.
            (
                json!([{"key": "a", "x": 1}, {"key": "a", "x": 2}]),
                json!([{"key": "a", "x": 1}, {"key": "a", "x": 3}]),
                vec!["test /1 {key:a,x:2}", "replace /1/x 3"],
            ),
        ];
        for (before, after, expected) in cases {
            assert_eq!(patch(Tests::Values, &before, &after), expected);
        }
    }

    #[test]
    fn each_version_above_a_change_is_tested() {
        let document = |on: bool, name: &str| {
            json!({
                "_version": 7,
                "environments": {"a": {"version": 3, "on": on}, "b": {"version": 4}},
                "name": name,
                "owner": {"version": 0},
            })
        };
        let (before, after) = (document(true, "x"), document(false, "x"));
        assert_eq!(
            patch(Tests::Versions, &before, &after),
            [
                "test /_version 7",
                "test /environments/a/version 3",
                "replace /environments/a/on false"
            ]
        );
        let after = document(true, "y");
        assert_eq!(
            patch(Tests::Versions, &before, &after),
            ["test /_version 7", "replace /name y"]
        );
    }
}
