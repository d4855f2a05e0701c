//! Resource specifiers (LaunchDarkly documentation, "Using resources").

use super::conditions::InvalidFilter;

/// A resource specifier, such as `proj/shop:env/production:flag/*`: for the
/// argument `spec` of
/// [`get_audit_log_entries`](crate::Client#method.get_audit_log_entries) and for
/// the `resources` of policy statements. `*` matches any text.
///
/// ```
/// use launchdarkly_api::filter::ResourceSpecifier;
///
/// let flags = ResourceSpecifier::project("shop").environment("production").flag("checkout-*");
/// assert_eq!(String::try_from(flags)?, "proj/shop:env/production:flag/checkout-*");
/// # Ok::<(), launchdarkly_api::filter::InvalidFilter>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a resource specifier does nothing until it is an argument of a request"]
pub struct ResourceSpecifier(Result<String, InvalidFilter>);

impl ResourceSpecifier {
    /// Specifies resources by their type, such as `webhook` or `team`, and key.
    #[inline]
    pub fn new(kind: &str, key: &str) -> Self {
        Self(Ok(String::new())).within(kind, key)
    }

    /// Specifies projects by their key.
    #[inline]
    pub fn project(key: &str) -> Self {
        Self::new("proj", key)
    }

    /// Specifies environments of the projects.
    #[inline]
    pub fn environment(self, key: &str) -> Self {
        self.within("env", key)
    }

    /// Specifies flags of the environments.
    #[inline]
    pub fn flag(self, key: &str) -> Self {
        self.within("flag", key)
    }

    /// Specifies segments of the environments.
    #[inline]
    pub fn segment(self, key: &str) -> Self {
        self.within("segment", key)
    }

    /// Specifies resources inside these, by their type and key.
    #[inline]
    pub fn within(self, kind: &str, key: &str) -> Self {
        let Ok(text) = &self.0 else {
            return self;
        };
        for part in [kind, key] {
            if part.is_empty() || part.contains(|c: char| ":;/,".contains(c) || c.is_whitespace()) {
                return Self(Err(InvalidFilter(format!(
                    "{part:?} cannot be part of a resource specifier: it is empty, or has a space or one of `:;/,`"
                ))));
            }
        }
        let separator = if text.is_empty() { "" } else { ":" };
        Self(Ok(format!("{text}{separator}{kind}/{key}")))
    }

    /// Restricts the last resources to those with all of the tags.
    pub fn tags(self, tags: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let Ok(mut text) = self.0 else {
            return self;
        };
        let last = text.rsplit(':').next().unwrap_or_default();
        let mut has_tags = last.contains(';');
        for tag in tags {
            let tag = tag.as_ref();
            if tag.is_empty() || tag.contains([':', ';', '/', ',']) {
                return Self(Err(InvalidFilter(format!(
                    "{tag:?} cannot be a tag of a resource specifier: it is empty, or has one of `:;/,`"
                ))));
            }
            text.push(if has_tags { ',' } else { ';' });
            has_tags = true;
            text.push_str(tag);
        }
        Self(Ok(text))
    }
}

impl TryFrom<ResourceSpecifier> for String {
    type Error = InvalidFilter;

    #[inline]
    fn try_from(specifier: ResourceSpecifier) -> Result<Self, InvalidFilter> {
        specifier.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specifier_has_the_documented_syntax() {
        for (specifier, text) in [
            (ResourceSpecifier::new("team", "ops"), "team/ops"),
            (
                ResourceSpecifier::project("*")
                    .environment("production")
                    .segment("beta")
                    .tags(["a", "b"]),
                "proj/*:env/production:segment/beta;a,b",
            ),
            (
                ResourceSpecifier::project("shop")
                    .tags(["a"])
                    .tags(["b"])
                    .environment("*")
                    .flag("*"),
                "proj/shop;a,b:env/*:flag/*",
            ),
        ] {
            assert_eq!(String::try_from(specifier).unwrap(), text);
        }
    }

    #[test]
    fn a_part_that_would_change_the_specifier_is_an_error() {
        for specifier in [
            ResourceSpecifier::project("a:env/b"),
            ResourceSpecifier::project("").flag("x"),
            ResourceSpecifier::project("a").flag("x y"),
            ResourceSpecifier::project("a").tags(["b,c"]),
        ] {
            let error = String::try_from(specifier).unwrap_err().to_string();
            assert!(
                error.contains("resource specifier: it is empty, or has"),
                "{error}"
            );
        }
    }
}
