//! The filter and the sort order of `search_contexts`.

use serde_json::Value;

use super::{conditions::InvalidFilter, sort::sort_fields};

/// The `filter` of [`search_contexts`](crate::Client#method.search_contexts) and
/// of the other operations on contexts. A context must match all conditions.
///
/// A field is one of the context's, such as `kind`, `key` and `kindKey`, or an
/// attribute, such as `user.email`, or `*.email` for any kind. The operation's
/// documentation lists the fields and their operators.
///
/// ```
/// use launchdarkly_api::filter::ContextFilter;
///
/// let filter = ContextFilter::new()
///     .any_of("kind", ["user", "org"])
///     .starts_with("*.name", "Jo");
/// assert_eq!(String::try_from(filter)?, r#"kind anyOf ["user","org"],*.name startsWith "Jo""#);
/// # Ok::<(), launchdarkly_api::filter::InvalidFilter>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "a filter does nothing until it is an argument of a request"]
pub struct ContextFilter {
    conditions: Vec<(String, &'static str, Value)>,
}

impl ContextFilter {
    /// Creates a filter without conditions.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Matches contexts whose field has this value.
    pub fn equals(self, field: &str, value: impl Into<Value>) -> Self {
        self.with(field, "equals", value)
    }

    /// Matches contexts whose field does not have this value.
    pub fn not_equals(self, field: &str, value: impl Into<Value>) -> Self {
        self.with(field, "notEquals", value)
    }

    /// Matches contexts whose field has one of these values.
    pub fn any_of(self, field: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.with(
            field,
            "anyOf",
            values.into_iter().map(Into::into).collect::<Value>(),
        )
    }

    /// Matches contexts whose list has all of these values: the fields `kinds`
    /// and `kindKeys`.
    pub fn contains(self, field: &str, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.with(
            field,
            "contains",
            values.into_iter().map(Into::into).collect::<Value>(),
        )
    }

    /// Matches contexts whose field starts with this text.
    #[inline]
    pub fn starts_with(self, field: &str, text: &str) -> Self {
        self.with(field, "startsWith", text)
    }

    /// Matches contexts that have the field (`true`), or do not (`false`).
    #[inline]
    pub fn exists(self, field: &str, exists: bool) -> Self {
        self.with(field, "exists", exists)
    }

    /// Matches contexts whose field is before this date, such as
    /// `2026-01-01T00:00:00Z` or a timestamp in milliseconds.
    pub fn before(self, field: &str, date: impl Into<Value>) -> Self {
        self.with(field, "before", date)
    }

    /// Matches contexts whose field is after this date, such as
    /// `2026-01-01T00:00:00Z` or a timestamp in milliseconds.
    pub fn after(self, field: &str, date: impl Into<Value>) -> Self {
        self.with(field, "after", date)
    }

    fn with(mut self, field: &str, operator: &'static str, value: impl Into<Value>) -> Self {
        self.conditions
            .push((field.to_owned(), operator, value.into()));
        self
    }
}

impl TryFrom<ContextFilter> for String {
    type Error = InvalidFilter;

    #[inline]
    fn try_from(filter: ContextFilter) -> Result<Self, InvalidFilter> {
        let conditions: Vec<String> = filter
            .conditions
            .iter()
            .map(|(field, operator, value)| {
                if value.as_array().is_some_and(Vec::is_empty) {
                    return Err(InvalidFilter::no_value(field));
                }
                Ok(format!("{} {operator} {value}", quoted(field)?))
            })
            .collect::<Result<_, InvalidFilter>>()?;
        match conditions.is_empty() {
            true => Err(InvalidFilter::empty()),
            false => Ok(conditions.join(",")),
        }
    }
}

/// A field, in double quotes if it has a character of the filter's syntax.
#[inline]
fn quoted(field: &str) -> Result<String, InvalidFilter> {
    if field.is_empty() || field.contains(['"', '\\']) {
        return Err(InvalidFilter(format!(
            "{field:?} cannot be a field: it is empty, or has a quotation mark or backslash"
        )));
    }
    let is_plain = !field.contains(|c: char| c.is_whitespace() || ",|()[]".contains(c));
    Ok(if is_plain {
        field.to_owned()
    } else {
        format!("\"{field}\"")
    })
}

sort_fields! {
    /// The field of the sort order of
    /// [`search_contexts`](crate::Client#method.search_contexts).
    ContextSort {
        LastSeen = "ts": "When the context was last seen. Descending order is the newest first.",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_condition_has_the_documented_syntax() {
        let filter = ContextFilter::new()
            .equals("kind", "user")
            .not_equals("key", "a")
            .any_of("applicationId", ["x", "y"])
            .contains("kinds", ["user"])
            .starts_with("*.name", "Jo \"J\"")
            .exists("user.first name", true)
            .before("user.created", 7)
            .after("user.created", "2026-01-01T00:00:00Z");
        assert_eq!(
            String::try_from(filter).unwrap(),
            r#"kind equals "user",key notEquals "a",applicationId anyOf ["x","y"],kinds contains ["user"],*.name startsWith "Jo \"J\"","user.first name" exists true,user.created before 7,user.created after "2026-01-01T00:00:00Z""#
        );
    }

    #[test]
    fn an_empty_filter_and_a_field_that_cannot_be_quoted_are_errors() {
        let error = |filter: ContextFilter| String::try_from(filter).unwrap_err().to_string();
        assert_eq!(
            error(ContextFilter::new()),
            "the filter has no condition: add one, or leave the argument out"
        );
        assert_eq!(
            error(ContextFilter::new().equals("a\"b", 1)),
            "\"a\\\"b\" cannot be a field: it is empty, or has a quotation mark or backslash"
        );
        for filter in [
            ContextFilter::new().any_of("kind", [""; 0]),
            ContextFilter::new().contains("kinds", [""; 0]),
        ] {
            assert!(error(filter).ends_with("has no value: add one"));
        }
    }

    proptest! {
        #[test]
        fn any_text_stays_inside_its_value(text in "\\PC{0,12}") {
            let filter = ContextFilter::new().equals("user.name", text.as_str());
            let written = String::try_from(filter).unwrap();
            let value = written.strip_prefix("user.name equals ").unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(value).unwrap(), text);
        }
    }
}
