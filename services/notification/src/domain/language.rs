//! The languages messages are written in.

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Indonesian,
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Indonesian, Self::English];

    /// The language for a BCP 47 tag: English for those we don't speak.
    pub fn of(tag: &str) -> Self {
        match tag.split('-').next() {
            Some(language) if language.eq_ignore_ascii_case("id") => Self::Indonesian,
            _ => Self::English,
        }
    }

    /// The language of just this tag, if it is one that we speak.
    pub fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shop_says_which_languages_it_speaks() {
        assert_eq!(Language::ALL.map(Language::tag), warung_contracts::locale::SPOKEN);
    }

    #[test]
    fn unknown_languages_read_english() {
        assert_eq!(Language::of("id-ID"), Language::Indonesian);
        assert_eq!(Language::of("fr"), Language::English);
        assert_eq!(Language::of(""), Language::English);
        assert_eq!(["en", "fr", "id-ID"].map(Language::tagged), [Some(Language::English), None, None]);
    }
}
