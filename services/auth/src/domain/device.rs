//! What a device is called in the list of sessions.

use warung_contracts::text::on_one_line;

/// Characters of a label at most.
pub const LENGTH_MAX: usize = 60;

/// Browsers by a word of their User-Agent; the first that fits counts, because most name others too.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A label that somebody gave, as it is kept: trimmed, on one line, 1 to 60 characters.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse(text: &str) -> Result<String, &'static str> {
    let label = text.trim();
    if label.is_empty() || label.chars().count() > LENGTH_MAX {
        return Err("must have 1 to 60 characters");
    }
    on_one_line(label)?;
    Ok(label.to_owned())
}

/// A label for whoever sent this User-Agent and no label.
pub fn of_user_agent(text: &str) -> Option<String> {
    let named = |table: &[(&str, &'static str)]| {
        table.iter().find(|(word, _)| text.contains(word)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        // Programs begin with their name, such as okhttp/4.12.0.
        (None, None) => parse(text.split(['/', ' ', '(']).next().unwrap_or_default()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_programs_get_a_label() {
        for (agent, label) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                Some("Firefox on Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
                Some("Safari on iPhone"),
            ),
            ("okhttp/4.12.0", Some("okhttp")),
            ("", None),
        ] {
            assert_eq!(of_user_agent(agent).as_deref(), label, "{agent}");
        }
    }

    #[test]
    fn a_label_is_one_short_line() {
        assert_eq!(parse(" Siti's phone "), Ok("Siti's phone".into()));
        assert!(parse("a\nb").is_err() && parse(" ").is_err() && parse(&"a".repeat(61)).is_err());
    }
}
