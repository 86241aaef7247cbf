//! What a provider says, in words for people who read the calls of a payment.

use std::fmt;

use warung_contracts::event::NextAction;

use super::Said;

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending(action) => write!(f, "waits: {}", doing(action)),
            Self::Approved => f.write_str("approved by the customer"),
            Self::Authorized(amount) => write!(f, "set aside {amount}"),
            Self::Captured(amount) => write!(f, "captured {amount}"),
            Self::Failed(reason) => write!(f, "failed: {reason}"),
            Self::Voided => f.write_str("called off"),
        }
    }
}

/// What the customer has to do. Addresses, codes and account numbers are left out: who has them can pay or look.
fn doing(action: &NextAction) -> &'static str {
    match action {
        NextAction::Redirect { .. } => "open a page",
        NextAction::Wait => "the provider reports",
        NextAction::ShowQr { .. } => "show QR",
        NextAction::Transfer { .. } => "bank transfer",
        NextAction::Confirm {} => "confirm in the browser",
    }
}

#[cfg(test)]
mod tests {
    use warung_contracts::money::Money;

    use super::*;

    #[test]
    fn what_is_said_is_words_without_what_opens_doors() {
        let idr = Money::new(8_600_000, "IDR".parse().unwrap());
        let secret = || "s3cret".to_owned();
        let redirect = NextAction::Redirect { url: secret() };
        let qr = NextAction::ShowQr { content: secret(), image_url: Some(secret()) };
        let transfer = NextAction::Transfer { bank: secret(), account_number: secret(), reference: None };
        for (said, words) in [
            (Said::Pending(redirect), "waits: open a page"),
            (Said::Pending(qr), "waits: show QR"),
            (Said::Pending(transfer), "waits: bank transfer"),
            (Said::Pending(NextAction::Wait), "waits: the provider reports"),
            (Said::Pending(NextAction::Confirm {}), "waits: confirm in the browser"),
            (Said::Approved, "approved by the customer"),
            (Said::Authorized(idr), "set aside IDR 86000.00"),
            (Said::Captured(idr), "captured IDR 86000.00"),
            (Said::Failed("card_declined".into()), "failed: card_declined"),
            (Said::Voided, "called off"),
        ] {
            assert_eq!(said.to_string(), words);
        }
    }
}
