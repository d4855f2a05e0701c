//! Sort orders: fields separated by commas, `-` for descending order.

use std::fmt;

/// A field that a list can be sorted by.
pub trait SortField {
    /// Returns the field's name in the API.
    fn name(&self) -> &'static str;
}

/// The order of a list's items: the fields to sort by, the most significant
/// first.
///
/// ```
/// use launchdarkly_api::filter::{FlagSort, Sort};
///
/// let order = Sort::descending(FlagSort::CreationDate).then_ascending(FlagSort::Key);
/// assert_eq!(order.to_string(), "-creationDate,key");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort<F> {
    /// The fields, and whether each is in descending order.
    fields: Vec<(F, bool)>,
}

impl<F: SortField> Sort<F> {
    /// Sorts by a field in ascending order.
    #[must_use]
    #[inline]
    pub fn ascending(field: F) -> Self {
        Self {
            fields: vec![(field, false)],
        }
    }

    /// Sorts by a field in descending order.
    #[must_use]
    #[inline]
    pub fn descending(field: F) -> Self {
        Self {
            fields: vec![(field, true)],
        }
    }

    /// Breaks ties by another field, in ascending order.
    #[must_use]
    #[inline]
    pub fn then_ascending(mut self, field: F) -> Self {
        self.fields.push((field, false));
        self
    }

    /// Breaks ties by another field, in descending order.
    #[must_use]
    #[inline]
    pub fn then_descending(mut self, field: F) -> Self {
        self.fields.push((field, true));
        self
    }
}

impl<F: SortField> fmt::Display for Sort<F> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, is_descending)) in self.fields.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            let sign = if *is_descending { "-" } else { "" };
            write!(f, "{separator}{sign}{}", field.name())?;
        }
        Ok(())
    }
}

impl<F: SortField> From<Sort<F>> for String {
    #[inline]
    fn from(sort: Sort<F>) -> Self {
        sort.to_string()
    }
}

/// Defines the fields of a list.
macro_rules! sort_fields {
    ($(#[$docs:meta])* $name:ident { $($variant:ident = $wire:literal: $about:literal,)* }) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $about] $variant,)*
        }

        impl $crate::filter::SortField for $name {
            #[inline]
            fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                }
            }
        }
    };
}

pub(super) use sort_fields;
