//! What the sandbox does with a payment, by its token.

use warung_contracts::money::Money;

use super::books::Status;
use crate::domain::{Capture, Payment};

/// An amount that ends in this many minor units is declined.
const UNLUCKY: i64 = 13;
/// The currency of those who pay in another one.
const FOREIGN: &str = "USD";

/// How a payment begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    pub status: Status,
    pub reason: Option<&'static str>,
    /// Whether the customer chooses on the sandbox's page.
    pub by_redirect: bool,
    /// What the sandbox reports as its amount.
    pub amount: Money,
}

/// What becomes of a new payment.
pub fn begin(payment: &Payment) -> Beginning {
    let token = payment.token.as_ref().map(|token| token.expose());
    let paid = match payment.standing.capture {
        Capture::Automatic => Status::Succeeded,
        Capture::Manual => Status::Authorized,
    };
    let (status, reason) = match token {
        None | Some("tok_success") if payment.amount.amount_minor % 100 == UNLUCKY => {
            (Status::Failed, Some("card_declined"))
        }
        None
        | Some(
            "tok_success" | "tok_refund_refused" | "tok_refund_slow" | "tok_differs" | "tok_overpays"
            | "tok_foreign",
        ) => (paid, None),
        Some("tok_authorize" | "tok_capture_refused" | "tok_capture_declined") => (Status::Authorized, None),
        Some("tok_approve") => (Status::Approved, None),
        Some("tok_decline") => (Status::Failed, Some("card_declined")),
        Some("tok_webhook" | "tok_expire") => (Status::Pending, None),
        Some(_) => (Status::Failed, Some("unknown_token")),
    };
    let amount = match token {
        Some("tok_differs") => Money::new(payment.amount.amount_minor - 1, payment.amount.currency),
        Some("tok_overpays") => Money::new(payment.amount.amount_minor + 1, payment.amount.currency),
        Some("tok_foreign") => {
            Money::new(payment.amount.amount_minor, FOREIGN.parse().unwrap_or(payment.amount.currency))
        }
        _ => payment.amount,
    };
    Beginning { status, reason, by_redirect: token == Some("tok_webhook"), amount }
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::*;
    use crate::{domain::Hidden, providers::testing::payment};

    #[test]
    fn a_checkout_may_ask_for_the_tokens_that_are_known_here() {
        let reason = |token: &str| {
            let token = Some(Hidden::new(token));
            begin(&Payment { token, ..payment(1_000_000, "IDR") }).reason
        };
        for token in &manifest::provider("sandbox").unwrap().tokens {
            assert_ne!(reason(token), Some("unknown_token"), "{token}");
        }
        assert_eq!(reason("tok_nonsense"), Some("unknown_token"));
    }
}
