//! The difference between two JSON documents, as the operations of a JSON
//! Patch (RFC 6902).

mod matching;
mod typed_change;

use serde_json::{Map, Value};

pub(crate) use typed_change::with_change;

use super::PatchOperation;
use crate::json_pointer;
use matching::{IDENTITIES, Source, identity, in_order, sources};

/// The properties that count the changes of a resource or of a part of it.
const VERSIONS: [&str; 2] = ["_version", "version"];

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
#[inline]
pub(crate) fn version(object: &Map<String, Value>) -> Option<(&'static str, &Value)> {
    VERSIONS.iter().find_map(|name| {
        let value = object.get(*name)?;
        // Zero stands for a version that the server did not send.
        let is_version = value.as_f64().is_some_and(|v| v > 0.0 && v.fract() == 0.0);
        is_version.then_some((*name, value))
    })
}

/// The operations that change one document to the other.
#[inline]
pub(crate) fn operations(before: &Value, after: &Value, tests: Tests) -> Vec<PatchOperation> {
    let mut diff = Diff {
        tests,
        path: String::new(),
        operations: Vec::new(),
    };
    diff.value(before, after);
    diff.operations
}

struct Diff {
    tests: Tests,
    /// The place of the values that are compared.
    path: String,
    operations: Vec<PatchOperation>,
}

impl Diff {
    #[inline]
    fn value(&mut self, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Object(before), Value::Object(after)) => self.object(before, after),
            (Value::Array(before), Value::Array(after)) => self.array(before, after),
            _ => self.replace(before, after.clone()),
        }
    }

    #[inline]
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

    #[inline]
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
    #[inline]
    fn shorten(&mut self, start: usize, before: &[Value], after: &[Value]) {
        let is_move =
            |operation: &&PatchOperation| matches!(operation, PatchOperation::Move { .. });
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
    #[inline]
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
    #[inline]
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

    #[inline]
    fn replace(&mut self, old: &Value, value: Value) {
        self.test_value(old);
        let path = self.path.clone();
        self.operations
            .push(PatchOperation::Replace { path, value });
    }

    #[inline]
    fn remove(&mut self, old: &Value) {
        self.test_value(old);
        let path = self.path.clone();
        self.operations.push(PatchOperation::Remove { path });
    }

    #[inline]
    fn add(&mut self, value: Value) {
        let path = self.path.clone();
        self.operations.push(PatchOperation::Add { path, value });
    }

    #[inline]
    fn move_from(&mut self, from: String) {
        let path = self.path.clone();
        self.operations.push(PatchOperation::Move { from, path });
    }

    #[inline]
    fn test_value(&mut self, value: &Value) {
        if self.tests == Tests::Values {
            let test = self.test(value);
            self.operations.push(test);
        }
    }

    #[inline]
    fn test(&self, value: &Value) -> PatchOperation {
        PatchOperation::Test {
            path: self.path.clone(),
            value: value.clone(),
        }
    }

    fn at<T>(&mut self, index: usize, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.within(&index.to_string(), inner)
    }

    fn within<T>(&mut self, key: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.enter(key);
        let result = inner(self);
        self.path.truncate(outer);
        result
    }

    /// Appends a key to the path. Returns the length of the path before.
    #[inline]
    fn enter(&mut self, key: &str) -> usize {
        let outer = self.path.len();
        self.path.push('/');
        self.path.push_str(&json_pointer::escape(key));
        outer
    }
}

/// What has been tested of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pin {
    Identity,
    Whole,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rfc6902;

    /// The patch from one document to another, which must lead there.
    fn patch(tests: Tests, before: &Value, after: &Value) -> Vec<String> {
        let operations = operations(before, after, tests);
        let patch = serde_json::to_value(operations).unwrap();
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
            // Two elements with one key: the one that is more alike stays.
            (
                json!([{"key": "a", "n": 1}, {"key": "a", "n": 2}]),
                json!([{"key": "a", "n": 2, "x": 3}]),
                vec!["remove /0", "add /0/x 3"],
            ),
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
    fn values_that_a_patch_depends_on_are_tested() {
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
