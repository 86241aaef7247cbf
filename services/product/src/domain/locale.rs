//! Which language a reader wants: `Accept-Language` (RFC 9110, section 12.5.4).

use std::collections::BTreeSet;

/// Languages of what is translated at most.
pub const LANGUAGES_MAX: usize = 20;
/// Languages of a header that are looked at.
const RANGES_MAX: usize = 10;

/// Whether a text is a language tag that translations are kept under: `en`, `id`, `pt-BR`.
pub fn is_tag(text: &str) -> bool {
    let (language, region) = text.split_once('-').map_or((text, None), |(l, r)| (l, Some(r)));
    let language = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
    language && region.is_none_or(|r| r.len() == 2 && r.bytes().all(|b| b.is_ascii_uppercase()))
}

/// The translations a reader wants, the dearest first: what comes before the catalogue's own language in the header. `*`
/// and what is no tag are left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Wanted(Vec<String>);

impl Wanted {
    /// Reads the header; `own` is the language of texts that are no translation.
    pub fn parse(header: &str, own: &str) -> Self {
        let mut ranges: Vec<(u32, String)> =
            header.split(',').take(RANGES_MAX).filter_map(range).filter(|(weight, _)| *weight > 0).collect();
        ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        let tags = ranges.into_iter().map(|(_, tag)| tag);
        Self(tags.take_while(|tag| language(tag) != language(own)).collect())
    }

    /// The first of these that the reader wants, exactly or by its language.
    pub fn pick<'a>(&self, there: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
        self.0.iter().find_map(|want| {
            let exact = there.clone().find(|tag| tag == want);
            exact.or_else(|| there.clone().find(|tag| language(tag) == language(want)))
        })
    }

    /// The wanted tags.
    pub fn tags(&self) -> &[String] {
        &self.0
    }
}

/// The languages of the texts of an answer; none is the catalogue's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Languages(BTreeSet<Option<String>>);

impl Languages {
    /// The tags.
    pub fn tags<'a>(&'a self, own: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(move |tag| tag.as_deref().unwrap_or(own))
    }

    /// What `Content-Language` says (RFC 9110, section 8.5), the catalogue's own first; none where there are no texts.
    pub fn header(&self, own: &str) -> Option<String> {
        (!self.0.is_empty()).then(|| self.tags(own).collect::<Vec<_>>().join(", "))
    }
}

impl FromIterator<Option<String>> for Languages {
    fn from_iter<I: IntoIterator<Item = Option<String>>>(tags: I) -> Self {
        Self(tags.into_iter().collect())
    }
}

/// The language of a tag, without its region.
fn language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// One range with its weight in thousandths.
fn range(text: &str) -> Option<(u32, String)> {
    let (tag, weight) = text.split_once(';').map_or((text, None), |(tag, weight)| (tag, Some(weight)));
    let (language, region) = tag.trim().split_once('-').map_or((tag.trim(), None), |(l, r)| (l, Some(r)));
    let tag = match region {
        Some(region) => format!("{}-{}", language.to_ascii_lowercase(), region.to_ascii_uppercase()),
        None => language.to_ascii_lowercase(),
    };
    let weight = match weight.map(str::trim).and_then(|weight| weight.strip_prefix("q=")) {
        None => 1000,
        Some("1") => 1000,
        Some(weight) => thousandths(weight).unwrap_or(0),
    };
    is_tag(&tag).then_some((weight, tag))
}

/// `0.8` as 800.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    Some((whole.parse::<u32>().ok()?.min(1) * 1000 + digits.parse::<u32>().ok()?).min(1000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pick(header: &str) -> Option<&'static str> {
        Wanted::parse(header, "id").pick(["en", "pt-BR"].into_iter())
    }

    #[test]
    fn the_dearest_language_that_is_there_wins() {
        assert_eq!(pick("id, en;q=0.8"), None, "the catalogue's own language needs no translation");
        assert_eq!(pick("fr, en;q=0.8"), Some("en"));
        assert_eq!(pick("en-GB;q=0.5, pt;q=0.9"), Some("pt-BR"));
        assert_eq!(pick("EN-us"), Some("en"));
        assert_eq!(pick("en;q=0, *"), None);
        assert_eq!(pick("id"), None);
    }

    #[test]
    fn an_answer_names_each_language_of_its_texts_once() {
        let of = |tags: &[Option<&str>]| {
            tags.iter().map(|tag| tag.map(str::to_owned)).collect::<Languages>().header("id")
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[Some("en"), None, Some("en")]).as_deref(), Some("id, en"));
        assert_eq!(of(&[Some("pt-BR")]).as_deref(), Some("pt-BR"));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(header in ".*") {
            let wanted = Wanted::parse(&header, "id");
            prop_assert!(wanted.tags().iter().all(|tag| is_tag(tag)));
        }
    }
}
