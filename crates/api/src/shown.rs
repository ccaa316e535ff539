//! Names of files as clients see them: where the machine of an import kept them is not theirs to know.

/// Returns the name of a file: of an absolute path its last part, and anything else as it is.
pub(crate) fn shown_file(name: &str) -> &str {
    if name.starts_with('/') {
        name.rsplit('/').next().unwrap_or(name)
    } else {
        name
    }
}

/// Takes absolute paths out of a text.
pub(crate) fn without_paths(text: &str) -> String {
    const ENDS: &str = "`'\",;)";
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let name_follows = chars.peek().is_some_and(|next| next.is_alphanumeric());
        if c == '/' && !before.is_alphanumeric() && name_follows {
            while chars
                .next_if(|next| !next.is_whitespace() && !ENDS.contains(*next))
                .is_some()
            {}
            shown.push('…');
        } else {
            shown.push(c);
        }
        before = c;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths_are_not_shown() {
        assert_eq!(shown_file("/home/ada/a.csv"), "a.csv");
        assert_eq!(shown_file("in/a.csv"), "in/a.csv");
        assert_eq!(
            without_paths("can't write `/var/lib/x/y`: /tmp/a.csv:3 (file:/srv/b) X:BTC/USDT/1m"),
            "can't write `…`: … (file:…) X:BTC/USDT/1m"
        );
    }
}
