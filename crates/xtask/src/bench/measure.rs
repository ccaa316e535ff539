//! Timing in turns: whatever slows the machine down for a while slows down both sides.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Something to be timed.
pub(crate) struct Contender<'a> {
    label: &'static str,
    run: Box<dyn FnMut() -> Result<Duration> + 'a>,
}

impl<'a> Contender<'a> {
    /// Times `run` under a name. It should fail rather than do less than it is timed for.
    pub(crate) fn new(label: &'static str, mut run: impl FnMut() -> Result<()> + 'a) -> Self {
        Self::timed(label, move || {
            let start = Instant::now();
            run()?;
            Ok(start.elapsed())
        })
    }

    /// Takes the time that `run` says, such as that of the slowest of its parts.
    pub(crate) fn timed(label: &'static str, run: impl FnMut() -> Result<Duration> + 'a) -> Self {
        Self {
            label,
            run: Box::new(run),
        }
    }

    fn time(&mut self) -> Result<Duration> {
        (self.run)().with_context(|| format!("`{}` failed", self.label))
    }
}

/// What is timed against what, and how it should come out.
pub(crate) struct Comparison<'a> {
    /// What is done.
    pub(crate) name: &'static str,
    /// How many bars one run goes through.
    pub(crate) bars: u32,
    /// The thing of interest.
    pub(crate) subject: Contender<'a>,
    /// What it is compared with; without one the subject is only timed.
    pub(crate) baseline: Option<Contender<'a>>,
    /// The ratio that is aimed at.
    pub(crate) aim: Aim,
}

/// The ratio, subject to baseline, that is aimed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// The subject takes at most so many times as long as the baseline.
    AtMost(f64),
    /// The subject takes at most this long.
    Within(Duration),
    /// There is no aim: the figure informs.
    None,
}

/// What two things take on the disk.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Size {
    /// What is stored.
    pub(crate) name: &'static str,
    /// The thing of interest, and its size.
    pub(crate) subject: (&'static str, f64),
    /// What it is compared with.
    pub(crate) baseline: (&'static str, f64),
    /// The most that the thing of interest should take.
    pub(crate) aim: Aim,
}

/// The times of one side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timing {
    /// What was timed.
    pub(crate) label: &'static str,
    /// The median of all runs.
    pub(crate) median: Duration,
    /// The fastest run.
    pub(crate) fastest: Duration,
    /// The slowest run.
    pub(crate) slowest: Duration,
}

/// What came out of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurement {
    /// What was done.
    pub(crate) name: &'static str,
    /// How many bars one run went through.
    pub(crate) bars: u32,
    /// The thing of interest.
    pub(crate) subject: Timing,
    /// What it is compared with.
    pub(crate) baseline: Option<Timing>,
    /// The ratio that is aimed at.
    pub(crate) aim: Aim,
}

impl Comparison<'_> {
    /// Times both sides `rounds` times in turns, after one run each that does not count.
    ///
    /// # Errors
    /// When a run fails, or `rounds` is zero.
    pub(crate) fn measure(mut self, rounds: u32) -> Result<Measurement> {
        ensure!(rounds > 0, "there must be at least one round");
        let (mut of_subject, mut of_baseline) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let counts = round > 0;
            // Every other round begins with the baseline, so that neither side always follows the other.
            let subject_first = round % 2 == 0;
            for is_subject in [subject_first, !subject_first] {
                let (side, times) = if is_subject {
                    (Some(&mut self.subject), &mut of_subject)
                } else {
                    (self.baseline.as_mut(), &mut of_baseline)
                };
                let Some(side) = side else { continue };
                let took = side.time()?;
                if counts {
                    times.push(took);
                }
            }
        }
        Ok(Measurement {
            name: self.name,
            bars: self.bars,
            subject: Timing::of(self.subject.label, of_subject)?,
            baseline: self
                .baseline
                .map(|side| Timing::of(side.label, of_baseline))
                .transpose()?,
            aim: self.aim,
        })
    }
}

impl Timing {
    fn of(label: &'static str, mut times: Vec<Duration>) -> Result<Self> {
        times.sort_unstable();
        let (Some(fastest), Some(slowest)) = (times.first().copied(), times.last().copied()) else {
            anyhow::bail!("`{label}` was never timed");
        };
        let middle = times.len() / 2;
        let median = if times.len().is_multiple_of(2) {
            (times[middle - 1] + times[middle]) / 2
        } else {
            times[middle]
        };
        Ok(Self {
            label,
            median,
            fastest,
            slowest,
        })
    }
}

impl Measurement {
    /// Returns how many times as long as the baseline the subject takes, medians compared.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let baseline = self.baseline.as_ref()?;
        Some(self.subject.median.as_secs_f64() / baseline.median.as_secs_f64())
    }

    /// Tells whether the ratio is what was aimed at; `None` without an aim or a baseline.
    pub(crate) fn is_met(&self) -> Option<bool> {
        match self.aim {
            Aim::AtMost(most) => self.ratio().map(|ratio| ratio <= most),
            Aim::Within(most) => Some(self.subject.median <= most),
            Aim::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn timing(label: &'static str, millis: &[u64]) -> Timing {
        Timing::of(
            label,
            millis.iter().map(|ms| Duration::from_millis(*ms)).collect(),
        )
        .unwrap()
    }

    #[test]
    fn medians_lie_in_the_middle() {
        assert_eq!(timing("odd", &[9, 1, 3]).median, Duration::from_millis(3));
        assert_eq!(timing("even", &[9, 1, 3, 4]).median, Duration::from_micros(3_500));
        assert_eq!(timing("odd", &[9, 1, 3]).slowest, Duration::from_millis(9));
    }

    #[test]
    fn an_aim_is_met_up_to_its_ratio() {
        let measured = |subject: u64, aim| Measurement {
            name: "reading",
            bars: 1,
            subject: timing("ours", &[subject]),
            baseline: Some(timing("bare loop", &[100])),
            aim,
        };
        assert_eq!(measured(150, Aim::AtMost(1.5)).is_met(), Some(true));
        assert_eq!(measured(151, Aim::AtMost(1.5)).is_met(), Some(false));
        assert_eq!(measured(151, Aim::None).is_met(), None);
        assert_eq!(measured(50, Aim::None).ratio(), Some(0.5));
    }

    #[test]
    fn both_sides_take_turns_at_being_first() {
        let order = RefCell::new(String::new());
        let note = |side: char| {
            order.borrow_mut().push(side);
            Ok(())
        };
        let subject = Contender::new("subject", || note('s'));
        let baseline = Some(Contender::new("baseline", || note('b')));
        let comparison = Comparison {
            name: "turns",
            bars: 1,
            subject,
            baseline,
            aim: Aim::None,
        };
        comparison.measure(3).unwrap();
        assert_eq!(*order.borrow(), "sbbssbbs");
    }

    #[test]
    fn a_side_that_fails_fails_the_measurement() {
        let subject = Contender::new("subject", || anyhow::bail!("two bars are missing"));
        let comparison = Comparison {
            name: "reading",
            bars: 1,
            subject,
            baseline: None,
            aim: Aim::None,
        };
        assert_eq!(
            format!("{:#}", comparison.measure(1).unwrap_err()),
            "`subject` failed: two bars are missing"
        );
    }
}
