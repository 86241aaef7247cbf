//! Ours and theirs.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use warung_contracts::{currency::Currency, event::NextAction, money::Money};

use super::wire::{Amount, Capture, Dispute, Order, RefundMade};
use crate::{
    domain::{Capture as Way, Payment, Said, difference, dispute},
    providers::{About, Disputed, NoAnswer, Refund, RefundStatus, Refused, Snapshot, notation},
};

/// Currencies PayPal takes.
const CURRENCIES: [&str; 24] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR",
    "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
];
/// Those of them without decimals there, whatever ISO says.
const WHOLE: [&str; 3] = ["HUF", "JPY", "TWD"];

/// An amount as they write it.
pub fn money(amount: Money) -> Result<Value, Refused> {
    let code = amount.currency.code();
    if !CURRENCIES.contains(&code) {
        return Err(Refused::new("currency_not_supported", format!("{code} is not taken there")));
    }
    let value = match WHOLE.contains(&code) {
        false => Some(amount.decimal()),
        true => notation::whole(amount).map(|whole| whole.to_string()),
    };
    let value = value.filter(|_| amount.amount_minor > 0);
    let value = value
        .ok_or_else(|| Refused::new("amount_not_expressible", format!("{amount} can't be written there")))?;
    Ok(json!({"currency_code": code, "value": value}))
}

/// An amount of theirs; an unreadable one is nothing, which the machine holds against what was asked.
fn amount(theirs: &Amount, payment: &Payment) -> Money {
    let currency: Currency = theirs.currency_code.parse().unwrap_or(payment.amount.currency);
    Money::new(notation::minor(&theirs.value, currency.exponent()).unwrap_or(0), currency)
}

/// The sum, in the currency of the first.
fn sum<'a>(amounts: impl Iterator<Item = &'a Amount>, payment: &Payment) -> Option<Money> {
    amounts.map(|theirs| amount(theirs, payment)).reduce(|sum, next| sum.plus(next).unwrap_or(sum))
}

/// The body of an order.
pub fn order(payment: &Payment, public_url: &str) -> Result<Value, Refused> {
    let intent = if payment.standing.capture == Way::Manual { "AUTHORIZE" } else { "CAPTURE" };
    let back = payment.return_url.as_deref().unwrap_or(public_url);
    let id = payment.id.to_string();
    Ok(json!({
        "intent": intent,
        "purchase_units": [{"reference_id": "default", "amount": money(payment.amount)?, "custom_id": id, "invoice_id": id}],
        "payment_source": {"paypal": {"experience_context": {
            "return_url": back, "cancel_url": back, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING",
        }}},
    }))
}

/// How an order stands. COMPLETED does not mean paid: what was captured says so.
pub fn snapshot(order: &Order, payment: &Payment) -> Snapshot {
    let held = order.authorization();
    let said = match (order.status.as_str(), order.captures(), held) {
        (_, [_, ..], _) => captured(order.captures(), payment),
        ("APPROVED", ..) => Said::Approved,
        ("VOIDED", ..) => Said::Voided,
        ("COMPLETED", _, Some(held)) => match held.status.as_str() {
            "CREATED" => Said::Authorized(amount(&held.amount, payment)),
            "DENIED" => Said::Failed("authorization_denied".to_owned()),
            "VOIDED" => Said::Voided,
            _ => waiting(payment),
        },
        ("COMPLETED", ..) => waiting(payment),
        _ => order.links.iter().find(|link| link.rel == "payer-action" || link.rel == "approve").map_or_else(
            || waiting(payment),
            |link| Said::Pending(NextAction::Redirect { url: link.href.clone() }),
        ),
    };
    let until = held.and_then(|held| held.expiration_time.as_deref());
    let fees = order
        .captures()
        .iter()
        .filter_map(|capture| capture.seller_receivable_breakdown.as_ref()?.paypal_fee.as_ref());
    let refunds = order.refunds().iter().filter(|made| made.status == "COMPLETED");
    Snapshot {
        reference: Some(order.id.clone()),
        authorized_until: until.and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()),
        refunded: sum(refunds.filter_map(|made| made.amount.as_ref()), payment),
        fee: sum(fees, payment),
        alarm: is_in_review(order).then_some(difference::IN_REVIEW),
        ..said.into()
    }
}

fn waiting(payment: &Payment) -> Said {
    Said::Pending(payment.next_action.clone().unwrap_or(NextAction::Wait))
}

fn captured(captures: &[Capture], payment: &Payment) -> Said {
    let taken = |capture: &&Capture| {
        matches!(capture.status.as_str(), "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED")
    };
    match sum(captures.iter().filter(taken).filter_map(|capture| capture.amount.as_ref()), payment) {
        Some(amount) => Said::Captured(amount),
        None if captures.iter().any(|capture| capture.status == "PENDING") => waiting(payment),
        None => Said::Failed("capture_declined".to_owned()),
    }
}

/// Whether PayPal looks at it before it takes the money, or sets it aside. What somebody contests is asked about apart, as
/// disputes.
fn is_in_review(order: &Order) -> bool {
    let waits = |capture: &Capture| capture.status == "PENDING" && !capture.is_contested();
    match order.captures() {
        [] => order.authorization().is_some_and(|held| held.status == "PENDING"),
        captures => captures.iter().any(waits),
    }
}

/// How a refund stands.
pub fn refund(made: &RefundMade) -> Refund {
    let status = match made.status.as_str() {
        "COMPLETED" => RefundStatus::Done,
        "PENDING" => RefundStatus::Pending,
        other => RefundStatus::Refused(format!("refund_{}", other.to_lowercase())),
    };
    Refund { reference: Some(made.id.clone()), status }
}

/// How a dispute stands. What was moved for it says where the money is; where nothing is told of that, its end does.
///
/// # Errors
///
/// When it can't be read: no answer is better than a wrong one.
pub fn dispute(theirs: &Dispute) -> Result<Disputed, NoAnswer> {
    let unreadable =
        |what: &str| NoAnswer::new(format!("the {what} of dispute {} can't be read", theirs.dispute_id));
    let amount = theirs.dispute_amount.as_ref().and_then(read).ok_or_else(|| unreadable("amount"))?;
    let movements =
        theirs.money_movements.iter().filter(|moved| moved.affected_party.as_deref() == Some("SELLER"));
    let mut moved: Option<i64> = None;
    for movement in movements {
        let money = movement.amount.as_ref().and_then(read).ok_or_else(|| unreadable("money movement"))?;
        let sign = match movement.kind.as_deref() {
            Some("DEBIT") => 1,
            Some("CREDIT") => -1,
            _ => return Err(unreadable("money movement")),
        };
        // What is moved in another currency is all that is contested.
        let minor = if money.currency == amount.currency { money.amount_minor } else { amount.amount_minor };
        moved = Some(moved.unwrap_or(0) + sign * minor);
    }
    let outcome = theirs.dispute_outcome.as_ref();
    let code = outcome.and_then(|outcome| outcome.outcome_code.as_deref()).unwrap_or_default();
    let state = match (theirs.status.as_str(), code) {
        ("RESOLVED", "RESOLVED_BUYER_FAVOUR" | "ACCEPTED") => dispute::State::Lost,
        ("RESOLVED", "RESOLVED_SELLER_FAVOUR" | "RESOLVED_WITH_PAYOUT" | "CANCELED_BY_BUYER" | "DENIED") => {
            dispute::State::Won
        }
        ("RESOLVED", _) if moved.is_some_and(|moved| moved > 0) => dispute::State::Lost,
        ("RESOLVED", _) => dispute::State::Won,
        _ if theirs.dispute_life_cycle_stage.as_deref() == Some("INQUIRY") => dispute::State::Inquiry,
        _ => dispute::State::Opened,
    };
    let refunded = || outcome.and_then(|outcome| outcome.amount_refunded.as_ref()).and_then(read);
    let taken = match (moved, state) {
        (Some(moved), _) => moved.max(0),
        (None, dispute::State::Lost) => {
            refunded().filter(|back| back.currency == amount.currency).unwrap_or(amount).amount_minor
        }
        (None, _) => 0,
    };
    let at = |text: &Option<String>| OffsetDateTime::parse(text.as_deref()?, &Rfc3339).ok();
    let waits = matches!(theirs.status.as_str(), "OPEN" | "WAITING_FOR_SELLER_RESPONSE");
    let payment = theirs.disputed_transactions.iter().find_map(|transaction| transaction.payment());
    let told = dispute::Told {
        reference: theirs.dispute_id.clone(),
        state,
        amount,
        taken,
        reason: theirs.reason.as_deref().unwrap_or("OTHER").to_lowercase(),
        respond_by: at(&theirs.seller_response_due_date).filter(|_| waits),
        opened_at: at(&theirs.create_time),
    };
    Ok(Disputed { about: payment.map_or(About::Nothing, About::Payment), told })
}

/// An amount in its own currency.
fn read(theirs: &Amount) -> Option<Money> {
    let currency: Currency = theirs.currency_code.parse().ok()?;
    Some(Money::new(notation::minor(&theirs.value, currency.exponent())?, currency))
}
