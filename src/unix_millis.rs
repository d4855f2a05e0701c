//! Points in time as LaunchDarkly writes them.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{object, schema};

/// A point in time: milliseconds since the Unix epoch, which is how
/// LaunchDarkly writes nearly all of them.
///
/// It converts from and to [`SystemTime`], with the features `chrono` and
/// `jiff` also from and to `chrono::DateTime<Utc>` and `jiff::Timestamp`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use launchdarkly_api::UnixMillis;
///
/// let created = UnixMillis::new(1_700_000_000_000);
/// let time: SystemTime = created.try_into()?;
/// assert_eq!(time, SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_000));
/// assert_eq!(UnixMillis::try_from(time)?, created);
/// # Ok::<(), launchdarkly_api::OutOfRange>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct UnixMillis(i64);

/// A point in time that the type it was to be converted to cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the point in time is out of range")]
#[non_exhaustive]
pub struct OutOfRange;

impl UnixMillis {
    /// The point in time that many milliseconds after the Unix epoch; before
    /// it, if negative.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl From<i64> for UnixMillis {
    fn from(millis: i64) -> Self {
        Self(millis)
    }
}

impl From<UnixMillis> for i64 {
    fn from(time: UnixMillis) -> Self {
        time.0
    }
}

/// Parts of a millisecond are cut off.
impl TryFrom<SystemTime> for UnixMillis {
    type Error = OutOfRange;

    fn try_from(time: SystemTime) -> Result<Self, OutOfRange> {
        let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()),
            Err(before) => i64::try_from(before.duration().as_millis()).map(|millis| -millis),
        };
        millis.map(Self).map_err(|_| OutOfRange)
    }
}

impl TryFrom<UnixMillis> for SystemTime {
    type Error = OutOfRange;

    fn try_from(time: UnixMillis) -> Result<Self, OutOfRange> {
        let distance = Duration::from_millis(time.0.unsigned_abs());
        if time.0 < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        }
        .ok_or(OutOfRange)
    }
}

#[cfg(feature = "chrono")]
#[cfg_attr(docsrs, doc(cfg(feature = "chrono")))]
mod chrono {
    use ::chrono::{DateTime, Utc};

    use super::{OutOfRange, UnixMillis};

    impl From<DateTime<Utc>> for UnixMillis {
        fn from(time: DateTime<Utc>) -> Self {
            Self(time.timestamp_millis())
        }
    }

    impl TryFrom<UnixMillis> for DateTime<Utc> {
        type Error = OutOfRange;

        fn try_from(time: UnixMillis) -> Result<Self, OutOfRange> {
            Self::from_timestamp_millis(time.0).ok_or(OutOfRange)
        }
    }
}

#[cfg(feature = "jiff")]
#[cfg_attr(docsrs, doc(cfg(feature = "jiff")))]
mod jiff {
    use ::jiff::Timestamp;

    use super::{OutOfRange, UnixMillis};

    impl From<Timestamp> for UnixMillis {
        fn from(time: Timestamp) -> Self {
            Self(time.as_millisecond())
        }
    }

    impl TryFrom<UnixMillis> for Timestamp {
        type Error = OutOfRange;

        fn try_from(time: UnixMillis) -> Result<Self, OutOfRange> {
            Self::from_millisecond(time.0).map_err(|_| OutOfRange)
        }
    }
}

/// Shows the milliseconds.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A number, which has been seen in a string too.
impl<'de> Deserialize<'de> for UnixMillis {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Time;

        impl de::Visitor<'_> for Time {
            type Value = UnixMillis;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("milliseconds since the Unix epoch")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<UnixMillis, E> {
                Ok(UnixMillis(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<UnixMillis, E> {
                object::integer(de::value::U64Deserializer::new(value)).map(UnixMillis)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<UnixMillis, E> {
                object::integer(de::value::F64Deserializer::new(value)).map(UnixMillis)
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<UnixMillis, E> {
                value
                    .parse()
                    .map(UnixMillis)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
            }
        }

        from.deserialize_any(Time)
    }
}

impl object::Value for UnixMillis {
    fn corrected() -> Self {
        Self::default()
    }

    #[cfg(feature = "httpmock")]
    fn example(making: &mut crate::mock::examples::Making<'_>) -> Option<Self> {
        Some(making.time())
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Self>()
    }
}

schema::named!(UnixMillis, |_| schemars::json_schema!({
    "description": "Milliseconds since the Unix epoch.",
    "type": ["integer", "string"],
    "format": "int64",
    "pattern": "^-?[0-9]+$",
}));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_however_the_number_is_written() {
        for text in [
            "1700000000000",
            "1.7e12",
            "1700000000000.0",
            "\"1700000000000\"",
        ] {
            let time: UnixMillis = serde_json::from_str(text).unwrap();
            assert_eq!(time.get(), 1_700_000_000_000, "{text}");
            assert_eq!(serde_json::to_string(&time).unwrap(), "1700000000000");
        }
        for text in ["1.5", "\"soon\"", "1e300", "true"] {
            assert!(serde_json::from_str::<UnixMillis>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_before_the_epoch_convert_too() {
        let time = UnixMillis::new(-1);
        let system = SystemTime::try_from(time).unwrap();
        assert_eq!(system, SystemTime::UNIX_EPOCH - Duration::from_millis(1));
        assert_eq!(UnixMillis::try_from(system), Ok(time));
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn chrono_says_the_same_time() {
        let time = UnixMillis::new(1_700_000_000_000);
        let chrono = ::chrono::DateTime::<::chrono::Utc>::try_from(time).unwrap();
        assert_eq!(chrono.to_rfc3339(), "2023-11-14T22:13:20+00:00");
        assert_eq!(UnixMillis::from(chrono), time);
        let far = UnixMillis::new(i64::MAX);
        assert_eq!(
            ::chrono::DateTime::<::chrono::Utc>::try_from(far),
            Err(OutOfRange)
        );
    }

    #[cfg(feature = "jiff")]
    #[test]
    fn jiff_says_the_same_time() {
        let time = UnixMillis::new(1_700_000_000_000);
        let jiff = ::jiff::Timestamp::try_from(time).unwrap();
        assert_eq!(jiff.to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(UnixMillis::from(jiff), time);
        assert_eq!(
            ::jiff::Timestamp::try_from(UnixMillis::new(i64::MAX)),
            Err(OutOfRange)
        );
    }
}
