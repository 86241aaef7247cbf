//! Rows of a message: a tab parts words from their amount. The plain part lines the amounts up, the HTML part has a table.

/// Words longer than this stick out rather than push all amounts away, in characters: a mail is read 78 wide (RFC 5322 section
/// 2.1.1), and an amount takes some 20.
const WORDS_MAX: usize = 54;
/// So do amounts: blanks before each of many must not come to more than what is said.
const AMOUNTS_MAX: usize = 40;

/// Lines up the amounts, so that they end below one another.
pub fn lined_up(text: &str) -> String {
    let rows = || text.lines().filter_map(|line| line.split_once('\t'));
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let words = longest(&mut rows().map(|(words, _)| words.chars().count())).min(WORDS_MAX);
    let amounts = longest(&mut rows().map(|(_, amount)| amount.chars().count())).min(AMOUNTS_MAX);
    let line = |line: &str| match line.split_once('\t') {
        Some((text, amount)) => format!("{text:<words$}  {amount:>amounts$}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_end_below_one_another() {
        let text = "Hello\n\nCoffee\t12\nTea, green\t1.234\n";
        assert_eq!(lined_up(text), "Hello\n\nCoffee         12\nTea, green  1.234\n");
        let long = format!("{}\t1\nTea\t2\n", "x".repeat(80));
        assert_eq!(lined_up(&long), format!("{}  1\n{:<54}  2\n", "x".repeat(80), "Tea"));
    }

    #[test]
    fn one_long_amount_makes_no_others_long() {
        let text = format!("a\t{}\n", "1".repeat(10_000)) + &"a\t1\n".repeat(1000);
        assert!(lined_up(&text).len() < 10 * text.len());
    }
}
