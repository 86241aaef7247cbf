//! Cells: lists inside one (`/a.jpg|/b.jpg`, `\` before a character takes it as it is), quotes, and what spreadsheets take for
//! formulas.

use std::borrow::Cow;

use crate::domain::written::escape;

/// The parts of a text between separators, unescaped.
pub fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            _ if std::mem::take(&mut escaped) => part.push(c),
            '\\' => escaped = true,
            _ if c == separator => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    parts
}

/// Parts as one text.
pub fn join(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().map(|part| escape(&part, &['|'])).collect::<Vec<_>>().join("|")
}

/// What spreadsheets begin formulas with, also in the wide letters of East Asia.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Whether a spreadsheet may take a cell, without apostrophes before it, for a formula (OWASP, CSV Injection).
fn is_formula(cell: &str) -> bool {
    let bare = cell.trim_start_matches('\'');
    let inner = cell.trim_start_matches(|c: char| c == '\'' || c.is_whitespace() || c.is_control());
    bare.starts_with(['\t', '\r', '\n']) || inner.starts_with(FORMULA)
}

/// A cell that a spreadsheet shows as the text it is: with an apostrophe before what may be a formula, and one more where
/// there are some.
pub fn guard(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// What was guarded.
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// A cell of a row (RFC 4180), quoted where that is needed; also where another separator would cut it.
pub fn quote(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', ';', '\t', '\n', '\r']) && cell.trim() == cell;
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_may_be_a_formula_is_guarded_and_other_text_is_not() {
        for cell in ["=HYPERLINK(1)", "+62", "-5", "@SUM(1)", "\t=1", " =1", "\ntext", "＝1", "'=1", "''-"] {
            assert_eq!(guard(cell), format!("'{cell}"));
        }
        for cell in ["", "Kopi", "5-3", "'n Kopi", "Jum'at", "a@b", " a"] {
            assert_eq!((guard(cell).as_ref(), unguard(cell)), (cell, cell));
        }
        assert_eq!(unguard("=1"), "=1", "a file that a person writes needs no apostrophe");
    }

    proptest! {
        #[test]
        fn what_is_guarded_is_no_formula_and_comes_back(cell in "['=+@＝\\-\\t\\r\\n a;\"]{0,6}") {
            let guarded = guard(&cell);
            prop_assert_eq!(unguard(&guarded), &cell);
            prop_assert!(!guarded.starts_with(FORMULA) && !guarded.starts_with(['\t', '\r', '\n']));
            prop_assert!(guarded.starts_with('\'') || !guarded.trim_start().starts_with(FORMULA));
        }

        #[test]
        fn parts_survive_their_text(all in prop::collection::vec("[a|\\\\ ]{1,5}", 1..4)) {
            prop_assert_eq!(split(&join(all.clone()), '|'), all);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            split(&text, '|');
        }
    }
}
