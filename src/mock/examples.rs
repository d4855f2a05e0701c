//! Example values for tests.

use crate::{
    UnixMillis,
    codec::{
        Value,
        example::{ExampleContext, ExampleValue},
    },
};

/// Makes example values of the types of responses, with all properties. Code
/// outside this crate cannot construct these types, because LaunchDarkly may
/// add properties at any time.
///
/// Set the fields that matter to a test afterwards:
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
/// The values are the same each time. A string is the JSON name of its
/// property, an enumeration its first known value, a union its first
/// alternative, a number 1 or 1.5, and a boolean true. A recursive type ends
/// with nothing or an empty list. A response with a next link has one in the
/// example: remove it in tests of pagination.
///
/// In lists and maps with more than one element, the strings of the second and
/// later elements end in the position in each list around them, from 1: `key`,
/// `key-2`, and in an inner list `_id-2-1`, `_id-2-2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examples {
    items: usize,
    optional: bool,
    time: UnixMillis,
}

/// 14 November 2023, 22:13:20 UTC.
const TIME: UnixMillis = UnixMillis::new(1_700_000_000_000);

impl Examples {
    /// One element per list, all properties, and 14 November 2023, 22:13:20 UTC
    /// for all timestamps.
    #[must_use]
    pub fn new() -> Self {
        Self {
            items: 1,
            optional: true,
            time: TIME,
        }
    }

    /// Sets the number of elements of each list and map. Inner lists multiply.
    #[must_use]
    pub fn items(mut self, items: usize) -> Self {
        self.items = items;
        self
    }

    /// Whether to set optional properties. Default: true.
    #[must_use]
    pub fn optional(mut self, filled: bool) -> Self {
        self.optional = filled;
        self
    }

    /// Sets the value of all timestamps.
    #[must_use]
    pub fn time(mut self, time: impl Into<UnixMillis>) -> Self {
        self.time = time.into();
        self
    }

    /// Makes an example of a type in [`types`](mod@crate::types), or of a list
    /// or map of such types.
    #[must_use]
    pub fn make<T: Example>(&self) -> T {
        T::example(&mut ExampleContext::new(
            self.items,
            self.optional,
            self.time.get(),
        ))
    }
}

impl Default for Examples {
    fn default() -> Self {
        Self::new()
    }
}

/// The types that [`Examples`] can make: all in [`types`](mod@crate::types),
/// their components, and lists and maps of them.
pub trait Example: sealed::MakeExample {}

impl<T: sealed::MakeExample> Example for T {}

mod sealed {
    pub trait MakeExample {
        fn example(context: &mut super::ExampleContext) -> Self;
    }
}

impl<T: Value> sealed::MakeExample for T {
    fn example(context: &mut ExampleContext) -> T {
        // Only a type inside itself has no example.
        <T as ExampleValue>::example(context).unwrap_or_else(T::error_corrected_default)
    }
}
