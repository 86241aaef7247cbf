//! Languages: BCP 47 tags (RFC 5646) of a language and optional subtags.

/// What somebody reads when they say nothing: the shop is Indonesian.
pub const DEFAULT: &str = "id";

/// A language tag in lower-case language, such as `id` or `en-GB`.
///
/// # Errors
///
/// What is wrong with it.
pub fn parse(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "is not a language tag such as id or en";
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or("");
    let letters = language.bytes().all(|b| b.is_ascii_alphabetic());
    if !(2..=3).contains(&language.len()) || !letters || text.len() > 35 {
        return Err(WRONG);
    }
    if parts.any(|part| !(1..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return Err(WRONG);
    }
    Ok(format!("{}{}", language.to_ascii_lowercase(), &text[language.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_and_texts_are_not() {
        assert_eq!(parse("ID"), Ok("id".into()));
        assert_eq!(parse("en-GB"), Ok("en-GB".into()));
        for text in ["", "i", "indonesian", "en_GB", "en-", "en--GB", "é"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
