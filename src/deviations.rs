//! Lists where a body deviates from LaunchDarkly's document.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{
    Deviation, Error,
    codec::{Value, decode},
    redact::Secrets,
};

/// A type of LaunchDarkly's document: the types in [`types`](crate::types), and
/// lists and maps of them. Only this crate implements it.
pub trait DocumentType: Decode {}

impl<T: Value> DocumentType for T {}

/// Decodes a body and lists its deviations.
pub trait Decode: Sized {
    #[doc(hidden)]
    fn deviations(body: &[u8]) -> Result<Vec<Deviation>, Error>;
}

impl<T: Value> Decode for T {
    fn deviations(body: &[u8]) -> Result<Vec<Deviation>, Error> {
        match decode::observed::<T>(body) {
            Ok((_, deviations)) => Ok(deviations),
            Err(failure) => {
                let body = Bytes::copy_from_slice(body);
                let (status, headers) = (StatusCode::OK, HeaderMap::new());
                let secrets = Secrets::default();
                Err(Error::undecodable(
                    None, status, headers, body, failure, &secrets,
                ))
            }
        }
    }
}

/// Decodes a response body like a response of this type, and lists where it
/// deviates from LaunchDarkly's document, in the order of the body. The list
/// contains no values. It is empty for a body that follows the document.
///
/// The deviations are those that decoding accepts: a required property that is
/// missing or null, and was therefore decoded as an empty value or zero; an
/// unknown property; an unknown value of an enumeration; and a value of another
/// type, such as a number in a string ([`DeviationKind`](crate::DeviationKind)).
///
/// ```
/// use launchdarkly_api::{deviations, types::AuditLogEntryRep};
///
/// let body = br#"{"_id": "1", "_accountId": "2", "_links": {}, "accesses": [], "kind": "flag",
///     "name": "Checkout", "description": "", "shortDescription": "", "timestamp": 3}"#;
/// let found: Vec<String> = deviations::<AuditLogEntryRep>(body)?
///     .iter()
///     .map(ToString::to_string)
///     .collect();
/// assert_eq!(
///     found,
///     [
///         "/timestamp: the property is unknown",
///         "/date: the required property is missing",
///     ]
/// );
/// # Ok::<(), launchdarkly_api::Error>(())
/// ```
///
/// # Errors
///
/// The body does not decode: [`Error::is_decode`] is true, and
/// [`Error::decode_path`] locates the unexpected value.
pub fn deviations<T: DocumentType>(body: &[u8]) -> Result<Vec<Deviation>, Error> {
    T::deviations(body)
}
