//! Plain text → what the HTML layout is filled with. Escaping is the layout's: nothing here makes markup.

use serde::Serialize;

/// A run of text; a link where `url` says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece<'t> {
    pub text: &'t str,
    pub url: bool,
}

/// What a tab parts from what else is in its line.
pub type Cell<'t> = Vec<Piece<'t>>;

/// Lines without an empty one between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paragraph<'t> {
    /// Whether some lines have several cells.
    pub table: bool,
    pub lines: Vec<Vec<Cell<'t>>>,
}

/// Empty lines part paragraphs.
pub fn paragraphs(text: &str) -> Vec<Paragraph<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let parts = lines.split(|line| line.trim().is_empty()).filter(|part| !part.is_empty());
    parts.map(paragraph).collect()
}

fn paragraph<'t>(lines: &[&'t str]) -> Paragraph<'t> {
    let lines: Vec<Vec<Cell<'t>>> =
        lines.iter().map(|line| line.splitn(2, '\t').map(pieces).collect()).collect();
    Paragraph { table: lines.iter().any(|cells| cells.len() > 1), lines }
}

/// A word that begins with `https://` or `http://` is a link.
fn pieces(cell: &str) -> Cell<'_> {
    let (mut pieces, mut told, mut start) = (Vec::new(), 0, 0);
    for word in cell.split(' ') {
        let end = start + word.len();
        if word.starts_with("https://") || word.starts_with("http://") {
            pieces.push(Piece { text: &cell[told..start], url: false });
            pieces.push(Piece { text: word, url: true });
            told = end;
        }
        start = end + 1;
    }
    pieces.push(Piece { text: &cell[told..], url: false });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all<'t>(paragraphs: &'t [Paragraph<'t>]) -> impl Iterator<Item = &'t Piece<'t>> {
        paragraphs.iter().flat_map(|paragraph| paragraph.lines.iter().flatten().flatten())
    }

    #[test]
    fn links_are_found_and_paragraphs_kept() {
        let found = paragraphs("Hello\n\nPay here: https://a.example/x?y=1 now\nThanks\n");
        assert_eq!((found.len(), found[1].lines.len(), found[1].table), (2, 2, false));
        let urls: Vec<_> = all(&found).filter(|piece| piece.url).map(|piece| piece.text).collect();
        assert_eq!(urls, ["https://a.example/x?y=1"]);
        assert!(all(&paragraphs("javascript:alert(1) data:x")).all(|piece| !piece.url));
    }

    #[test]
    fn a_tab_makes_a_row_of_a_table() {
        let found = paragraphs("Tea\t1\n  green\n");
        assert!(found[0].table);
        assert_eq!(found[0].lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost(text in "[a-z /:.\t\n]{0,40}(http://x)?[a-z /:.\n]{0,40}") {
            let found = paragraphs(&text);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let told: String = all(&found).map(|piece| piece.text).collect();
            prop_assert_eq!(letters(&told), letters(&text));
        }
    }
}
