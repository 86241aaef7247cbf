//! Money of a try that had ended, while its order still waits for money: it pays the order, once.

use time::OffsetDateTime;
use warung_contracts::{id::PaymentId, money::Money};

use super::{Closing, Payment, State};

/// Whether money that is reported of one of an order's tries pays the order: that try has ended without money and nobody but
/// the customer or the clock ended it, the amount is right, the order still waits, and no other try has money, is being
/// taken, or may be.
pub fn pays(tries: &[Payment], of: PaymentId, reported: Money, now: OffsetDateTime) -> bool {
    let Some(late) = tries.iter().find(|payment| payment.id == of) else { return false };
    let mut others = tries.iter().filter(|payment| payment.id != of);
    reported == late.amount
        && has_ended_empty(late)
        && tries.last().is_some_and(|latest| still_waits(latest, now))
        && others.all(|other| !other.standing.holds_money() && other.standing.capturing == 0)
}

fn has_ended_empty(payment: &Payment) -> bool {
    let standing = &payment.standing;
    matches!(standing.state, State::Failed | State::Expired | State::Cancelled)
        && !matches!(standing.closing, Some(Closing::Cancel | Closing::Void))
        && !standing.holds_money()
}

/// Whether the order of this, its latest try, waits for the customer: to pay it, or to take another way.
fn still_waits(latest: &Payment, now: OffsetDateTime) -> bool {
    match latest.standing.state.is_open() {
        true => matches!(latest.standing.closing, None | Some(Closing::Replace)),
        false => latest.retry_until.is_some_and(|until| now < until),
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use uuid::Uuid;
    use warung_contracts::id::{OrderId, UserId};

    use super::*;
    use crate::domain::{Capture, Held, Standing};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const LATE: PaymentId = PaymentId(Uuid::from_u128(1));

    fn idr(minor: i64) -> Money {
        Money::new(minor, "IDR".parse().unwrap())
    }

    fn a_try(n: u128, state: State, closing: Option<Closing>) -> Payment {
        let of = Payment::of_order(
            PaymentId(Uuid::from_u128(n)),
            (OrderId(Uuid::nil()), UserId(Uuid::nil())),
            idr(9),
            NOW,
        );
        Payment {
            standing: Standing { state, closing, ..Standing::opening(idr(9), Capture::Automatic) },
            ..of
        }
    }

    fn with(latest: Payment) -> bool {
        pays(&[a_try(1, State::Cancelled, Some(Closing::Replace)), latest], LATE, idr(9), NOW)
    }

    #[test]
    fn it_pays_while_the_latest_try_waits_and_has_nothing() {
        for (state, closing, expected) in [
            (State::Opening, None, true),
            (State::Pending, None, true),
            (State::Pending, Some(Closing::Replace), true),
            (State::Pending, Some(Closing::Cancel), false),
            (State::Pending, Some(Closing::Expire), false),
            (State::Authorized, None, false),
            (State::Succeeded, None, false),
            (State::Failed, None, false),
        ] {
            assert_eq!(with(a_try(2, state, closing)), expected, "{state} {closing:?}");
        }
        let capturing = Standing { capturing: 9, ..a_try(2, State::Approved, None).standing };
        assert!(!with(Payment { standing: capturing, ..a_try(2, State::Approved, None) }));
        let held = Some(Held { amount: idr(8), captured: true });
        let held = Standing { held, ..a_try(2, State::Pending, None).standing };
        assert!(!with(Payment { standing: held, ..a_try(2, State::Pending, None) }));
    }

    #[test]
    fn it_pays_until_no_other_try_can_follow_and_only_what_was_asked() {
        let failed = Payment { retry_until: Some(NOW + Duration::MINUTE), ..a_try(1, State::Failed, None) };
        let tries = [failed];
        assert!(pays(&tries, LATE, idr(9), NOW));
        assert!(!pays(&tries, LATE, idr(9), NOW + Duration::MINUTE));
        for other in [idr(8), Money::new(9, "USD".parse().unwrap())] {
            assert!(!pays(&tries, LATE, other, NOW));
        }
        for closing in [Closing::Cancel, Closing::Void] {
            let ended = a_try(1, State::Cancelled, Some(closing));
            assert!(!pays(&[ended, a_try(2, State::Pending, None)], LATE, idr(9), NOW));
        }
    }
}
