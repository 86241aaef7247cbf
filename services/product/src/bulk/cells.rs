//! Cells with lists inside (`/a.jpg|/b.jpg`); `\` before a character takes it as it is.

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
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
