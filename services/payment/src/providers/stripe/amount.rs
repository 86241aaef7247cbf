//! Amounts as Stripe writes them: whole numbers of its own minor unit, which is mostly but not always ISO 4217's
//! (docs.stripe.com/currencies, "zero-decimal", "three-decimal" and "special cases").

use warung_contracts::{currency::Currency, money::Money};

/// Decimals at Stripe where they are not ISO 4217's: the ariary is written without its fifths, króna and shilling with two
/// decimals that are always 00.
const OWN: [(&str, u8); 3] = [("MGA", 0), ("ISK", 2), ("UGX", 2)];
/// What Stripe does not know.
const UNKNOWN: [&str; 12] =
    ["CUP", "ERN", "GHS", "IQD", "IRR", "KPW", "LYD", "MRU", "SDG", "SSP", "SYP", "VES"];

fn exponent(currency: Currency) -> u8 {
    OWN.iter().find(|(code, _)| *code == currency.code()).map_or(currency.exponent(), |(_, own)| *own)
}

/// Whether Stripe takes this currency.
pub fn knows(currency: Currency) -> bool {
    !UNKNOWN.contains(&currency.code())
}

/// The amount in Stripe's minor units; none when Stripe can't write it.
pub fn to_stripe(money: Money) -> Option<i64> {
    let (ours, theirs) = (money.currency.exponent(), exponent(money.currency));
    let amount = scale(money.amount_minor, ours, theirs)?;
    // Three decimals, of which the last must be 0.
    (theirs < 3 || amount % 10 == 0).then_some(amount)
}

/// An amount in Stripe's minor units as ours; none when it is no amount of the currency.
pub fn from_stripe(amount: i64, currency: &str) -> Option<Money> {
    let currency: Currency = currency.to_ascii_uppercase().parse().ok()?;
    let minor = scale(amount, exponent(currency), currency.exponent())?;
    Some(Money::new(minor, currency))
}

fn scale(amount: i64, from: u8, to: u8) -> Option<i64> {
    let factor = 10_i64.pow(u32::from(from.abs_diff(to)));
    match from <= to {
        true => amount.checked_mul(factor),
        false => (amount % factor == 0).then_some(amount / factor),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn each_kind_of_currency_is_written_as_stripe_wants_it() {
        for (minor, code, theirs) in [
            // Rp150.000 is not zero-decimal at Stripe.
            (15_000_000, "IDR", Some(15_000_000)),
            (1099, "USD", Some(1099)),
            (1500, "JPY", Some(1500)),
            (5, "ISK", Some(500)),
            (5, "UGX", Some(500)),
            (500, "MGA", Some(5)),
            (550, "MGA", None),
            (5120, "KWD", Some(5120)),
            (5124, "KWD", None),
            (i64::MAX, "ISK", None),
        ] {
            assert_eq!(to_stripe(money(minor, code)), theirs, "{code} {minor}");
            if let Some(theirs) = theirs {
                assert_eq!(from_stripe(theirs, &code.to_lowercase()), Some(money(minor, code)));
            }
        }
        assert_eq!(from_stripe(550, "isk"), None);
        assert_eq!(from_stripe(1, "xyz"), None);
    }

    proptest! {
        #[test]
        fn what_stripe_can_write_comes_back_as_it_was(
            minor in 1_i64..1 << 50,
            code in prop::sample::select(vec!["IDR", "USD", "JPY", "ISK", "UGX", "MGA", "KWD", "TND", "HUF", "TWD"]),
        ) {
            if let Some(theirs) = to_stripe(money(minor, code)) {
                prop_assert_eq!(from_stripe(theirs, code), Some(money(minor, code)));
            }
        }
    }
}
