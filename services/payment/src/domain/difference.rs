//! Where the books and a provider disagree once both have spoken. What a rule mends is mended before; this is the rest.

use warung_contracts::money::Money;

use super::{Payment, Said, State};

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In a word.
    pub kind: String,
    /// What the books say and what the provider says.
    pub detail: String,
}

impl Difference {
    /// A difference of this kind.
    pub fn new(kind: &str, detail: String) -> Self {
        Self { kind: kind.to_owned(), detail }
    }
}

/// An amount that differs from what was asked, and waits for a decision.
pub const AMOUNT_DIFFERS: &str = "amount_differs";
/// The books have it as captured for another amount.
pub const CAPTURED_DIFFERS: &str = "captured_differs";
/// The books have it as captured, the provider has not.
pub const NOT_CAPTURED_THERE: &str = "not_captured_there";
/// More went back than the books know of.
pub const REFUNDED_ELSEWHERE: &str = "refunded_elsewhere";
/// Less went back than the books say.
pub const REFUND_MISSING_THERE: &str = "refund_missing_there";
/// Money that was to go back and that the provider refuses for good: the shop owes it.
pub const REFUND_REFUSED: &str = "refund_refused";
/// Money that an administrator wants to take and that the provider refuses for now: it is still set aside.
pub const CAPTURE_REFUSED: &str = "capture_refused";
/// The provider never heard of a payment that it should know.
pub const UNKNOWN_THERE: &str = "unknown_there";
/// It is open, and the shop has no credentials of its provider any more.
pub const PROVIDER_UNKNOWN: &str = "provider_unknown";
/// A call has brought no answer for long.
pub const CALL_UNANSWERED: &str = "call_unanswered";

/// Two requests for one payment were both taken: one counts, the other is being given back.
pub const CHARGED_TWICE: &str = "charged_twice";
/// A request whose answer was lost may have been taken, and nobody knows its id there.
pub const REQUEST_UNKNOWN: &str = "request_unknown";

/// The provider looks at it before it sets the money aside or takes it.
pub const IN_REVIEW: &str = "in_review";

/// Money went back to the customer by a refund, and by their bank too.
pub const PAID_BACK_TWICE: &str = "paid_back_twice";
/// A dispute that had ended is told to have ended otherwise, or is of another currency than before.
pub const DISPUTE_DIFFERS: &str = "dispute_differs";

/// Kinds that a comparison finds, and that are over when it finds them no more.
pub const COMPARED: [&str; 8] = [
    AMOUNT_DIFFERS,
    CAPTURED_DIFFERS,
    NOT_CAPTURED_THERE,
    REFUNDED_ELSEWHERE,
    REFUND_MISSING_THERE,
    UNKNOWN_THERE,
    PROVIDER_UNKNOWN,
    IN_REVIEW,
];

/// Compares a payment with what its provider says of it, after that was applied; `refunded` is all that went back, where
/// they tell.
pub fn compare(payment: &Payment, said: &Said, refunded: Option<Money>) -> Vec<Difference> {
    let mut found = Vec::new();
    if let Some(held) = payment.standing.held {
        let (wanted, theirs) = (payment.amount, held.amount);
        found.push(Difference::new(AMOUNT_DIFFERS, format!("{wanted} was asked, {theirs} reported")));
    }
    found.extend(owed(payment));
    found.extend(captured(payment, said));
    found.extend(refunded.and_then(|theirs| went_back(payment, theirs)));
    found
}

/// What the shop owes because its provider refuses to give it back.
pub fn owed(payment: &Payment) -> Option<Difference> {
    let owed = payment.standing.owed();
    let detail = || format!("{} should go back, and {} refuses", payment.money(owed), payment.provider);
    (owed > 0).then(|| Difference::new(REFUND_REFUSED, detail()))
}

/// What went back twice, by refunds and by the customer's bank.
pub fn twice(payment: &Payment) -> Option<Difference> {
    let standing = &payment.standing;
    let (refunds, bank) = (standing.refunding + standing.went_back(), standing.charged_back);
    let detail = || {
        let (refunds, bank) = (payment.money(refunds), payment.money(bank));
        format!("{refunds} went back or is on its way, and the customer's bank took {bank}")
    };
    (standing.twice() > 0).then(|| Difference::new(PAID_BACK_TWICE, detail()))
}

fn captured(payment: &Payment, said: &Said) -> Option<Difference> {
    let standing = &payment.standing;
    if !matches!(standing.state, State::Succeeded | State::Refunded) {
        return None;
    }
    let ours = payment.money(standing.captured);
    match said {
        Said::Captured(theirs) if *theirs == ours => None,
        // All of it goes back, or went: what has not been settled is called off for that.
        Said::Voided if standing.refunding + standing.refunded == standing.captured => None,
        Said::Captured(theirs) => {
            Some(Difference::new(CAPTURED_DIFFERS, format!("{ours} is booked, {theirs} was captured there")))
        }
        other => {
            let theirs = match other {
                Said::Failed(reason) => format!("failed ({reason})"),
                Said::Voided => "called off".to_owned(),
                _ => "still open".to_owned(),
            };
            Some(Difference::new(NOT_CAPTURED_THERE, format!("{ours} is booked, there it is {theirs}")))
        }
    }
}

fn went_back(payment: &Payment, theirs: Money) -> Option<Difference> {
    let standing = &payment.standing;
    let ours = payment.money(standing.refunded);
    let detail = || format!("{ours} went back by the books, {theirs} there");
    // A refund under way may be done there already; some count what a bank took as gone back.
    let most = standing.refunded + standing.refunding + standing.charged_back;
    let foreign = theirs.currency != ours.currency && theirs.amount_minor != 0;
    if foreign || theirs.amount_minor > most {
        Some(Difference::new(REFUNDED_ELSEWHERE, detail()))
    } else if theirs.amount_minor < standing.refunded {
        Some(Difference::new(REFUND_MISSING_THERE, detail()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;
    use warung_contracts::id::{OrderId, PaymentId, UserId};

    use super::*;
    use crate::domain::Standing;

    fn money(amount_minor: i64, currency: &str) -> Money {
        Money::new(amount_minor, currency.parse().unwrap())
    }

    /// A payment of IDR 100.00 of which this much went back.
    fn payment(refunded: i64) -> Payment {
        let order = (OrderId(Uuid::nil()), UserId(Uuid::nil()));
        let amount = money(10_000, "IDR");
        let mut payment =
            Payment::of_order(PaymentId(Uuid::nil()), order, amount, OffsetDateTime::UNIX_EPOCH);
        payment.standing.refunded = refunded;
        payment
    }

    #[test]
    fn what_was_called_off_to_go_back_is_no_difference_and_what_the_shop_has_is_one() {
        let kind = |refunding: i64, refunded: i64, said: Said| {
            let mut payment = payment(refunded);
            payment.standing = Standing { captured: 10_000, refunding, ..payment.standing };
            payment.standing.state = State::Succeeded;
            captured(&payment, &said).map(|found| found.kind)
        };
        for (refunding, refunded) in [(10_000, 0), (0, 10_000), (4_000, 6_000)] {
            assert_eq!(kind(refunding, refunded, Said::Voided), None);
            let refused = kind(refunding, refunded, Said::Failed("denied".into()));
            assert_eq!(refused.as_deref(), Some(NOT_CAPTURED_THERE));
        }
        for (refunding, refunded) in [(0, 0), (9_999, 0), (0, 9_999)] {
            assert_eq!(kind(refunding, refunded, Said::Voided).as_deref(), Some(NOT_CAPTURED_THERE));
        }
    }

    #[test]
    fn what_went_back_is_compared_in_its_currency() {
        let kind = |ours: i64, theirs: Money| went_back(&payment(ours), theirs).map(|found| found.kind);
        assert_eq!(kind(500, money(500, "IDR")), None);
        assert_eq!(kind(500, money(600, "IDR")).as_deref(), Some(REFUNDED_ELSEWHERE));
        assert_eq!(kind(500, money(400, "IDR")).as_deref(), Some(REFUND_MISSING_THERE));
        assert_eq!(kind(0, money(1, "USD")).as_deref(), Some(REFUNDED_ELSEWHERE));
        assert_eq!(kind(0, money(0, "USD")), None, "nothing is nothing in every currency");
        assert_eq!(kind(500, money(0, "USD")).as_deref(), Some(REFUND_MISSING_THERE));
    }
}
