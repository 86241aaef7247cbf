//! What somebody types to find an order.

use super::Order;

/// Characters that the longest word of a search has at least: a trigram index knows nothing of fewer.
pub const WORD_MIN: usize = 3;

/// Everything an order is found by, in small letters, a line each.
pub fn of(order: &Order) -> String {
    let contact = order.contact.as_ref();
    let people = [
        order.email.as_deref(),
        contact.map(|contact| contact.name.as_str()),
        contact.and_then(|contact| contact.phone.as_deref()),
        Some(order.shipping_address.recipient.as_str()),
        order.shipping_address.phone.as_deref(),
    ];
    let skus = order.lines.iter().map(|line| line.sold.sku.as_str());
    let all = std::iter::once(order.number.as_str()).chain(people.into_iter().flatten()).chain(skus);
    all.collect::<Vec<_>>().join("\n").to_lowercase()
}

/// A search as patterns of `LIKE`, that of the longest word first: all of them fit what is found. Empty when no word is long
/// enough.
pub fn patterns(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    if words.first().is_none_or(|word| word.chars().count() < WORD_MIN) {
        return Vec::new();
    }
    words.iter().map(|word| pattern(word)).collect()
}

fn pattern(word: &str) -> String {
    let escaped = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_leads_and_nothing_typed_is_a_wildcard() {
        assert_eq!(patterns(" Di  Bandung "), ["%bandung%", "%di%"]);
        assert_eq!(patterns(r"50%_\"), [r"%50\%\_\\%"]);
        assert!(patterns("di 50").is_empty() && patterns("").is_empty());
    }
}
