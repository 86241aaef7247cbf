//! Amounts as people of a language write them.

use warung_contracts::money::Money;

use super::language::Language;

/// An amount such as `IDR 15.000,05` (Indonesian) or `IDR 15,000.05` (English).
pub fn format(money: Money, language: Language) -> String {
    let (group, point) = match language {
        Language::Indonesian => ('.', ','),
        Language::English => (',', '.'),
    };
    let width = usize::from(money.currency.exponent());
    let digits = format!("{:0>1$}", money.amount_minor.unsigned_abs(), width + 1);
    let (major, minor) = digits.split_at(digits.len() - width);
    let mut text = String::new();
    for (place, digit) in major.chars().enumerate() {
        if place > 0 && (major.len() - place) % 3 == 0 {
            text.push(group);
        }
        text.push(digit);
    }
    if width > 0 {
        text.push(point);
        text.push_str(minor);
    }
    let sign = if money.amount_minor < 0 { "-" } else { "" };
    format!("{} {sign}{text}", money.currency)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: i64, code: &str) -> Money {
        Money::new(amount, code.parse().unwrap())
    }

    #[test]
    fn amounts_follow_the_language() {
        assert_eq!(format(money(123_456_705, "IDR"), Language::Indonesian), "IDR 1.234.567,05");
        assert_eq!(format(money(123_456_705, "IDR"), Language::English), "IDR 1,234,567.05");
        assert_eq!(format(money(5, "KWD"), Language::English), "KWD 0.005");
        assert_eq!(format(money(-1200, "JPY"), Language::English), "JPY -1,200");
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(amount: i64, code in "(IDR|JPY|KWD)") {
            let money = money(amount, &code);
            let plain: String = money.to_string();
            let written: String = format(money, Language::English).replace(',', "");
            prop_assert_eq!(plain, written);
        }
    }
}
