//! Methods that create a clause of a targeting rule.

/// Implements methods for a generated type with the fields `attribute`,
/// `context_kind`, `negate`, `op` and `values`.
macro_rules! clause_methods {
    ($name:ident) => {
        /// Creates a clause: [`new`](Self::new) and an operator.
        ///
        /// A clause matches if the operator applies to any of its values. The
        /// context kind is `user` unless it is set.
        impl $name {
            /// Creates a clause on an attribute of the context, without values.
            /// An operator's method sets the values.
            #[must_use]
            pub fn new(attribute: impl ::std::convert::Into<::std::string::String>) -> Self {
                let mut clause: Self = $crate::codec::Value::error_corrected_default();
                clause.attribute = attribute.into();
                clause.op = "in".to_owned();
                clause
            }

            /// Creates a clause that matches the contexts of any of the segments,
            /// by their keys.
            #[must_use]
            pub fn in_segment(
                keys: impl ::std::iter::IntoIterator<
                    Item = impl ::std::convert::Into<::std::string::String>,
                >,
            ) -> Self {
                let keys = keys.into_iter().map(|key| key.into());
                Self::new("segmentMatch").operator::<::std::string::String>("segmentMatch", keys)
            }

            /// Sets the context kind that has the attribute.
            #[must_use]
            pub fn of_kind(mut self, kind: impl ::std::convert::Into<::std::string::String>) -> Self {
                self.context_kind = ::std::option::Option::Some(kind.into());
                self
            }

            /// Negates the result of the comparison.
            #[must_use]
            #[inline]
            pub fn negated(mut self) -> Self {
                self.negate = !self.negate;
                self
            }

            /// Sets the operator, by its name in the API, and the values.
            #[must_use]
            pub fn operator<V: ::std::convert::Into<::serde_json::Value>>(
                mut self,
                name: &str,
                values: impl ::std::iter::IntoIterator<Item = V>,
            ) -> Self {
                self.op = name.to_owned();
                self.values = values.into_iter().map(::std::convert::Into::into).collect();
                self
            }

            $crate::targeting::clause_methods! {@operators
                one_of "in": "Matches if the attribute equals a value.",
                starts_with "startsWith": "Matches if the attribute starts with a value.",
                ends_with "endsWith": "Matches if the attribute ends with a value.",
                contains "contains": "Matches if the attribute contains a value.",
                matches "matches": "Matches if the attribute matches a regular expression.",
                less_than "lessThan": "Matches if the attribute is less than a value.",
                less_than_or_equal "lessThanOrEqual": "Matches if the attribute is at most a value.",
                greater_than "greaterThan": "Matches if the attribute is greater than a value.",
                greater_than_or_equal "greaterThanOrEqual": "Matches if the attribute is at least a value.",
                before "before": "Matches if the attribute is before a date: RFC 3339, or a timestamp in milliseconds.",
                after "after": "Matches if the attribute is after a date: RFC 3339, or a timestamp in milliseconds.",
                sem_ver_equal "semVerEqual": "Matches if the attribute is the same semantic version as a value.",
                sem_ver_less_than "semVerLessThan": "Matches if the attribute is an older semantic version than a value.",
                sem_ver_greater_than "semVerGreaterThan": "Matches if the attribute is a newer semantic version than a value.",
            }
        }
    };
    (@operators $($method:ident $operator:literal: $docs:literal,)*) => {
        $(
            #[doc = $docs]
            #[doc = concat!("The operator `", $operator, "`.")]
            #[must_use]
            pub fn $method<V: ::std::convert::Into<::serde_json::Value>>(
                self,
                values: impl ::std::iter::IntoIterator<Item = V>,
            ) -> Self {
                self.operator($operator, values)
            }
        )*
    };
}

pub(crate) use clause_methods;
