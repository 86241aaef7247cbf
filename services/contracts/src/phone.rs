//! Telephone numbers (ITU-T E.164).

/// A number in international form, without the blanks, dots, hyphens and brackets that people write.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse(text: &str) -> Result<String, String> {
    let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let digits = number.strip_prefix('+').unwrap_or("");
    // A country code and a number: 15 digits at most, and none begins with 0.
    let right = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if right {
        Ok(number)
    } else {
        Err("is not a number in international form such as +62 812 3456 7890".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_in_one_form() {
        assert_eq!(parse("+62 812-3456-7890"), Ok("+6281234567890".into()));
        for text in ["", "0812 3456 7890", "+0812345678", "+62", "+62abc456789", "+1234567890123456"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
