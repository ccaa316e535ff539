//! Reading the times of a file, row by row.

use super::time::{TimeForm, WrittenTime, after_date, iso_date};

/// Reads the times of a file, which mostly have the date of the row before.
#[derive(Debug)]
pub(crate) struct TimeReader {
    forms: &'static [TimeForm],
    /// The last date that was read in [`TimeForm::Iso`], and its midnight.
    date: [u8; 10],
    midnight: i64,
}

impl TimeReader {
    pub(crate) fn new(forms: &'static [TimeForm]) -> Self {
        Self {
            forms,
            date: [0; 10],
            midnight: 0,
        }
    }

    /// Reads `text` in the first form that fits.
    #[inline]
    pub(crate) fn read(&mut self, text: &[u8]) -> Option<WrittenTime> {
        match text.split_first_chunk() {
            Some((date, rest)) if *date == self.date => after_date(self.midnight, rest),
            _ => self.read_anew(text),
        }
    }

    fn read_anew(&mut self, text: &[u8]) -> Option<WrittenTime> {
        let (form, written) = self
            .forms
            .iter()
            .find_map(|form| Some((form, form.read(text)?)))?;
        if *form == TimeForm::Iso
            && let Some(date) = text.first_chunk()
            && let Some(midnight) = iso_date(date)
        {
            (self.date, self.midnight) = (*date, midnight);
        }
        Some(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_is_remembered_is_read_as_one_that_is_not() {
        let mut reader = TimeReader::new(&[TimeForm::Epoch, TimeForm::Iso]);
        for text in [
            "2024-01-02 09:30",
            "2024-01-02",
            "2024-01-02 10:30Z",
            "1704191400",
            "2024-01-02x",
            "2024-01-03",
        ] {
            let anew = TimeReader::new(&[TimeForm::Epoch, TimeForm::Iso]).read(text.as_bytes());
            assert_eq!(reader.read(text.as_bytes()), anew, "{text}");
        }
    }
}
