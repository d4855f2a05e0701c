//! Timestamps.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;

/// A timestamp in milliseconds since the Unix epoch, the format of nearly all
/// timestamps of LaunchDarkly.
///
/// It converts from and to [`SystemTime`]. With the features `chrono` and
/// `jiff` it also converts from and to `chrono::DateTime<Utc>` and
/// `jiff::Timestamp`.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixMillis(i64);

/// As an integer.
impl Serialize for UnixMillis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

/// A timestamp outside the range of the target type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the timestamp is out of range")
    }
}

impl std::error::Error for OutOfRange {}

impl UnixMillis {
    /// Creates a timestamp from milliseconds since the Unix epoch. A negative
    /// number is before the epoch.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the Unix epoch.
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

/// Truncates to milliseconds.
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

/// Accepts a number, a string with a number, or a time in RFC 3339.
impl<'de> Deserialize<'de> for UnixMillis {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let expected = "milliseconds since the Unix epoch, or a time in RFC 3339";
        codec::decode_integer_or_text(from, expected, rfc_3339).map(Self)
    }
}

/// Parses a time such as `2023-11-14T22:13:20.5+01:00` (RFC 3339, section 5.6)
/// to milliseconds since the Unix epoch. Truncates to milliseconds. A leap
/// second is the second after it.
fn rfc_3339(text: &str) -> Option<i64> {
    let text = text.as_bytes();
    #[rustfmt::skip]
    let [
        _, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't' | b' ',
        _, _, b':', _, _, b':', _, _, rest @ ..
    ] = text
    else {
        return None;
    };
    let at = |start: usize, end: usize| number(&text[start..end]);
    let days = days(at(0, 4)?, at(5, 7)?, at(8, 10)?)?;
    let seconds = seconds(at(11, 13)?, at(14, 16)?, at(17, 19)?)?;

    let (mut rest, mut millis, mut place) = (rest, 0, 100);
    if let [b'.', fraction @ ..] = rest {
        rest = fraction;
        while let [digit @ b'0'..=b'9', after @ ..] = rest {
            millis += place * i64::from(digit - b'0');
            // 0 after the third digit.
            place /= 10;
            rest = after;
        }
        if rest.len() == fraction.len() {
            return None;
        }
    }
    let offset = match rest {
        b"Z" | b"z" => 0,
        [b'+', offset @ ..] => self::offset(offset)?,
        [b'-', offset @ ..] => -self::offset(offset)?,
        _ => return None,
    };
    Some((days * 24 * 60 * 60 + seconds - offset) * 1000 + millis)
}

/// The days from March 1 of the year 0 to the Unix epoch.
const DAYS_TO_EPOCH: i64 = 719_468;

/// Returns the days since the Unix epoch.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return None,
    };
    if day == 0 || day > longest {
        return None;
    }
    // Counts years from March, so that a leap day is the last day of a year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - DAYS_TO_EPOCH)
}

/// Parses the hours and minutes of an offset to seconds.
fn offset(text: &[u8]) -> Option<i64> {
    match text {
        [_, _, b':', _, _] => seconds(number(&text[..2])?, number(&text[3..])?, 0),
        _ => None,
    }
}

/// Parses digits.
fn number(digits: &[u8]) -> Option<i64> {
    let mut number = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = 10 * number + i64::from(digit - b'0');
    }
    Some(number)
}

/// Returns the seconds since midnight.
fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_valid = hour < 24 && minute < 60 && second <= 60;
    is_valid.then_some((hour * 60 + minute) * 60 + second)
}

impl codec::Value for UnixMillis {
    fn error_corrected_default() -> Self {
        Self::default()
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }
}

codec::example::impl_example!(UnixMillis, |context| Some(UnixMillis(context.time())));

codec::schema::named!(UnixMillis, |_| schemars::json_schema!({
    "description": "Milliseconds since the Unix epoch.",
    "anyOf": [
        {"type": "integer", "format": "int64"},
        {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$"},
        {"type": "string", "format": "date-time"},
    ],
}));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_decodes_in_every_notation() {
        for text in [
            "1700000000000",
            "1.7e12",
            "1700000000000.0",
            "\"1700000000000\"",
            "\"1.7e12\"",
            "\"1700000000000.0\"",
            "\"2023-11-14T22:13:20Z\"",
            "\"2023-11-14t23:13:20.0009+01:00\"",
            "\"2023-11-14 16:43:20.00-05:30\"",
        ] {
            let time: UnixMillis = serde_json::from_str(text).unwrap();
            assert_eq!(time.get(), 1_700_000_000_000, "{text}");
            assert_eq!(serde_json::to_string(&time).unwrap(), "1700000000000");
        }
        for text in [
            "1.5",
            "1e300",
            "true",
            "[]",
            "\"\"",
            "\"soon\"",
            "\"1.5\"",
            "\"NaN\"",
            "\"0x1\"",
            "\" 1\"",
            "\"1e300\"",
        ] {
            assert!(serde_json::from_str::<UnixMillis>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_in_rfc_3339_is_parsed_to_the_millisecond() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.999999Z", Some(-1)),
            ("1970-01-01T00:00:00.1234-00:00", Some(123)),
            ("2000-02-29T00:00:00.5z", Some(951_782_400_500)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_800_000)),
            ("0000-01-01T00:00:00Z", Some(-62_167_219_200_000)),
            ("9999-12-31T23:59:59-23:59", Some(253_402_387_139_000)),
            ("1900-02-29T00:00:00Z", None),
            ("2023-02-29T00:00:00Z", None),
            ("2023-04-31T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-00-01T00:00:00Z", None),
            ("2023-01-00T00:00:00Z", None),
            ("2023-01-01T24:00:00Z", None),
            ("2023-01-01T00:60:00Z", None),
            ("2023-01-01T00:00:61Z", None),
            ("2023-01-01T00:00:00", None),
            ("2023-01-01T00:00:00.Z", None),
            ("2023-01-01T00:00:00+0100", None),
            ("2023-01-01T00:00:00+1:00", None),
            ("2023-01-01T00:00:00+24:00", None),
            ("2023-01-01T00:00:00ZZ", None),
            ("2023-01-01", None),
            ("2023-01-01T00:00", None),
            ("+023-01-01T00:00:00Z", None),
            ("2023-01-01T00:00:\u{e9}Z", None),
        ] {
            assert_eq!(rfc_3339(text), millis, "{text}");
        }
    }

    #[cfg(feature = "jiff")]
    proptest::proptest! {
        #[test]
        fn a_time_in_rfc_3339_equals_jiffs(
            (year, month, day) in (0..=9999_i16, 0..=13_u8, 0..=32_u8),
            (hour, minute, second) in (0..=24_u8, 0..=60_u8, 0..=60_u8),
            fraction in "(\\.[0-9]{0,9})?",
            offset in "Z|z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]",
            replaced in proptest::option::of((0..30_usize, "[0-9TtZz+.: -]")),
        ) {
            let mut text = format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
            );
            if let Some((place, other)) = &replaced && *place < text.len() {
                text.replace_range(*place..=*place, other);
            }
            let expected = text.parse::<::jiff::Timestamp>().ok();
            let found = rfc_3339(&text);
            // jiff maps a leap second to the second before, accepts more forms
            // than RFC 3339, and rejects times after the year 9999 in UTC.
            proptest::prop_assume!(text.get(17..19) != Some("60"));
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    let millis = expected.as_nanosecond().div_euclid(1_000_000);
                    proptest::prop_assert_eq!(i128::from(found), millis, "{}", text);
                }
                (Some(found), None) => proptest::prop_assert!(found > 253_402_207_200_999, "{}", text),
                (None, Some(_)) if replaced.is_some() => {}
                (None, expected) => proptest::prop_assert_eq!(expected, None, "{}", text),
            }
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
    fn a_timestamp_converts_from_and_to_chrono() {
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
    fn a_timestamp_converts_from_and_to_jiff() {
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
