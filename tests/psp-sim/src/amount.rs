//! Amounts as the companies write them: decimals of major units, kept as whole hundredths.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer};

/// Hundredths of a currency's major unit; none of the companies knows smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Amount(pub i64);

impl Amount {
    /// Whole major units, such as rupiah.
    #[must_use]
    pub fn whole(units: i64) -> Self {
        Self(units * 100)
    }

    /// Whether nothing is behind the point.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.0 % 100 == 0
    }

    /// Without a point.
    #[must_use]
    pub fn units(self) -> i64 {
        self.0 / 100
    }

    /// As a JSON number: whole where it is whole.
    #[must_use]
    pub fn number(self) -> serde_json::Value {
        let text = if self.is_whole() { self.units().to_string() } else { self.to_string() };
        serde_json::from_str(&text).unwrap_or_default()
    }
}

/// With two decimals: `150000.00`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// A text that is no amount.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no amount with at most two decimals")]
pub struct NoAmount(String);

impl FromStr for Amount {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let wrong = || NoAmount(text.to_owned());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (sign, whole) = whole.strip_prefix('-').map_or((1, whole), |rest| (-1, rest));
        if whole.is_empty() || decimals.len() > 2 || !digits(whole) || !digits(decimals) {
            return Err(wrong());
        }
        let hundredths: i64 = format!("{whole}{decimals:0<2}").parse().map_err(|_| wrong())?;
        Ok(Self(sign * hundredths))
    }
}

/// From a JSON number or a text.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_and_written() {
        for (text, hundredths) in
            [("150000", 15_000_000), ("1250.5", 125_050), ("-0.07", -7), ("10.00", 1000)]
        {
            assert_eq!(text.parse::<Amount>().unwrap(), Amount(hundredths));
        }
        assert_eq!(Amount(125_050).to_string(), "1250.50");
        assert_eq!(Amount(-7).to_string(), "-0.07");
        assert_eq!(Amount::whole(150_000).number().to_string(), "150000");
        assert_eq!(serde_json::from_str::<Amount>("1250.50").unwrap(), Amount(125_050));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", ".5", "1.234", "1e3", "Rp1", "1,5", "--1", "99999999999999999999"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }
}
