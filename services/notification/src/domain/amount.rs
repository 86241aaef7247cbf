//! Amounts as people of a language write them.

use warung_contracts::{currency::Currency, money::Money};

use super::language::Language;

/// Currencies with decimals in ISO 4217 that people write without where all of them are 0: those with no decimals, in cash or at all,
/// in `currencyData/fractions` of CLDR 48.
const WRITTEN_WHOLE: &[&str] = &[
    "AFN", "ALL", "AMD", "COP", "CRC", "CZK", "GYD", "HUF", "IDR", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA",
    "MMK", "MNT", "MUR", "NOK", "PKR", "RSD", "SEK", "SOS", "SYP", "TWD", "TZS", "UZS", "YER",
];

/// An amount such as `Rp 15.000` (Indonesian) or `USD 15,000.05` (English). No part of it is left out but a 0, and that only
/// where it stands beside no amount with [`decimals`]: what is read below one another is written alike.
pub fn format(money: Money, language: Language, beside_decimals: bool) -> String {
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
    if !minor.is_empty() && (beside_decimals || !is_written_whole(money.currency) || decimals(money)) {
        text.push(point);
        text.push_str(minor);
    }
    let sign = if money.amount_minor < 0 { "-" } else { "" };
    format!("{sign}{} {text}", symbol(&money.currency, language))
}

fn is_written_whole(currency: Currency) -> bool {
    WRITTEN_WHOLE.contains(&currency.code())
}

/// Whether an amount of a currency that people write without decimals has some all the same.
pub fn decimals(money: Money) -> bool {
    let unit = 10_i64.checked_pow(u32::from(money.currency.exponent())).unwrap_or(1);
    is_written_whole(money.currency) && money.amount_minor % unit != 0
}

/// The code, but for the one currency that Indonesians know by a sign of its own.
fn symbol(currency: &Currency, language: Language) -> &str {
    match (language, currency.code()) {
        (Language::Indonesian, "IDR") => "Rp",
        (_, code) => code,
    }
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
        for (amount, code, indonesian, english) in [
            (123_456_700, "IDR", "Rp 1.234.567", "IDR 1,234,567"),
            (123_456_705, "IDR", "Rp 1.234.567,05", "IDR 1,234,567.05"),
            (0, "IDR", "Rp 0", "IDR 0"),
            (1_500_000, "USD", "USD 15.000,00", "USD 15,000.00"),
            (5, "KWD", "KWD 0,005", "KWD 0.005"),
            (-1200, "JPY", "-JPY 1.200", "-JPY 1,200"),
        ] {
            assert_eq!(format(money(amount, code), Language::Indonesian, false), indonesian);
            assert_eq!(format(money(amount, code), Language::English, false), english);
        }
        for (amount, code, written) in [
            (123_456_700, "IDR", "IDR 1,234,567.00"),
            (0, "IDR", "IDR 0.00"),
            (5, "JPY", "JPY 5"),
            (-5, "USD", "-USD 0.05"),
        ] {
            assert_eq!(format(money(amount, code), Language::English, true), written);
        }
    }

    #[test]
    fn only_currencies_with_decimals_can_be_written_without() {
        for code in WRITTEN_WHOLE {
            assert!(code.parse::<Currency>().unwrap().exponent() > 0, "{code}");
        }
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(amount: i64, code in "(USD|JPY|KWD|IDR)") {
            let money = money(amount, &code);
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let written = digits(&format(money, Language::English, false));
            let plain = digits(&money.to_string());
            prop_assert!(written == plain || format!("{written}00") == plain && code == "IDR", "{written} {plain}");
        }
    }
}
