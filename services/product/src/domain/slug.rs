//! Slugs: names in addresses that people read.

/// Characters at most.
pub const MAX: usize = 100;
/// Words that stand in the place of a product in addresses.
const RESERVED: [&str; 5] = ["search", "suggest", "facets", "import", "export"];

/// Why a text is no slug of a product.
pub fn fault(text: &str) -> Option<&'static str> {
    if text.is_empty() || text.len() > MAX {
        return Some("must be 1 to 100 characters long");
    }
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !text.split('-').all(word) {
        return Some("must be lower-case letters, digits and single hyphens");
    }
    RESERVED.contains(&text).then_some("is a word that addresses need; choose another")
}

/// A slug made of a name; none when the name has no letter or digit of ASCII.
pub fn of(name: &str) -> Option<String> {
    let plain = name.chars().map(plain).collect::<String>().to_ascii_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(MAX - 8);
    let slug = slug.trim_end_matches('-').to_owned();
    (!slug.is_empty()).then(|| if fault(&slug).is_some() { format!("{slug}-1") } else { slug })
}

/// The letter without its accent, for the accents of European languages.
pub fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'À'..='Å' => 'a',
        'è'..='ë' | 'È'..='Ë' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' => 'i',
        'ò'..='ö' | 'Ò'..='Ö' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        'ç' | 'Ç' => 'c',
        'ñ' | 'Ñ' => 'n',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_becomes_words_with_hyphens() {
        assert_eq!(of("Kopi Gayo, 250 g").as_deref(), Some("kopi-gayo-250-g"));
        assert_eq!(of("  Café—crème ").as_deref(), Some("cafe-creme"));
        assert_eq!(of("珈琲"), None);
        assert_eq!(of("Search").as_deref(), Some("search-1"));
    }

    proptest! {
        #[test]
        fn whatever_it_makes_is_a_slug(name in "\\PC{0,200}") {
            if let Some(slug) = of(&name) {
                prop_assert_eq!(fault(&slug), None, "{}", slug);
            }
        }
    }
}
