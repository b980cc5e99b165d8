//! How the text of a key becomes its value.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use chrono::DateTime;
use croner::parser::{CronParser, Seconds, Year};
use ipnet::IpNet;

pub(super) fn set<T: FromStr>(into: &mut T, text: &str, expected: &str) -> Result<(), String> {
    *into = text.parse().map_err(|_| format!("is {expected}"))?;
    Ok(())
}

pub(super) fn set_within<T: FromStr + PartialOrd + fmt::Display>(
    into: &mut T,
    text: &str,
    min: T,
    max: T,
) -> Result<(), String> {
    match text.parse::<T>() {
        Ok(value) if value >= min && value <= max => {
            *into = value;
            Ok(())
        }
        _ => Err(format!("is a whole number from {min} to {max}")),
    }
}

/// Networks, or addresses that are networks of one, with commas between.
pub(super) fn read_networks(text: &str) -> Result<Vec<IpNet>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)))
        .collect::<Result<_, _>>()
        .map_err(|_| "is addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8".to_owned())
}

pub(super) fn set_seconds(into: &mut Duration, text: &str, min: u64, max: u64) -> Result<(), String> {
    let mut seconds = 0_u64;
    set_within(&mut seconds, text, min, max)?;
    *into = Duration::from_secs(seconds);
    Ok(())
}

/// A cron pattern of five fields that comes at all.
pub(super) fn set_cron(into: &mut String, text: &str) -> Result<(), String> {
    let expected = "is a cron pattern of five fields, such as 30 2 * * *";
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron = parser.parse(text).map_err(|error| format!("{expected}: {error}"))?;
    // Every pattern that comes at all comes within a leap cycle of any date.
    cron.find_next_occurrence(&DateTime::UNIX_EPOCH, true).map_err(|error| format!("{expected}: {error}"))?;
    text.clone_into(into);
    Ok(())
}
