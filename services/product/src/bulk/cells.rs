//! Lists inside a cell: `Size=L|Colour=Red`. `\` before a character takes it as it is.

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

/// The same, but escapes stay: for parts that are split again.
fn split_raw(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        if !escaped && c == separator {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        escaped = c == '\\' && !escaped;
        part.push(c);
    }
    parts.push(part);
    parts
}

/// A text in which separators mean nothing.
fn escape(text: &str, separators: &[char]) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c == '\\' || separators.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Pairs of `a=b|c=d`; none when a part is no pair.
pub fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    if text.is_empty() {
        return Some(vec![]);
    }
    let pair = |part: String| {
        let mut sides = split(&part, '=').into_iter();
        let pair = sides.next().zip(sides.next());
        pair.filter(|_| sides.next().is_none())
    };
    split_raw(text, '|').into_iter().map(pair).collect()
}

/// Pairs as one text.
pub fn join_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(a, b)| format!("{}={}", escape(a, &['|', '=']), escape(b, &['|', '=']));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("|")
}

/// Parts as one text.
pub fn join(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().map(|part| escape(&part, &['|'])).collect::<Vec<_>>().join("|")
}

/// A cell of a row (RFC 4180), quoted where that is needed.
pub fn quote(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', '\n', '\r']) && cell.trim() == cell;
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pairs_survive_their_text(all in prop::collection::vec(("[a|=\\\\]{1,5}", "[b|=\\\\]{0,5}"), 0..4)) {
            let text = join_pairs(all.iter().map(|(a, b)| (a.as_str(), b.as_str())));
            prop_assert_eq!(pairs(&text), Some(all));
        }

        #[test]
        fn parts_survive_their_text(all in prop::collection::vec("[a|\\\\ ]{1,5}", 1..4)) {
            prop_assert_eq!(split(&join(all.clone()), '|'), all);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            pairs(&text);
            split(&text, '|');
        }
    }
}
