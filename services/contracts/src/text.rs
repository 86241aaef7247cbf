//! Texts that people write and labels, mails, terminals and carriers repeat.

/// Whether a text is on one line, without control characters (Unicode's Cc).
///
/// # Errors
///
/// What is wrong with it, as a field's fault is told.
pub fn on_one_line(text: &str) -> Result<(), &'static str> {
    match text.contains(char::is_control) {
        true => Err("must not contain control characters such as line breaks"),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_and_other_controls_are_named() {
        assert_eq!(on_one_line("Siti Rahma, Jl. Kaliurang 5"), Ok(()));
        for text in ["a\r\nBcc: b@example.com", "a\tb", "a\0", "a\u{1b}[31m", "a\u{85}b"] {
            assert!(on_one_line(text).is_err(), "{text:?}");
        }
    }
}
