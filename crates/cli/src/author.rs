//! Who is at the keyboard.

use domain::market::Author;

/// Returns `local:` and the name of the account that runs the program, as the environment tells it.
pub(crate) fn local_author() -> anyhow::Result<Author> {
    let name = |variable| std::env::var(variable).ok().filter(|name| !name.is_empty());
    Ok(named(name("USER").or_else(|| name("LOGNAME")).as_deref()).parse()?)
}

fn named(name: Option<&str>) -> String {
    let full = format!("local:{}", name.unwrap_or("unknown"));
    if full.parse::<Author>().is_ok() {
        full
    } else {
        "local:unknown".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_without_a_usable_name_is_unknown() {
        assert_eq!(named(Some("ada")), "local:ada");
        assert_eq!(named(None), "local:unknown");
        assert_eq!(named(Some("a\nb")), "local:unknown");
        assert_eq!(named(Some(&"x".repeat(200))), "local:unknown");
    }
}
