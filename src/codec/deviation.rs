//! Where a body deviates from the document.

use std::fmt;

/// A place where a body deviates from LaunchDarkly's document. It contains no
/// value of the body.
///
/// `Display` shows the pointer and the kind:
/// `/items/0/key: the required property is missing`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deviation {
    pub(super) pointer: String,
    pub(super) kind: DeviationKind,
}

/// How a value deviates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviationKind {
    /// A required property is missing. It decodes as an empty value or zero.
    Missing,
    /// A required property or an element is null, where the document does not
    /// allow null. It decodes as an empty value or zero.
    Null,
    /// A property is unknown. `extra()` returns it.
    UnknownProperty,
    /// The value is none of the known values of an enumeration.
    UnknownValue,
    /// The value has another type, which decoding accepts: a number in a string,
    /// a timestamp in RFC 3339, `[]` for an empty object, `{}` for an empty
    /// array, or none of the types of a union.
    OtherType,
}

impl Deviation {
    /// Returns the location as a JSON Pointer (RFC 6901), such as
    /// `/items/0/key`. Empty for the whole body.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns how the value deviates.
    #[must_use]
    pub fn kind(&self) -> DeviationKind {
        self.kind
    }

    /// Whether a required property is missing or null, and was therefore decoded
    /// as an empty value or zero.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self.kind, DeviationKind::Missing | DeviationKind::Null)
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.pointer.as_str() {
            "" => "the body",
            pointer => pointer,
        };
        write!(f, "{place}: {}", self.kind)
    }
}

impl fmt::Display for DeviationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the required property is missing",
            Self::Null => "the required value is null",
            Self::UnknownProperty => "the property is unknown",
            Self::UnknownValue => "the value is unknown to its enumeration",
            Self::OtherType => "the value has another type",
        })
    }
}
