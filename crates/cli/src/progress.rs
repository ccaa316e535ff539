//! Progress bars on standard error.

use std::{
    io::IsTerminal,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use app::progress::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Shows stages as bars, when standard error is a terminal, and passes Ctrl-C on.
pub(crate) struct TerminalProgress {
    visible: bool,
    interrupted: Arc<AtomicBool>,
    bar: Mutex<ProgressBar>,
    rows: Arc<AtomicU64>,
}

impl TerminalProgress {
    pub(crate) fn new(quiet: bool, interrupted: Arc<AtomicBool>) -> Self {
        Self {
            visible: !quiet && std::io::stderr().is_terminal(),
            interrupted,
            bar: Mutex::new(ProgressBar::hidden()),
            rows: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Takes the bar away, so that other text can be printed.
    pub(crate) fn clear(&self) {
        self.replace(ProgressBar::hidden());
    }

    fn replace(&self, bar: ProgressBar) {
        let mut current = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        current.finish_and_clear();
        *current = bar;
    }

    fn style(&self, stage: &Stage, known_total: bool) -> ProgressStyle {
        let template = match (stage, known_total) {
            (Stage::Hashing | Stage::Archiving, _) => {
                "{msg}  {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left"
            }
            (Stage::Copying, _) => {
                "{msg}  {wide_bar} {human_pos}/{human_len} versions  {rows}  {rate}  {eta} left"
            }
            (Stage::Planning, _) => "{msg}  {wide_bar} {human_pos}/{human_len} series",
            (Stage::Reading, true) => "{msg}  {wide_bar} {bytes}/{total_bytes}  {rate}  {eta} left",
            (Stage::Reading, false) => "{msg}  {spinner} {bytes}  {rate}",
            (Stage::Simulating, _) => "{msg}  {wide_bar} {percent} %  {eta} left",
            (Stage::Sweeping, _) => "{msg}  {wide_bar} {human_pos}/{human_len} runs  {eta} left",
            (_, true) => "{msg}  {wide_bar} {human_pos}/{human_len}  {rate}  {eta} left",
            (_, false) => "{msg}  {spinner} {human_pos}  {rate}",
        };
        let unit = if *stage == Stage::Reading { "rows" } else { "bars" };
        let rows = Arc::clone(&self.rows);
        let rate = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let seconds = state.elapsed().as_secs_f64().max(0.001);
            let rate = rows.load(Ordering::Relaxed) as f64 / seconds;
            // A bar that can't be drawn is no reason to stop.
            let _ = write!(out, "{} {unit}/s", crate::output::numbers::count(rate as u64));
        };
        let rows = Arc::clone(&self.rows);
        let count = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let rows = rows.load(Ordering::Relaxed);
            let _ = write!(out, "{} {unit}", crate::output::numbers::count(rows));
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        style
            .with_key("rate", rate)
            .with_key("rows", count)
            .progress_chars("━╸─")
    }
}

fn message(stage: &Stage) -> String {
    match stage {
        Stage::Reading => "reading".to_owned(),
        Stage::Comparing(series) => format!("comparing {series}"),
        Stage::Writing(series) => format!("writing {series}"),
        Stage::Exporting => "exporting".to_owned(),
        Stage::Verifying => "verifying".to_owned(),
        Stage::Planning => "comparing histories".to_owned(),
        Stage::Copying => "copying".to_owned(),
        Stage::Hashing => "hashing files".to_owned(),
        Stage::Archiving => "archiving files".to_owned(),
        Stage::Loading => "reading bars".to_owned(),
        Stage::Simulating => "running".to_owned(),
        Stage::Sweeping => "sweeping".to_owned(),
    }
}

impl Progress for TerminalProgress {
    fn begin(&self, stage: &Stage, total: Option<u64>) {
        if !self.visible {
            return;
        }
        self.rows.store(0, Ordering::Relaxed);
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        bar.set_style(self.style(stage, total.is_some()));
        bar.set_message(message(stage));
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(bar);
    }

    fn advance(&self, units: u64, rows: u64) {
        if self.visible {
            self.rows.fetch_add(rows, Ordering::Relaxed);
            self.bar.lock().unwrap_or_else(PoisonError::into_inner).inc(units);
        }
    }

    fn cancelled(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}
