//! Addresses and numbers as those read them who only need to tell them apart.

/// Characters of a number that stay, at its end.
const DIGITS: usize = 3;
/// What stands for the rest.
const HIDDEN: &str = "***";

/// An address with the first character of its name, a number with its last digits; none of what there is not.
///
/// ```text
///  siti@example.com -> s***@example.com      +6281234567890 -> ***890
/// ```
pub fn masked(recipient: &str) -> Option<String> {
    match recipient.rsplit_once('@') {
        Some((name, host)) => {
            let first: String = name.chars().take(1).collect();
            Some(format!("{first}{HIDDEN}@{host}"))
        }
        None if recipient.is_empty() => None,
        None => {
            let skipped = recipient.chars().count().saturating_sub(DIGITS);
            Some(format!("{HIDDEN}{}", recipient.chars().skip(skipped).collect::<String>()))
        }
    }
}

/// What a provider said, with the recipient masked wherever it says it.
pub fn masked_in(text: &str, recipient: &str) -> String {
    let Some(masked) = masked(recipient) else { return text.to_owned() };
    // Of ASCII alone, so that places in both texts are the same.
    let (small, wanted) = (text.to_ascii_lowercase(), recipient.to_ascii_lowercase());
    let mut said = String::with_capacity(text.len());
    let mut from = 0;
    for (place, _) in small.match_indices(&wanted) {
        said.push_str(&text[from..place]);
        said.push_str(&masked);
        from = place + wanted.len();
    }
    said.push_str(&text[from..]);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_of_a_recipient_stays() {
        for (recipient, shown) in [
            ("siti@example.com", Some("s***@example.com")),
            ("é@example.com", Some("é***@example.com")),
            ("@example.com", Some("***@example.com")),
            ("\"a@b\"@example.com", Some("\"***@example.com")),
            ("+6281234567890", Some("***890")),
            ("12", Some("***12")),
            ("", None),
        ] {
            assert_eq!(masked(recipient).as_deref(), shown, "{recipient}");
        }
    }

    #[test]
    fn what_a_provider_says_does_not_name_the_recipient() {
        let said = "550 5.1.1 <Siti@Example.com>: no SITI@example.com here, é";
        assert_eq!(
            masked_in(said, "siti@example.com"),
            "550 5.1.1 <s***@example.com>: no s***@example.com here, é"
        );
        assert_eq!(masked_in("421 later", "siti@example.com"), "421 later");
        assert_eq!(masked_in("421 later", ""), "421 later");
    }
}
