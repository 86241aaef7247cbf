//! Short texts that people write and labels, mails and carriers repeat.

use warung_contracts::text::on_one_line;

/// A text as it is kept: trimmed, 1 to `max` characters, on one line.
///
/// # Errors
///
/// What is wrong with it.
pub fn line(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("must not be empty".into()),
        count if count > max => Err(format!("must have at most {max} characters")),
        _ => {
            on_one_line(text)?;
            Ok(text.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_is_one_short_trimmed_line(text in "\\PC{0,60}|[ a\\n]{0,60}") {
            if let Ok(kept) = line(&text, 50) {
                prop_assert!((1..=50).contains(&kept.chars().count()));
                prop_assert_eq!(line(&kept, 50), Ok(kept.clone()));
                prop_assert!(!kept.contains('\n'));
            }
        }
    }
}
