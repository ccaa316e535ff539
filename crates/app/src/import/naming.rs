//! Which series the bars of a file belong to.

use domain::market::{SeriesKey, Symbol, Timeframe, Venue};

/// What was said about the names of the series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// The one series that all bars belong to.
    pub series: Option<SeriesKey>,
    /// The venue of all bars; symbol and timeframe come from the files.
    pub venue: Option<Venue>,
}

/// The series of a file has no name, or two.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamingError {
    /// Nobody says where the instrument trades, and the file names a symbol.
    #[error(
        "the venue of {file} is not known; pass --venue VENUE, or the whole name with --series \
         VENUE:{symbol}/{timeframe}"
    )]
    NoVenue {
        /// The file.
        file: String,
        /// The symbol that the file names.
        symbol: Symbol,
        /// The timeframe of its bars.
        timeframe: Timeframe,
    },
    /// Nobody says where the instrument trades, nor what it is called.
    #[error("venue and symbol of {file} are not known; pass --series VENUE:SYMBOL/{timeframe}")]
    NoName {
        /// The file.
        file: String,
        /// The timeframe of its bars.
        timeframe: Timeframe,
    },
    /// Nobody says which symbol it is.
    #[error("{file} does not say which symbol it holds; pass --series {venue}:SYMBOL/{timeframe}")]
    NoSymbol {
        /// The file.
        file: String,
        /// The venue that was given.
        venue: Venue,
        /// The timeframe of its bars.
        timeframe: Timeframe,
    },
    /// The file says another symbol than the one that was given.
    #[error(
        "--series says {given}, but {file} holds {found}; pass the series that it holds, or --venue {} to take the \
         symbol from the file",
        given.venue
    )]
    OtherSymbol {
        /// The file.
        file: String,
        /// The series that was given.
        given: SeriesKey,
        /// The symbol in the file.
        found: Symbol,
    },
    /// One series was given, and the files hold several.
    #[error(
        "--series names one series, {given}, but the files hold {}; pass --venue {} to import them all",
        list(found),
        given.venue
    )]
    Several {
        /// The series that was given.
        given: SeriesKey,
        /// What the files hold.
        found: Vec<String>,
    },
}

fn list(found: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = found
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if found.len() > SHOWN {
        format!("{shown} and {} more", found.len() - SHOWN)
    } else {
        shown
    }
}

/// Names each of `found` (the symbol that the file says, and the timeframe of its bars); `file` stands for the input
/// in errors.
pub(super) fn name_series(
    naming: &Naming,
    found: &[(Option<Symbol>, Timeframe)],
    file: &str,
) -> Result<Vec<SeriesKey>, NamingError> {
    if let (Some(given), 2..) = (&naming.series, found.len()) {
        let name = |(symbol, timeframe): &(Option<Symbol>, Timeframe)| match symbol {
            Some(symbol) => format!("{symbol}/{timeframe}"),
            None => timeframe.to_string(),
        };
        return Err(NamingError::Several {
            given: given.clone(),
            found: found.iter().map(name).collect(),
        });
    }
    let file = file.to_owned();
    let key = |(symbol, timeframe): &(Option<Symbol>, Timeframe)| {
        let (file, timeframe) = (file.clone(), *timeframe);
        match (&naming.series, &naming.venue, symbol) {
            (Some(given), _, Some(found)) if *found != given.symbol => Err(NamingError::OtherSymbol {
                file,
                given: given.clone(),
                found: found.clone(),
            }),
            (Some(given), ..) => Ok(given.clone()),
            (None, Some(venue), Some(symbol)) => Ok(SeriesKey::new(venue.clone(), symbol.clone(), timeframe)),
            (None, Some(venue), None) => Err(NamingError::NoSymbol {
                file,
                venue: venue.clone(),
                timeframe,
            }),
            (None, None, Some(symbol)) => Err(NamingError::NoVenue {
                file,
                symbol: symbol.clone(),
                timeframe,
            }),
            (None, None, None) => Err(NamingError::NoName { file, timeframe }),
        }
    };
    found.iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Some("N:AAPL/1d"), None, Some("AAPL"), Ok("N:AAPL/1d"))]
    #[case(Some("N:AAPL/1d"), None, None, Ok("N:AAPL/1d"))]
    #[case(None, Some("N"), Some("AAPL"), Ok("N:AAPL/1m"))]
    #[case(
        None,
        Some("N"),
        None,
        Err("f.csv does not say which symbol it holds; pass --series N:SYMBOL/1m")
    )]
    #[case(
        None,
        None,
        Some("AAPL"),
        Err("pass --venue VENUE, or the whole name with --series VENUE:AAPL/1m")
    )]
    #[case(None, None, None, Err("pass --series VENUE:SYMBOL/1m"))]
    #[case(
        Some("N:AAPL/1d"),
        None,
        Some("MSFT"),
        Err("--series says N:AAPL/1d, but f.csv holds MSFT")
    )]
    fn a_series_is_named_by_what_was_given_and_what_the_file_says(
        #[case] series: Option<&str>,
        #[case] venue: Option<&str>,
        #[case] symbol: Option<&str>,
        #[case] expected: Result<&str, &str>,
    ) {
        let naming = Naming {
            series: series.map(|text| text.parse().unwrap()),
            venue: venue.map(|text| text.parse().unwrap()),
        };
        let found = [(symbol.map(|text| text.parse().unwrap()), Timeframe::MINUTE)];
        match (name_series(&naming, &found, "f.csv"), expected) {
            (Ok(keys), Ok(expected)) => assert_eq!(keys[0].to_string(), expected),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (named, _) => panic!("{named:?}"),
        }
    }

    #[test]
    fn one_name_does_not_fit_several_series() {
        let naming = Naming {
            series: Some("N:AAPL/1d".parse().unwrap()),
            venue: None,
        };
        let found = ["A", "B"].map(|symbol| (Some(symbol.parse().unwrap()), Timeframe::DAY));
        let error = name_series(&naming, &found, "f.csv").unwrap_err();
        assert!(error.to_string().contains("A/1d, B/1d"), "{error}");
    }
}
