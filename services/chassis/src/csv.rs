//! Cells of comma-separated values (RFC 4180): quotes, and what spreadsheets take for formulas.

use std::borrow::Cow;

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
fn guard(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// What was guarded.
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// A cell, quoted where that is needed; also where another separator would cut it.
fn quote(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', ';', '\t', '\n', '\r']) && cell.trim() == cell;
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

/// The cell of a text, whoever wrote it. Numbers need none of that, and would be texts to a spreadsheet when they are negative.
pub fn text(cell: &str) -> String {
    quote(&guard(cell))
}

/// A row of cells that are written as they must be.
pub fn row(cells: &[String]) -> String {
    cells.join(",") + "\r\n"
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
    }
}
