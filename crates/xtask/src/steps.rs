//! Steps that are carried out one after the other, and the table of what became of them.
#![expect(
    clippy::print_stdout,
    reason = "the progress of the steps is what the commands are run for"
)]

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What became of the steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: &'static str,
    passed: bool,
    took: Duration,
}

impl Steps {
    /// Carries out a step and notes its result. A step that fails does not keep later ones from being tried.
    pub(crate) fn take<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n==> {name}");
        let start = Instant::now();
        let result = work();
        self.done.push(Step {
            name,
            passed: result.is_ok(),
            took: start.elapsed(),
        });
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                println!("==> {name} failed: {error:#}");
                None
            }
        }
    }

    /// Prints the summary.
    ///
    /// # Errors
    /// When a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\n{}", self.summary());
        let failed: Vec<&str> = self
            .done
            .iter()
            .filter(|step| !step.passed)
            .map(|step| step.name)
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            bail!("failed: {}", failed.join(", "))
        }
    }

    fn summary(&self) -> String {
        let width = self
            .done
            .iter()
            .map(|step| step.name.len())
            .chain(["total".len()])
            .max()
            .unwrap_or_default();
        let line = |name: &str, result: &str, took: Duration| {
            format!("{name:<width$}  {result:<6}  {:>7.1} s\n", took.as_secs_f64())
        };
        let lines = self
            .done
            .iter()
            .map(|step| line(step.name, if step.passed { "ok" } else { "FAILED" }, step.took));
        let total = line("total", "", self.done.iter().map(|step| step.took).sum());
        lines.chain([total]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_whole_and_later_steps_still_run() {
        let mut steps = Steps::default();
        assert_eq!(steps.take("format", || -> Result<()> { bail!("line 3") }), None);
        assert_eq!(steps.take("tests", || Ok(7)), Some(7));
        assert_eq!(steps.finish().unwrap_err().to_string(), "failed: format");
    }

    #[test]
    fn the_summary_has_a_line_a_step_and_the_total() {
        let step = |name, passed, seconds| Step {
            name,
            passed,
            took: Duration::from_secs(seconds),
        };
        let steps = Steps {
            done: vec![step("format", true, 1), step("documentation", false, 62)],
        };
        let expected = "\
format         ok          1.0 s
documentation  FAILED     62.0 s
total                     63.0 s
";
        assert_eq!(steps.summary(), expected);
    }
}
