//! What people are called.

use warung_contracts::text::on_one_line;

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
    on_one_line(name)?;
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
