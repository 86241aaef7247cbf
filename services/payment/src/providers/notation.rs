//! What the adapters share in writing and reading: amounts as decimals of major units, our ids in theirs, and secrets
//! compared without telling where they differ.

use warung_contracts::{id::PaymentId, money::Money};

/// Characters of a payment's id: `pay_` and 32 digits.
const ID_LENGTH: usize = 36;

/// Minor units of a decimal of major units; decimals beyond the currency's must be zeros. None for anything else.
pub fn minor(text: &str, exponent: u8) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let exponent = usize::from(exponent);
    // Bytes: what is not ASCII may not even be cut there.
    let (kept, beyond) = part.split_at_checked(part.len().min(exponent))?;
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !numeric(whole) || !numeric(kept) || beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let minor: i64 = format!("{whole}{kept:0<exponent$}").parse().ok()?;
    Some(sign * minor)
}

/// Whole major units; none when there are minor units beside them.
pub fn whole(amount: Money) -> Option<i64> {
    let unit = 10_i64.checked_pow(u32::from(amount.currency.exponent()))?;
    (amount.amount_minor % unit == 0).then_some(amount.amount_minor / unit)
}

/// Our id as the `n`th name for a payment: a provider that knows the first one for good gets another.
pub fn name(id: PaymentId, n: u8) -> String {
    if n <= 1 { id.to_string() } else { format!("{id}-{n}") }
}

/// The payment that a provider names by one of ours.
pub fn payment(name: &str) -> Option<PaymentId> {
    let (id, rest) = name.split_at_checked(ID_LENGTH)?;
    (rest.is_empty() || rest.starts_with('-')).then(|| id.parse().ok())?
}

/// Whether two secrets are the same, in a time that depends on their lengths alone.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let differ = one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount_minor: i64, currency: &str) -> Money {
        Money::new(amount_minor, currency.parse().unwrap())
    }

    #[test]
    fn amounts_are_written_and_read_in_major_units() {
        for (minor_units, currency, text) in [
            (125_050, "USD", "1250.50"),
            (7, "USD", "0.07"),
            (1500, "JPY", "1500"),
            (1_234_567, "KWD", "1234.567"),
            (-1, "USD", "-0.01"),
            (15_000_000, "IDR", "150000.00"),
            (i64::MAX, "USD", "92233720368547758.07"),
        ] {
            let amount = money(minor_units, currency);
            assert_eq!(amount.decimal(), text);
            assert_eq!(minor(text, amount.currency.exponent()), Some(minor_units));
        }
    }

    #[test]
    fn only_what_says_an_amount_exactly_is_read() {
        assert_eq!(minor("150000", 2), Some(15_000_000));
        assert_eq!(minor("1250.5", 2), Some(125_050));
        assert_eq!(minor("1500.000", 0), Some(1500));
        let long = "9".repeat(30);
        for text in ["", ".5", "1.005", "1e3", "1,000.00", "Rp1", "+1", "--1", "1.aé", "1.é", "١", &long] {
            assert_eq!(minor(text, 2), None, "{text}");
        }
    }

    #[test]
    fn a_part_of_a_unit_is_not_whole() {
        assert_eq!(whole(money(15_000_000, "IDR")), Some(150_000));
        assert_eq!(whole(money(15_000_050, "IDR")), None);
        assert_eq!(whole(money(1500, "JPY")), Some(1500));
    }

    #[test]
    fn our_ids_are_found_in_theirs() {
        let id: PaymentId = "pay_00000000000000000000000000000001".parse().unwrap();
        assert_eq!(payment(&name(id, 1)), Some(id));
        assert_eq!(payment(&name(id, 3)), Some(id));
        for other in [
            "ORDER-1",
            "",
            "pay_1",
            "pay_00000000000000000000000000000001x",
            "ord_00000000000000000000000000000001",
        ] {
            assert_eq!(payment(other), None, "{other}");
        }
    }

    #[test]
    fn secrets_are_the_same_or_not() {
        assert!(same(b"token", b"token"));
        for other in ["", "toke", "tokens", "tOken"] {
            assert!(!same(b"token", other.as_bytes()), "{other}");
        }
    }
}
