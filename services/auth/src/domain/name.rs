//! What people are called.

/// Characters of a name at most.
pub const LENGTH_MAX: usize = 100;

/// A name, trimmed.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LENGTH_MAX {
        return Err("must have 1 to 100 characters");
    }
    // Names end up in mail headers and terminals.
    if name.contains(char::is_control) {
        return Err("must not contain control characters such as line breaks");
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_hold_no_control_characters() {
        assert_eq!(parse("  Siti Rahma "), Ok("Siti Rahma".to_owned()));
        assert!(parse(" ").is_err());
        assert!(parse("Siti\r\nBcc: everyone@example.com").is_err());
        assert!(parse(&"a".repeat(101)).is_err());
    }
}
