//! Amounts of money: whole minor units beside their currency, checked arithmetic, no floats.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;

/// An amount in minor units of a currency (ISO 4217): `{amount_minor: 1500000, currency: IDR}` is 15,000.00 rupiah.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(examples(json!({"amount_minor": 1_500_000, "currency": "IDR"})))
)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units, as many as ISO 4217 gives the currency decimals: cents of USD, hundredths of IDR, whole yen, thousandths
    /// of KWD. Negative only where money flows back.
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = -9_223_372_036_854_775_808_i64, maximum = 9_223_372_036_854_775_807_i64, example = 1_500_000)
    )]
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: Currency,
}

/// Why two amounts can't be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// They are of different currencies.
    #[error("{0} and {1} can't be put together")]
    Currencies(Currency, Currency),
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// An amount of minor units.
    pub fn new(amount_minor: i64, currency: Currency) -> Self {
        Self { amount_minor, currency }
    }

    /// Nothing, in this currency.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// When the currencies differ or the sum overflows.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let amount = self.amount_minor.checked_add(other.amount_minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// The difference.
    ///
    /// # Errors
    ///
    /// When the currencies differ or the difference overflows.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let amount = self.amount_minor.checked_sub(other.amount_minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// The amount this many times.
    ///
    /// # Errors
    ///
    /// When the product overflows.
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let amount = self.amount_minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(amount, self.currency))
    }

    /// The sum of many amounts, in `currency` when there are none.
    ///
    /// # Errors
    ///
    /// When a currency differs or the sum overflows.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// The amount in major units, with all decimals of the currency: 125050 of USD is `1250.50`, 1500 of JPY is `1500`.
    pub fn decimal(self) -> String {
        let scale = 10_u64.pow(u32::from(self.currency.exponent()));
        let (sign, amount) = (if self.amount_minor < 0 { "-" } else { "" }, self.amount_minor.unsigned_abs());
        let (major, minor) = (amount / scale, amount % scale);
        match usize::from(self.currency.exponent()) {
            0 => format!("{sign}{major}"),
            width => format!("{sign}{major}.{minor:0width$}"),
        }
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Currencies(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.decimal())
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
    fn amounts_read_as_people_write_them() {
        assert_eq!(money(1_500_005, "IDR").to_string(), "IDR 15000.05");
        assert_eq!(money(-1, "KWD").to_string(), "KWD -0.001");
        assert_eq!(money(120, "JPY").to_string(), "JPY 120");
        assert_eq!(money(i64::MIN, "USD").decimal(), "-92233720368547758.08");
    }

    #[test]
    fn currencies_do_not_mix() {
        let (idr, usd) = (money(1, "IDR"), money(1, "USD"));
        assert_eq!(idr.plus(usd), Err(MoneyError::Currencies(idr.currency, usd.currency)));
    }

    #[test]
    fn a_fraction_is_no_amount() {
        let read = |amount: &str| {
            serde_json::from_str::<Money>(&format!(r#"{{"amount_minor": {amount}, "currency": "IDR"}}"#)).ok()
        };
        assert_eq!(read("150"), Some(money(150, "IDR")));
        for wrong in ["150.0", "150.5", "1.5e2", "\"150\"", "9223372036854775808", "null"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_amount_that_is_too_large_is_an_error() {
        assert_eq!(money(i64::MAX, "IDR").plus(money(1, "IDR")), Err(MoneyError::Overflow));
        assert_eq!(money(i64::MAX, "IDR").times(2), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(a in -1_i64 << 60..1_i64 << 60, b in -1_i64 << 60..1_i64 << 60) {
            let sum = money(a, "IDR").plus(money(b, "IDR")).unwrap();
            prop_assert_eq!(sum.minus(money(b, "IDR")).unwrap(), money(a, "IDR"));
        }
    }
}
