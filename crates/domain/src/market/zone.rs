//! Time zones, by name or by fixed offset.

use std::{fmt, str::FromStr};

use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time zone: an IANA name (`America/New_York`), `UTC`, or a fixed offset (`+02:00`).
///
/// The rules come from the database that is built into the program, so that a result does not depend on the
/// machine that it was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// A text names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone; give an IANA name (America/New_York), UTC or an offset (+02:00)")]
pub struct ZoneError(String);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self {
        name: String::new(),
        zone: TimeZone::UTC,
    };

    /// Returns the name that the zone was given by.
    pub fn name(&self) -> &str {
        if self.name.is_empty() { "UTC" } else { &self.name }
    }

    /// Returns the rules of the zone.
    pub fn rules(&self) -> &TimeZone {
        &self.zone
    }

    /// Tells whether the zone is UTC.
    pub fn is_utc(&self) -> bool {
        self.name.is_empty()
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn fixed_offset(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let hours: i32 = hours.parse().ok()?;
    let minutes: i32 = minutes.parse().ok()?;
    if !(0..=18).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
        .ok()
        .map(TimeZone::fixed)
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let text = text.trim();
        if ["UTC", "Z", "GMT", "Etc/UTC"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(text))
        {
            return Ok(Self::UTC);
        }
        if let Some(zone) = fixed_offset(text) {
            return Ok(Self {
                name: text.to_owned(),
                zone,
            });
        }
        let zone = TimeZone::get(text).map_err(|_| ZoneError(text.to_owned()))?;
        let name = zone.iana_name().unwrap_or(text).to_owned();
        Ok(Self { name, zone })
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_offsets_are_zones_and_nonsense_is_none() {
        assert_eq!(
            "america/new_york".parse::<Zone>().unwrap().name(),
            "America/New_York"
        );
        assert_eq!("+02:00".parse::<Zone>().unwrap().name(), "+02:00");
        assert_eq!("utc".parse::<Zone>().unwrap(), Zone::UTC);
        for text in ["", "Mars/Olympus", "+2x", "+99:00"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }
}
