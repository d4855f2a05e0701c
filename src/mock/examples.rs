//! Examples of whatever may be answered.

use std::any::type_name;

use json_patch::{Patch, PatchOperation, ReplaceOperation};
use jsonptr::PointerBuf;
use serde::Serialize;

use crate::{
    UnixMillis,
    codec::{Alternatives, Object, ReadProperty, Union, Value, WriteProperties},
};

/// Makes full example values of the types of answers, which cannot be written
/// out elsewhere: LaunchDarkly may add properties to them at any time.
///
/// The fields that matter to a test are set afterwards:
///
/// ```
/// use launchdarkly_api::{mock::Examples, types::FeatureFlag};
///
/// let mut flag: FeatureFlag = Examples::new().items(2).make();
/// flag.key = "new-checkout".to_owned();
/// assert_eq!(flag.name, "name");
/// assert_eq!(flag.variations.len(), 2);
/// ```
///
/// The same is value each time. A text is the name of its property in JSON, an
/// enumeration the first value that is known, one of several types the first of
/// them, a number 1 or 1.5, and a boolean true. Where a type would hold itself
/// it ends: nothing, or an empty list. An answer that has a field for the link
/// to its next page has that link too: empty it where pages are walked.
///
/// In lists of more than one member, and maps, the texts of the second and
/// later members end in the places they have in each list they are in, counted
/// from one: `key`, `key-2`, and in a list inside of it `_id-2-1`, `_id-2-2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examples {
    items: usize,
    optional: bool,
    time: UnixMillis,
}

/// 14 November 2023, 22:13:20 UTC.
const TIME: UnixMillis = UnixMillis::new(1_700_000_000_000);

impl Examples {
    /// One member a list, every property, and all points in time 14 November
    /// 2023, 22:13:20 UTC.
    #[must_use]
    pub fn new() -> Self {
        Self {
            items: 1,
            optional: true,
            time: TIME,
        }
    }

    /// How many members each list and map has. Lists in lists multiply.
    #[must_use]
    pub fn items(mut self, items: usize) -> Self {
        self.items = items;
        self
    }

    /// Whether the properties are filled that may be left out.
    #[must_use]
    pub fn optional(mut self, filled: bool) -> Self {
        self.optional = filled;
        self
    }

    /// What each point in time is.
    #[must_use]
    pub fn time(mut self, time: impl Into<UnixMillis>) -> Self {
        self.time = time.into();
        self
    }

    /// An example of a type: one in [`types`](mod@crate::types), or a list or
    /// map of them.
    #[must_use]
    pub fn make<T: Example>(&self) -> T {
        T::example(&mut ExampleContext {
            examples: self,
            name: "value",
            members: Vec::new(),
            inside: Vec::new(),
        })
    }
}

impl Default for Examples {
    fn default() -> Self {
        Self::new()
    }
}

/// The types of which [`Examples`] makes values: all in
/// [`types`](mod@crate::types), lists and maps of them, and what they are value
/// of.
pub trait Example: sealed::MakeExample {}

impl<T: sealed::MakeExample> Example for T {}

mod sealed {
    pub trait MakeExample {
        fn example(context: &mut super::ExampleContext<'_>) -> Self;
    }
}

impl<T: Value> sealed::MakeExample for T {
    fn example(context: &mut ExampleContext<'_>) -> T {
        // Only what stands inside of itself has none.
        T::example(context).unwrap_or_else(T::error_corrected_default)
    }
}

/// An example that is being value.
#[derive(Debug)]
pub struct ExampleContext<'a> {
    examples: &'a Examples,
    /// The property it is value for.
    name: &'static str,
    /// Its places in the lists it is in.
    members: Vec<usize>,
    /// The types it is in.
    inside: Vec<&'static str>,
}

impl ExampleContext<'_> {
    pub(crate) fn time(&self) -> UnixMillis {
        self.examples.time
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.name.to_owned();
        if self.members.iter().any(|&place| place > 1) {
            for place in &self.members {
                text.push_str(&format!("-{place}"));
            }
        }
        text
    }

    pub(crate) fn patch(&self) -> Patch {
        Patch(vec![PatchOperation::Replace(ReplaceOperation {
            path: PointerBuf::from_tokens([self.text()]),
            value: self.text().into(),
        })])
    }

    /// The members of a list or a map.
    pub(crate) fn members<T, C: FromIterator<T>>(
        &mut self,
        mut make: impl FnMut(&mut Self) -> Option<T>,
    ) -> C {
        (1..=self.examples.items)
            .map_while(|place| {
                self.members.push(place);
                let member = make(self);
                self.members.pop();
                member
            })
            .collect()
    }

    /// Makes a value of a type, unless it is in one already.
    pub(crate) fn inside<T>(&mut self, make: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let name = type_name::<T>();
        if self.inside.contains(&name) {
            return None;
        }
        self.inside.push(name);
        let value = make(self);
        self.inside.pop();
        value
    }
}

/// An object, with what its properties are examples of.
pub(crate) fn object<T: Object>(context: &mut ExampleContext<'_>) -> Option<T> {
    context.inside(|context| {
        let mut object = T::error_corrected_default();
        let mut names = Names {
            optional: context.examples.optional,
            names: Vec::new(),
        };
        object.write_properties(&mut names);
        for name in names.names {
            let outer = std::mem::replace(&mut context.name, name);
            object.read_property(name, Filling(context));
            context.name = outer;
        }
        Some(object)
    })
}

/// The names of an object's properties.
struct Names {
    optional: bool,
    names: Vec<&'static str>,
}

impl WriteProperties for Names {
    fn required<T: Value + Serialize>(&mut self, name: &'static str, _: &T) {
        self.names.push(name);
    }

    fn optional<T: Value + Serialize>(&mut self, name: &'static str, _: &T) {
        if self.optional {
            self.names.push(name);
        }
    }
}

/// Puts an example into a property.
struct Filling<'a, 'b>(&'a mut ExampleContext<'b>);

impl ReadProperty for Filling<'_, '_> {
    fn read_into<T: Value>(self, field: &mut T) {
        if let Some(value) = T::example(self.0) {
            *field = value;
        }
    }

    fn ignore(self) {}
}

/// The first alternative of which there is an example.
pub(crate) fn union<T: Union>(context: &mut ExampleContext<'_>) -> Option<T> {
    context.inside(|context| {
        let mut first = First {
            context,
            found: None,
        };
        T::alternatives(&mut first);
        first.found
    })
}

struct First<'a, 'b, U> {
    context: &'a mut ExampleContext<'b>,
    found: Option<U>,
}

impl<U> Alternatives<U> for First<'_, '_, U> {
    fn add<T: Value>(&mut self, variant: fn(T) -> U) {
        if self.found.is_none() {
            self.found = T::example(self.context).map(variant);
        }
    }
}
