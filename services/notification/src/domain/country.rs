//! Countries as people of a language call them.

use super::language::Language;

static NAMES: &str = include_str!("countries.txt");

/// The country's name; its code where it is none of ISO 3166-1.
pub fn name(code: &str, language: Language) -> &str {
    let rows = NAMES.lines().filter(|line| !line.starts_with('#'));
    let mut names = rows.filter_map(|line| line.strip_prefix(code)?.strip_prefix('\t')?.split_once('\t'));
    names.next().map_or(code, |(indonesian, english)| match language {
        Language::Indonesian => indonesian,
        Language::English => english,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_in_every_language() {
        for code in warung_contracts::country::codes() {
            for language in Language::ALL {
                let name = name(code, language);
                assert!(name != code && !name.contains('\t') && !name.is_empty(), "{code}");
            }
        }
        assert_eq!(Language::ALL.map(|language| name("SG", language)), ["Singapura", "Singapore"]);
        assert_eq!(name("", Language::English), "");
    }
}
