//! The points of a sweep.

use std::{collections::BTreeMap, str::FromStr};

/// How many runs a sweep may have.
pub const MAX_RUNS: usize = 20_000;

/// The values that a sweep gives to one parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    name: String,
    values: Vec<f64>,
}

/// A text is no axis, or numbers make none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AxisError {
    /// The text could not be read.
    #[error("`{0}` is not an axis; write fast=5..50:5 (both ends belong to it) or fast=5,10,20")]
    Unreadable(String),
    /// The step leads nowhere, or a bound is not a finite number.
    #[error("the range of `{0}` must have finite ends, the first one not above the last, and a step above 0")]
    Range(String),
    /// There are no values, or too many.
    #[error("`{0}` must have 1 to {MAX_RUNS} finite values")]
    Count(String),
}

impl Axis {
    /// Lists values; a value that is listed twice counts once.
    ///
    /// # Errors
    /// [`AxisError::Count`] when there are none, too many, or one is not finite.
    pub fn list(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Result<Self, AxisError> {
        let name = name.into();
        let mut listed: Vec<f64> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for value in values.into_iter().map(|value| value + 0.0) {
            if !value.is_finite() || listed.len() == MAX_RUNS {
                return Err(AxisError::Count(name));
            }
            if seen.insert(value.to_bits()) {
                listed.push(value);
            }
        }
        if listed.is_empty() {
            return Err(AxisError::Count(name));
        }
        Ok(Self { name, values: listed })
    }

    /// Steps from `first` to `last`; both belong to it as far as the steps meet them.
    ///
    /// # Errors
    /// [`AxisError`] when the range leads nowhere or has too many values.
    pub fn range(name: impl Into<String>, first: f64, last: f64, step: f64) -> Result<Self, AxisError> {
        let name = name.into();
        let finite = first.is_finite() && last.is_finite() && step.is_finite();
        if !(finite && first <= last && step > 0.0) {
            return Err(AxisError::Range(name));
        }
        // A quotient that rounding left just below a whole number still meets the last value.
        let steps = ((last - first) / step + 1e-9).floor();
        if steps >= MAX_RUNS as f64 {
            return Err(AxisError::Count(name));
        }
        let decimals = decimals(first).max(decimals(step));
        let values = (0..=steps as usize).map(|index| {
            let value = (first + index as f64 * step).min(last);
            // As one would write it: three steps of 0.1 lead to 0.3, and not to 0.30000000000000004.
            format!("{value:.decimals$}").parse().unwrap_or(value)
        });
        Self::list(name, values)
    }

    /// Returns the name of the parameter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the values, in order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// Returns how many decimals it takes to write a number.
fn decimals(number: f64) -> usize {
    let text = format!("{number}");
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

impl FromStr for Axis {
    type Err = AxisError;

    /// Reads `fast=5..50:5` or `fast=5,10,20`; a range without a step steps by 1.
    fn from_str(text: &str) -> Result<Self, AxisError> {
        let unreadable = || AxisError::Unreadable(text.chars().take(80).collect());
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| unreadable());
        let (name, values) = text.split_once('=').ok_or_else(unreadable)?;
        let name = name.trim();
        if !crate::rule::is_name(name) {
            return Err(unreadable());
        }
        let Some((first, rest)) = values.split_once("..") else {
            let values: Result<Vec<f64>, AxisError> = values.split(',').map(number).collect();
            return Self::list(name, values?);
        };
        let (last, step) = rest.split_once(':').unwrap_or((rest, "1"));
        Self::range(name, number(first)?, number(last)?, number(step)?)
    }
}

/// The axes of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    axes: Vec<Axis>,
}

/// Axes make no grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// A parameter has two axes.
    #[error("the parameter `{0}` has two axes")]
    Twice(String),
    /// There are too many points.
    #[error("the grid has more than {MAX_RUNS} points")]
    TooMany,
}

impl Grid {
    /// Spans a grid; without axes it has one point, the defaults.
    ///
    /// # Errors
    /// [`GridError`] when a parameter has two axes or there are more points than [`MAX_RUNS`].
    pub fn new(axes: Vec<Axis>) -> Result<Self, GridError> {
        for (index, axis) in axes.iter().enumerate() {
            if axes[..index].iter().any(|other| other.name == axis.name) {
                return Err(GridError::Twice(axis.name.clone()));
            }
        }
        let points = axes
            .iter()
            .try_fold(1_usize, |points, axis| points.checked_mul(axis.values.len()));
        match points {
            Some(points) if points <= MAX_RUNS => Ok(Self { axes }),
            _ => Err(GridError::TooMany),
        }
    }

    /// Returns the axes.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Returns how many points there are.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Tells whether there are none, which never happens: axes have values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Walks over the points; the last axis moves first.
    pub fn points(&self) -> impl Iterator<Item = BTreeMap<String, f64>> + '_ {
        (0..self.len()).map(|index| {
            let mut rest = index;
            let mut point = BTreeMap::new();
            for axis in self.axes.iter().rev() {
                let count = axis.values.len();
                point.insert(axis.name.clone(), axis.values[rest % count]);
                rest /= count;
            }
            point
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_both_ends() {
        let axis = |text: &str| text.parse::<Axis>().map(|axis| axis.values);
        assert_eq!(axis("fast=5..20:5"), Ok(vec![5.0, 10.0, 15.0, 20.0]));
        assert_eq!(axis("fast=5..19:5"), Ok(vec![5.0, 10.0, 15.0]));
        assert_eq!(
            axis("x=0.1..0.7:0.1"),
            Ok(vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
        );
        assert_eq!(axis("x=1e-7..3e-7:1e-7"), Ok(vec![1e-7, 2e-7, 3e-7]));
        assert_eq!(axis("x=0..1:0.4"), Ok(vec![0.0, 0.4, 0.8]));
        assert_eq!(axis("x=1..3"), Ok(vec![1.0, 2.0, 3.0]));
        assert_eq!(axis("x=3,1,3"), Ok(vec![3.0, 1.0]));
        for text in [
            "",
            "x",
            "x=",
            "x=1..",
            "x=3..1",
            "x=1..3:0",
            "x=1..3:-1",
            "x=1..1e9",
            "x=nan",
            "x=0..inf",
            "1x=1",
        ] {
            assert!(axis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_axis_moves_first() {
        let grid = Grid::new(vec!["a=1,2".parse().unwrap(), "b=3,4".parse().unwrap()]).unwrap();
        let points: Vec<Vec<f64>> = grid.points().map(|point| point.into_values().collect()).collect();
        assert_eq!(points, [[1.0, 3.0], [1.0, 4.0], [2.0, 3.0], [2.0, 4.0]]);
        assert_eq!(Grid::new(Vec::new()).unwrap().points().count(), 1);
    }

    #[test]
    fn grids_are_bounded() {
        let axis = |name: &str| Axis::range(name, 1.0, 200.0, 1.0).unwrap();
        assert_eq!(Grid::new(vec![axis("a"), axis("b")]), Err(GridError::TooMany));
        assert_eq!(
            Grid::new(vec![axis("a"), axis("a")]),
            Err(GridError::Twice("a".to_owned()))
        );
    }
}
