//! Whether a means of payment can pay here: refused at the door, an order that nobody could ever pay is not placed.

use warung_chassis::{error::Kind, http::Problem};
use warung_contracts::{
    event::PaymentChoice,
    manifest::means::{self, Means, Unpayable},
    money::Money,
};

use super::body::Payment;

/// Checks what a checkout names against what this shop offers.
///
/// # Errors
///
/// The field that can't be, and what to write instead.
pub fn check(payment: &Payment, offered: &[Means]) -> Result<(), Problem> {
    means::check_choice(&PaymentChoice::from(payment.clone()), offered).map_err(problem)
}

/// Checks that a provider writes a total.
///
/// # Errors
///
/// `total-not-payable`, with what it takes.
pub fn check_total(payment: &Payment, total: Money) -> Result<(), Problem> {
    means::check_total(&PaymentChoice::from(payment.clone()), total).map_err(problem)
}

fn problem(why: Unpayable) -> Problem {
    match why {
        Unpayable::Field(field, detail) => Problem::field(format!("payment.{field}"), detail),
        Unpayable::Total { .. } => Problem::typed(Kind::Unprocessable, "total-not-payable", why.to_string()),
    }
}
