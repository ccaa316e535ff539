//! A line of text that shows how prices went.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws `values` in at most `width` characters, each the mean of its share of them.
pub(crate) fn sparkline(values: &[f64], width: usize) -> String {
    let width = width.min(values.len());
    let means = (0..width).map(|column| {
        let share = &values[column * values.len() / width..(column + 1) * values.len() / width];
        share.iter().sum::<f64>() / share.len() as f64
    });
    let means: Vec<f64> = means.collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let level = |mean: f64| {
        let share = if high > low {
            (mean - low) / (high - low)
        } else {
            0.5
        };
        LEVELS[((share * LEVELS.len() as f64) as usize).min(LEVELS.len() - 1)]
    };
    means.into_iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_from_the_lowest_to_the_highest_level() {
        let values: Vec<f64> = (0..800).map(f64::from).collect();
        assert_eq!(sparkline(&values, 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[1.0, 2.0], 60), "▁█");
        assert_eq!(sparkline(&[3.0, 3.0], 60), "▅▅");
        assert_eq!(sparkline(&[], 60), "");
    }
}
