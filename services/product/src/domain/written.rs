//! Options and their values as people write them, in filters and in files: `Size:L,Colour:Red`. `\` before a character takes it
//! as it is; a comma that no other option follows is the value's, as in `Net:1,5 kg`.

use super::product::Axis;

/// Reads pairs of an option and a value; none when something is no pair.
pub fn read(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in pieces(text) {
        match (piece.split, pairs.last_mut()) {
            (Some(name), _) => pairs.push((name, piece.rest)),
            (None, Some((_, value))) => *value = format!("{value},{}", piece.rest),
            (None, None) if text.is_empty() => {}
            (None, None) => return None,
        }
    }
    Some(pairs)
}

/// What stands between two commas.
#[derive(Default)]
struct Piece {
    /// What stands before the first colon, if there is one.
    split: Option<String>,
    rest: String,
}

fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut piece, mut escaped) = (Vec::new(), Piece::default(), false);
    for c in text.chars() {
        match c {
            _ if std::mem::take(&mut escaped) => piece.rest.push(c),
            '\\' => escaped = true,
            ',' => pieces.push(std::mem::take(&mut piece)),
            ':' if piece.split.is_none() => piece.split = Some(std::mem::take(&mut piece.rest)),
            _ => piece.rest.push(c),
        }
    }
    pieces.push(piece);
    pieces
}

/// Writes pairs so that they are read as they are.
pub fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let part = |text| escape(text, &[',', ':']);
    let pair = |(name, value)| format!("{}:{}", part(name), part(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join(",")
}

/// A text in which these separators mean nothing.
pub fn escape(text: &str, separators: &[char]) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c == '\\' || separators.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Writes all values of options.
pub fn write_axes(axes: &[Axis]) -> String {
    write(axes.iter().flat_map(|axis| axis.values.iter().map(|value| (axis.name.as_str(), value.as_str()))))
}

/// The options of these pairs, each with its values, in the order in which they come.
pub fn axes(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::new();
    for (name, value) in pairs {
        match axes.iter_mut().find(|axis| axis.name == name) {
            Some(axis) if axis.values.contains(&value) => {}
            Some(axis) => axis.values.push(value),
            None => axes.push(Axis::new(name, vec![value])),
        }
    }
    axes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(all.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn commas_part_options_and_are_parts_of_values() {
        assert_eq!(read("Size:L,Colour:Red"), pairs(&[("Size", "L"), ("Colour", "Red")]));
        assert_eq!(read("Isi:1,5 kg,Warna:Hijau"), pairs(&[("Isi", "1,5 kg"), ("Warna", "Hijau")]));
        assert_eq!(read("Isi:1\\,5 kg: x,A\\:b:c"), pairs(&[("Isi", "1,5 kg: x"), ("A:b", "c")]));
        assert_eq!(read(""), pairs(&[]));
        assert_eq!((read("Size"), read("Size,Colour:Red")), (None, None));
    }

    proptest! {
        #[test]
        fn pairs_survive_their_text(all in prop::collection::vec(("[a,:\\\\]{1,5}", "[b,:\\\\ ]{0,5}"), 0..4)) {
            let text = write(all.iter().map(|(a, b)| (a.as_str(), b.as_str())));
            prop_assert_eq!(read(&text), Some(all));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            read(&text);
        }
    }
}
