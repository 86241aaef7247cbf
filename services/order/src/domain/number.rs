//! The number people read: the shop's name and ten letters that say neither how many orders there are nor which comes next.

use uuid::Uuid;

/// Crockford's base 32: no letter is mistaken for another or for a digit.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of an order, such as `KOPI-7K3M9-2QXAB`: the last 50 bits of its UUIDv7, which hold no
/// time: they are random, or a counter that starts at random each millisecond. Should two orders ever share one, the
/// database refuses the second, which is tried again.
pub fn number(shop: &str, id: Uuid) -> String {
    let random = id.as_u128();
    let letter = |place: u32| char::from(LETTERS[(random >> (5 * place) & 31) as usize]);
    let group = |places: std::ops::Range<u32>| places.map(letter).collect::<String>();
    format!("{shop}-{}-{}", group(0..5), group(5..10))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make ids of their own")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_short_readable_and_apart() {
        let numbers: HashSet<String> = (0..10_000).map(|_| number("KOPI", Uuid::now_v7())).collect();
        assert_eq!(numbers.len(), 10_000);
        for number in numbers {
            let letters = number.strip_prefix("KOPI-").unwrap();
            assert_eq!((letters.len(), &letters[5..6]), (11, "-"));
            assert!(letters.bytes().all(|letter| letter == b'-' || LETTERS.contains(&letter)), "{number}");
        }
    }
}
