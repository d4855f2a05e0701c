//! Examples of whatever may be answered.

use crate::{
    UnixMillis,
    codec::{ExampleValue, Value, example::ExampleContext},
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
/// The same is made each time. A text is the name of its property in JSON, an
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

/// The types of which [`Examples`] makes values: all in
/// [`types`](mod@crate::types), lists and maps of them, and what they are made
/// of.
pub trait Example: sealed::MakeExample {}

impl<T: sealed::MakeExample> Example for T {}

mod sealed {
    pub trait MakeExample {
        fn example(context: &mut super::ExampleContext) -> Self;
    }
}

impl<T: Value> sealed::MakeExample for T {
    fn example(context: &mut ExampleContext) -> T {
        // Only what stands inside of itself has none.
        <T as ExampleValue>::example(context).unwrap_or_else(T::error_corrected_default)
    }
}
