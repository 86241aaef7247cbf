//! How far a word is from another that was perhaps meant.

/// Letters of a word that are compared.
const LETTERS_MAX: usize = 40;

/// Changes that a word of this length may need: none below 4 letters, one below 8, else two.
pub fn allowed(word: &str) -> usize {
    match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Whether a word was perhaps meant by one that was typed: it needs few changes, and not of the first letter, but for a swap.
/// Nearly everybody types that right, and in short words another first letter makes another word (`lari`, `dari`).
pub fn is_meant(typed: &str, word: &str) -> bool {
    let first_two = |word: &str| (word.chars().next(), word.chars().nth(1));
    let ((a, b), (c, d)) = (first_two(typed), first_two(word));
    let begins_so = a == c || (a == d && b == c);
    begins_so && distance(typed, word) <= allowed(typed)
}

/// Beginnings from which a word may go on that was perhaps meant by one of at least three letters: with two neighbours swapped;
/// then with a letter changed (`_`), missing (`_`) or too many. The first letter is changed by a swap alone, for nearly everybody
/// types it right; and what remains has three letters, or too much would begin so.
pub fn beginnings(typed: &str) -> (Vec<String>, Vec<String>) {
    let letters: Vec<char> = typed.chars().take(LETTERS_MAX).collect();
    let with = |change: &dyn Fn(&mut Vec<char>)| {
        let mut letters = letters.clone();
        change(&mut letters);
        letters.into_iter().collect::<String>()
    };
    if letters.len() < 3 {
        return (vec![], vec![]);
    }
    let swapped = (1..letters.len()).map(|n| with(&|word| word.swap(n - 1, n)));
    let changed = (1..letters.len()).map(|n| with(&|word| word[n] = '_'));
    let missing = (1..letters.len()).map(|n| with(&|word| word.insert(n, '_')));
    let dropped = (1..letters.len()).filter(|_| letters.len() > 3).map(|n| {
        with(&|word| {
            word.remove(n);
        })
    });
    (swapped.collect(), changed.chain(missing).chain(dropped).collect())
}

/// Letters to add, drop, change or swap with their neighbour (optimal string alignment).
pub fn distance(left: &str, right: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (left.chars().take(LETTERS_MAX).collect(), right.chars().take(LETTERS_MAX).collect());
    let mut rows: [Vec<usize>; 3] = [vec![], vec![], (0..=b.len()).collect()];
    for (i, &from) in a.iter().enumerate() {
        rows.rotate_left(1);
        let mut row = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let changed = rows[1][j] + usize::from(from != to);
            let mut best = changed.min(rows[1][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                best = best.min(rows[0][j - 1] + 1);
            }
            row.push(best);
        }
        rows[2] = row;
    }
    rows[2][b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_one_change() {
        for slip in ["torjaa", "toraj", "torajaa", "toraha"] {
            assert_eq!(distance(slip, "toraja"), 1, "{slip}");
        }
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kopi", "batik"), 4);
    }

    #[test]
    fn another_first_letter_is_another_word() {
        assert!(is_meant("larri", "lari") && is_meant("alri", "lari") && is_meant("lsri", "lari"));
        assert!(!is_meant("lari", "dari") && !is_meant("kopi", "kain"));
    }

    #[test]
    fn a_slip_in_what_is_typed_so_far() {
        let (swapped, other) = beginnings("kpo");
        assert_eq!(swapped, ["pko", "kop"]);
        assert_eq!(other, ["k_o", "kp_", "k_po", "kp_o"]);
        assert!(beginnings("kopip").1.contains(&"kopi".to_owned()));
        assert_eq!(beginnings("kp"), (vec![], vec![]));
    }

    proptest! {
        #[test]
        fn it_is_a_distance(a in "[a-c]{0,6}", b in "[a-c]{0,6}") {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
        }
    }
}
