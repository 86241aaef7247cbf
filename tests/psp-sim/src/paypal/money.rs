//! `{"currency_code":"USD","value":"10.00"}`: the value is a text.

use serde_json::{Value, json};

use super::errors::Issue;
use crate::amount::Amount;

/// Currencies PayPal takes.
const CURRENCIES: [&str; 24] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR",
    "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
];
/// Those of them without decimals.
const WHOLE: [&str; 3] = ["HUF", "JPY", "TWD"];

/// Reads an amount that a shop wrote.
pub fn read(value: &Value) -> Result<(Amount, String), Issue> {
    let (Some(currency), Some(text)) = (value["currency_code"].as_str(), value["value"].as_str()) else {
        return Err(Issue::MissingRequiredParameter);
    };
    if !CURRENCIES.contains(&currency) {
        return Err(Issue::InvalidCurrencyCode);
    }
    let amount: Amount = text.parse().map_err(|_| Issue::DecimalPrecision)?;
    if WHOLE.contains(&currency) && text.contains('.') {
        return Err(Issue::DecimalPrecision);
    }
    if amount.0 <= 0 { Err(Issue::CannotBeZeroOrNegative) } else { Ok((amount, currency.to_owned())) }
}

/// Writes one.
pub fn write(amount: Amount, currency: &str) -> Value {
    let value = if WHOLE.contains(&currency) { amount.units().to_string() } else { amount.to_string() };
    json!({"currency_code": currency, "value": value})
}

/// Whether a breakdown adds up to the amount.
pub fn adds_up(amount: &Value) -> bool {
    let Some(parts) = amount["breakdown"].as_object() else { return true };
    let signed = |(name, part): (&String, &Value)| {
        let value: i64 = part["value"].as_str()?.parse::<Amount>().ok()?.0;
        Some(if name.ends_with("discount") { -value } else { value })
    };
    let total = amount["value"].as_str().and_then(|text| text.parse::<Amount>().ok());
    total.map(|total| total.0) == parts.iter().map(signed).sum()
}
