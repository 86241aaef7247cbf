//! Plain text → what the HTML layout is filled with. Escaping is the layout's: nothing here makes markup.

use serde::Serialize;

/// A run of text; a link where `url` says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece<'t> {
    pub text: &'t str,
    pub url: bool,
}

/// Paragraphs of lines of pieces.
pub type Paragraphs<'t> = Vec<Vec<Vec<Piece<'t>>>>;

/// Empty lines part paragraphs.
pub fn paragraphs(text: &str) -> Paragraphs<'_> {
    let lines: Vec<&str> = text.lines().collect();
    let parts = lines.split(|line| line.trim().is_empty()).filter(|part| !part.is_empty());
    parts.map(|part| part.iter().map(|line| pieces(line)).collect()).collect()
}

/// A word that begins with `https://` or `http://` is a link.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let words = line.split_inclusive(' ');
    words
        .flat_map(|word| {
            let (text, space) = word.split_at(word.trim_end_matches(' ').len());
            let url = text.starts_with("https://") || text.starts_with("http://");
            [Piece { text, url }, Piece { text: space, url: false }]
        })
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_are_found_and_paragraphs_kept() {
        let all = paragraphs("Hello\n\nPay here: https://a.example/x?y=1 now\nThanks\n");
        assert_eq!(all.len(), 2);
        let urls: Vec<_> = all[1][0].iter().filter(|piece| piece.url).map(|piece| piece.text).collect();
        assert_eq!(urls, ["https://a.example/x?y=1"]);
        assert!(paragraphs("javascript:alert(1) data:x").iter().flatten().flatten().all(|piece| !piece.url));
    }

    proptest! {
        #[test]
        fn no_letter_is_lost(text in "[a-z /:.\n]{0,80}") {
            let all: String = paragraphs(&text).iter().flatten().flatten().map(|piece| piece.text).collect();
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&all), letters(&text));
        }
    }
}
