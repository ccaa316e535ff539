//! Values drawn in text: a chart of several lines, and shades.

use super::numbers;

/// Eighths of a character, from none to all.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Four shades, the lightest first.
pub(crate) const SHADES: [char; 4] = ['░', '▒', '▓', '█'];

/// Draws `values` as columns over at most `width` characters and `height` lines, each column the mean of its share of
/// them; the highest and the lowest line tell their values.
pub(crate) fn chart(values: &[f64], width: usize, height: usize) -> Vec<String> {
    let width = width.min(values.len());
    let mean = |column: usize| {
        let share = &values[column * values.len() / width..(column + 1) * values.len() / width];
        share.iter().sum::<f64>() / share.len() as f64
    };
    let means: Vec<f64> = (0..width).map(mean).collect();
    let (low, high) = bounds(means.iter().copied());
    let labels = [high, low].map(|value| numbers::decimal(value, 2));
    let room = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0);
    let line = |line: usize| {
        let label = match line {
            0 => labels[0].as_str(),
            line if line + 1 == height => labels[1].as_str(),
            _ => "",
        };
        let floor = (height - 1 - line) * 8;
        let bar = |mean: &f64| {
            // The lowest value still has an eighth to stand on.
            let filled = 1 + (share(*mean, low, high) * (height * 8 - 1) as f64).round() as usize;
            EIGHTHS[filled.saturating_sub(floor).min(8)]
        };
        let bars: String = means.iter().map(bar).collect();
        format!("{label:>room$} ┤{}", bars.trim_end())
    };
    (0..height).map(line).collect()
}

/// Returns the least and the greatest value.
pub(crate) fn bounds(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let wider = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    values.into_iter().fold(none, wider)
}

/// Returns where a value lies between two others, from 0 to 1; in the middle when they are equal.
fn share(value: f64, from: f64, to: f64) -> f64 {
    let span = to - from;
    if span == 0.0 {
        0.5
    } else {
        ((value - from) / span).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_stands_on_its_lowest_value_and_reaches_its_highest() {
        let values: Vec<f64> = (0..16).map(f64::from).collect();
        let lines = chart(&values, 16, 2);
        assert_eq!(lines, ["15.00 ┤        ▁▂▃▄▅▆▇█", " 0.00 ┤▁▂▃▄▅▆▇█████████"]);
    }
}
