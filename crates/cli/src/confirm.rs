//! Asking before something is done that is hard to take back.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Advised, UsageError};

/// Asks `question` on the terminal; `yes` answers it beforehand.
///
/// # Errors
/// [`UsageError`] when there is no terminal to ask on; [`Advised`] when the answer is no.
pub(crate) fn confirm(question: &str, yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(UsageError(format!("there is no terminal to ask on: {question} Say --yes")).into());
    }
    write!(io::stderr().lock(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if ["y", "yes"]
        .iter()
        .any(|yes| yes.eq_ignore_ascii_case(answer.trim()))
    {
        return Ok(());
    }
    Err(Advised {
        message: "not confirmed".to_owned(),
        hint: "nothing was changed".to_owned(),
    }
    .into())
}
