//! Dates and instants as they lie in columns. SQLite keeps them as text; where a row has many, reading them by a general
//! pattern costs more than finding the row. What does not look as the service writes it is read by diesel.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Date, Nullable, Timestamp};
use diesel::sqlite::{Sqlite, SqliteValue};

use super::conn::{Either, EitherValue};

/// Declares how a column is read into a type of another crate.
macro_rules! read_quickly {
    ($($(#[$meta:meta])* $name:ident, $optional:ident: $sql:ty => $inner:ty, $read:path;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, FromSqlRow, AsExpression)]
        #[diesel(sql_type = $sql)]
        pub struct $name(pub(super) $inner);

        /// The same where there may be none.
        #[derive(Debug, Clone, Copy, FromSqlRow)]
        pub struct $optional(Option<$inner>);

        impl From<$name> for $inner {
            fn from(read: $name) -> Self {
                read.0
            }
        }

        impl From<$optional> for Option<$inner> {
            fn from(read: $optional) -> Self {
                read.0
            }
        }

        impl FromSql<$sql, Sqlite> for $name {
            fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                match $read(value.read_text()) {
                    Some(read) => Ok(Self(read)),
                    None => FromSql::<$sql, Sqlite>::from_sql(value).map(Self),
                }
            }
        }

        impl FromSql<$sql, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                FromSql::<$sql, Pg>::from_sql(value).map(Self)
            }
        }

        impl FromSql<$sql, Either> for $name {
            fn from_sql(value: EitherValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, $sql>()
            }
        }

        impl<DB: diesel::backend::Backend> FromSql<Nullable<$sql>, DB> for $optional
        where
            $name: FromSql<$sql, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                $name::from_sql(value).map(|read| Self(Some(read.0)))
            }

            fn from_nullable_sql(value: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
                value.map_or(Ok(Self(None)), Self::from_sql)
            }
        }
    )+};
}

impl ToSql<Date, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        // The form in which chrono shows a date, of which a pattern would be another way to say the same.
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl ToSql<Date, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Date, Pg>::to_sql(&self.0, out)
    }
}

read_quickly! {
    /// A date.
    Day, MaybeDay: Date => NaiveDate, date;
    /// An instant in UTC.
    Stamp, MaybeStamp: Timestamp => NaiveDateTime, stamp;
}

/// A date as the service writes it: `2026-03-02`.
fn date(text: &str) -> Option<NaiveDate> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text.as_bytes().as_array::<10>()? else { return None };
    let year = i32::try_from(number([y0, y1, y2, y3])?).ok()?;
    NaiveDate::from_ymd_opt(year, number([m0, m1])?, number([d0, d1])?)
}

/// An instant as the service writes it: `2026-03-02 08:00:00`, with up to six digits of a second behind a point.
fn stamp(text: &str) -> Option<NaiveDateTime> {
    let (day, rest) = text.split_at_checked(10)?;
    let (time, fraction) = rest.split_at_checked(9)?;
    let [b' ', h0, h1, b':', m0, m1, b':', s0, s1] = *time.as_bytes().as_array::<9>()? else { return None };
    let micros = match fraction.as_bytes() {
        [] => 0,
        [b'.', f0, f1, f2] => number([*f0, *f1, *f2])? * 1000,
        [b'.', f0, f1, f2, f3, f4, f5] => number([*f0, *f1, *f2, *f3, *f4, *f5])?,
        _ => return None,
    };
    let time = NaiveTime::from_hms_micro_opt(number([h0, h1])?, number([m0, m1])?, number([s0, s1])?, micros)?;
    Some(date(day)?.and_time(time))
}

/// The number that some digits are.
fn number<const N: usize>(digits: [u8; N]) -> Option<u32> {
    let mut value = 0;
    for digit in digits {
        value = value * 10 + u32::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_writes_is_read_as_chrono_reads_it() {
        for text in ["0001-01-01", "1999-12-31", "2024-02-29", "2026-03-02", "9999-12-31"] {
            assert_eq!(date(text), NaiveDate::parse_from_str(text, "%F").ok(), "{text}");
        }
        for text in [
            "2026-03-02 00:00:00",
            "2026-03-02 23:59:59",
            "2026-03-02 08:30:15.250",
            "2026-03-02 08:30:15.000001",
            "0001-01-01 00:00:00.999999",
        ] {
            assert_eq!(stamp(text), NaiveDateTime::parse_from_str(text, "%F %T%.f").ok(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_left_to_diesel() {
        for text in
            ["", "2026-3-2", "2026-02-29", "2026-13-01", "2026/03/02", "+026-03-02", "2026-03-02 ", "２０２６-3"]
        {
            assert_eq!(date(text), None, "{text}");
        }
        for text in [
            "2026-03-02",
            "2026-03-02T08:00:00",
            "2026-03-02 08:00",
            "2026-03-02 24:00:00",
            "2026-03-02 08:00:60",
            "2026-03-02 08:00:00.1",
            "2026-03-02 08:00:00.",
            "2026-03-02 08:00:00Z",
            "2026-03-02 08:00:00.000001Z",
            "2026-02-30 08:00:00",
        ] {
            assert_eq!(stamp(text), None, "{text}");
        }
    }
}
