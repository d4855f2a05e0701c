//! Conditions of the form `field:value`, separated by commas.

use std::fmt::{self, Display, Write as _};

/// A filter or specifier that the syntax cannot express: the field, and what is
/// wrong with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidFilter(pub(super) String);

impl fmt::Display for InvalidFilter {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidFilter {}

impl InvalidFilter {
    /// The error of a filter without conditions.
    #[inline]
    pub(super) fn empty() -> Self {
        Self("the filter has no condition: add one, or leave the argument out".to_owned())
    }

    /// The error of a condition with an empty list.
    #[inline]
    pub(super) fn no_value(field: &str) -> Self {
        Self(format!("`{field}` has no value: add one"))
    }
}

/// The conditions, or the first one that cannot be expressed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conditions(Result<String, InvalidFilter>);

impl Default for Conditions {
    #[inline]
    fn default() -> Self {
        Self(Ok(String::new()))
    }
}

impl Conditions {
    /// Adds a condition whose value needs no check.
    pub(super) fn with(mut self, field: &str, value: impl Display) -> Self {
        if let Ok(text) = &mut self.0 {
            if !text.is_empty() {
                text.push(',');
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "{field}:{value}");
        }
        self
    }

    /// Adds a condition with a text. The syntax has no escape for commas.
    #[inline]
    pub(super) fn with_text(self, field: &str, value: &str) -> Self {
        self.with_list(field, [value], '\0')
    }

    /// Adds a condition with several texts.
    pub(super) fn with_list(
        self,
        field: &str,
        values: impl IntoIterator<Item = impl AsRef<str>>,
        separator: char,
    ) -> Self {
        if field.is_empty() || field.contains([',', ':']) {
            return self.invalid(format!(
                "{field:?} cannot be a field: it is empty, or has a comma or colon"
            ));
        }
        let mut list = String::new();
        for value in values {
            let value = value.as_ref();
            if value.is_empty() {
                return self.invalid(format!("`{field}` has an empty value"));
            }
            if let Some(found) = value.chars().find(|c| [',', separator].contains(c)) {
                return self.invalid(format!(
                    "`{field}` cannot contain {value:?}: `{found}` separates values"
                ));
            }
            if !list.is_empty() {
                list.push(separator);
            }
            list.push_str(value);
        }
        if list.is_empty() {
            return Self(self.0.and(Err(InvalidFilter::no_value(field))));
        }
        self.with(field, list)
    }

    /// Makes the conditions invalid, unless they are already.
    #[inline]
    pub(super) fn invalid(self, reason: String) -> Self {
        Self(self.0.and(Err(InvalidFilter(reason))))
    }

    #[inline]
    pub(super) fn has(&self, field: &str) -> bool {
        let prefix = format!("{field}:");
        self.0
            .as_ref()
            .is_ok_and(|text| text.split(',').any(|part| part.starts_with(&prefix)))
    }

    #[inline]
    pub(super) fn into_text(self) -> Result<String, InvalidFilter> {
        let text = self.0?;
        if text.is_empty() {
            return Err(InvalidFilter::empty());
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_that_the_syntax_cannot_express_is_an_error_with_the_field() {
        for (conditions, reason) in [
            (
                Conditions::default().with_text("query", "a,b"),
                "`query` cannot contain \"a,b\": `,` separates values",
            ),
            (
                Conditions::default().with_list("tags", ["a", "b+c"], '+'),
                "`tags` cannot contain \"b+c\": `+` separates values",
            ),
            (
                Conditions::default().with_text("query", ""),
                "`query` has an empty value",
            ),
            (
                Conditions::default().with_list("tags", [""; 0], '+'),
                "`tags` has no value: add one",
            ),
            (
                Conditions::default(),
                "the filter has no condition: add one, or leave the argument out",
            ),
            // The first problem is reported.
            (
                Conditions::default()
                    .with_text("a", "")
                    .with("b", 1)
                    .with_text("c", ","),
                "`a` has an empty value",
            ),
        ] {
            assert_eq!(conditions.into_text().unwrap_err().to_string(), reason);
        }
    }

    proptest! {
        #[test]
        fn conditions_read_back_as_they_were_added(values in prop::collection::vec("[^,|\0]{1,8}", 1..5)) {
            let mut conditions = Conditions::default();
            for value in &values {
                conditions = conditions.with_list("field", [value, value], '|');
            }
            let text = conditions.into_text().unwrap();
            let read: Vec<&str> = text
                .split(',')
                .map(|part| part.strip_prefix("field:").unwrap().split_once('|').unwrap().1)
                .collect();
            prop_assert_eq!(read, values);
        }
    }
}
