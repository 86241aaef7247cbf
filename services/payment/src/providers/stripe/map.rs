//! Ours ⇄ Stripe's.

use time::OffsetDateTime;
use warung_contracts::{event::NextAction, money::Money};

use super::{
    amount,
    wire::{Charge, Dispute, Failure, Intent, Refund, Related},
};
use crate::{
    domain::{Capture, Hidden, Payment, Said, dispute},
    providers::{self, About, Disputed, NoAnswer, RefundStatus, Refused, Snapshot, Trouble},
};

/// Metadata that leads back to us.
pub const PAYMENT_ID: &str = "payment_id";
pub const REFUND_ID: &str = "refund_id";
/// Metadata that says who confirms: `shop` with a token, or `customer` in the browser.
const CONFIRMED_BY: &str = "confirmed_by";
/// Ways to pay in Stripe's words (`payment_method_types`), where a checkout names one.
pub const METHODS: [&str; 11] = [
    "card",
    "link",
    "alipay",
    "bancontact",
    "eps",
    "grabpay",
    "ideal",
    "p24",
    "paynow",
    "promptpay",
    "wechat_pay",
];

/// A request body: Stripe takes forms with brackets for what is nested.
pub type Form = Vec<(&'static str, String)>;

/// What opens a payment.
///
/// # Errors
///
/// When Stripe can't write the amount.
pub fn open(payment: &Payment) -> Result<Form, Refused> {
    let by = if payment.token.is_some() { "shop" } else { "customer" };
    let mut form = vec![
        ("amount", minor(payment.amount)?.to_string()),
        ("currency", payment.amount.currency.code().to_ascii_lowercase()),
        (
            "capture_method",
            match payment.standing.capture {
                Capture::Automatic => "automatic".to_owned(),
                Capture::Manual => "manual".to_owned(),
            },
        ),
        ("metadata[payment_id]", payment.id.to_string()),
        ("metadata[order_id]", payment.order_id.to_string()),
        ("metadata[confirmed_by]", by.to_owned()),
    ];
    match &payment.method {
        Some(method) => form.push(("payment_method_types[]", method.clone())),
        None => {
            form.push(("automatic_payment_methods[enabled]", "true".to_owned()));
            if payment.token.is_some() && payment.return_url.is_none() {
                // Nobody could come back.
                form.push(("automatic_payment_methods[allow_redirects]", "never".to_owned()));
            }
        }
    }
    if let Some(token) = &payment.token {
        form.push(("payment_method", token.expose().to_owned()));
        form.push(("confirm", "true".to_owned()));
        form.extend(payment.return_url.clone().map(|url| ("return_url", url)));
    }
    Ok(form)
}

/// An amount as Stripe writes it.
///
/// # Errors
///
/// When it can't.
pub fn minor(money: Money) -> Result<i64, Refused> {
    amount::to_stripe(money)
        .ok_or_else(|| Refused::new("amount_not_expressible", format!("Stripe can't write {money}")))
}

/// How a payment stands.
///
/// # Errors
///
/// When it says something we don't know: no answer is better than a wrong one.
pub fn snapshot(intent: &Intent) -> Result<Snapshot, NoAnswer> {
    let money = |minor: i64| {
        amount::from_stripe(minor, &intent.currency)
            .ok_or_else(|| NoAnswer::new(format!("{minor} is no amount in {:?}", intent.currency)))
    };
    let failed = intent.last_payment_error.as_ref().map(|failure| failure.word().to_owned());
    let ours = intent.metadata.get(CONFIRMED_BY).is_some_and(|by| by == "shop");
    let said = match intent.status.as_str() {
        // Also after an attempt that failed. Who pays in the browser may try again; a token is tried once.
        "requires_payment_method" => match failed {
            Some(word) if ours => Said::Failed(word),
            _ => Said::Pending(NextAction::Confirm {}),
        },
        "requires_confirmation" => Said::Pending(NextAction::Confirm {}),
        "requires_action" => Said::Pending(next_action(intent)),
        "processing" => Said::Pending(NextAction::Wait),
        "requires_capture" => Said::Authorized(money(known(intent, intent.amount_capturable)?)?),
        "succeeded" => Said::Captured(money(known(intent, intent.amount_received)?)?),
        "canceled" => Said::Voided,
        other => return Err(NoAnswer::new(format!("{other:?} is no status of a payment intent"))),
    };
    let charge = intent.latest_charge.as_ref().and_then(|charge| charge.whole());
    Ok(Snapshot {
        reference: Some(intent.id.clone()),
        client_secret: intent.client_secret.clone().map(Hidden::new),
        authorized_until: charge.and_then(until),
        refunded: charge.and_then(went_back).map(money).transpose()?,
        fee: charge.and_then(fee),
        ..said.into()
    })
}

/// Whether an intent is this payment's, as far as it says: a webhook may name another's.
pub fn is_of(intent: &Intent, payment: &Payment) -> bool {
    intent.metadata.get(PAYMENT_ID).is_none_or(|id| *id == payment.id.to_string())
}

/// Whether its customer contests it.
pub fn is_disputed(intent: &Intent) -> bool {
    let charge = intent.latest_charge.as_ref().and_then(|charge| charge.whole());
    charge.is_some_and(|charge| charge.disputed)
}

/// How a dispute stands.
///
/// # Errors
///
/// When it says something we don't know.
pub fn dispute(dispute: &Dispute) -> Result<Disputed, NoAnswer> {
    let Dispute { id, status, amount, currency, .. } = dispute;
    let amount = amount::from_stripe(*amount, currency)
        .ok_or_else(|| NoAnswer::new(format!("{amount} is no amount in {currency:?}")))?;
    let state = match status.as_str() {
        "warning_needs_response" | "warning_under_review" => dispute::State::Inquiry,
        "needs_response" | "under_review" => dispute::State::Opened,
        // An inquiry that nothing followed, and one that Stripe kept from being a dispute.
        "won" | "warning_closed" | "prevented" => dispute::State::Won,
        "lost" => dispute::State::Lost,
        other => return Err(NoAnswer::new(format!("{other:?} is no status of a dispute"))),
    };
    let is_taken = match dispute.balance_transactions.as_deref() {
        Some(moved @ [_, ..]) => moved.iter().map(|moved| moved.amount).sum::<i64>() < 0,
        Some([]) => state == dispute::State::Lost,
        None => matches!(state, dispute::State::Opened | dispute::State::Lost),
    };
    let at = |seconds: Option<i64>| OffsetDateTime::from_unix_timestamp(seconds?).ok();
    let due = dispute.evidence_details.as_ref().and_then(|details| at(details.due_by));
    let about = match &dispute.payment_intent {
        Some(Related::Id(id)) => About::Reference(id.clone()),
        Some(Related::Whole(intent)) => About::Reference(intent.id.clone()),
        None => About::Nothing,
    };
    let told = dispute::Told {
        reference: id.clone(),
        state,
        amount,
        taken: if is_taken { amount.amount_minor } else { 0 },
        reason: dispute.reason.clone().unwrap_or_else(|| "general".to_owned()),
        respond_by: due.filter(|_| status.ends_with("needs_response")),
        opened_at: at(dispute.created),
    };
    Ok(Disputed { about, told })
}

/// What a status speaks of: its own field, or what was asked where the version of the API has no such field.
fn known(intent: &Intent, own: Option<i64>) -> Result<i64, NoAnswer> {
    own.or(intent.amount).ok_or_else(|| NoAnswer::new("the intent has no amount"))
}

/// What went back. Of a capture in part Stripe counts the part that was freed as refunded too: that tells nothing.
fn went_back(charge: &Charge) -> Option<i64> {
    let whole = charge.amount_captured.is_none() || charge.amount_captured == charge.amount;
    whole.then_some(charge.amount_refunded)
}

fn until(charge: &Charge) -> Option<OffsetDateTime> {
    let seconds = charge.payment_method_details.as_ref()?.card.as_ref()?.capture_before?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

fn fee(charge: &Charge) -> Option<Money> {
    let booked = charge.balance_transaction.as_ref()?.whole()?;
    amount::from_stripe(booked.fee, &booked.currency)
}

fn next_action(intent: &Intent) -> NextAction {
    let Some(action) = &intent.next_action else { return NextAction::Confirm {} };
    let redirect = action.redirect_to_url.as_ref().or(action.alipay_handle_redirect.as_ref());
    if let Some(url) = redirect.and_then(|redirect| redirect.url.clone()) {
        return NextAction::Redirect { url };
    }
    let codes = [
        &action.paynow_display_qr_code,
        &action.promptpay_display_qr_code,
        &action.wechat_pay_display_qr_code,
    ];
    match codes.into_iter().flatten().next() {
        Some(code) => {
            NextAction::ShowQr { content: code.data.clone(), image_url: code.image_url_png.clone() }
        }
        // Everything else is done by Stripe's own script, which needs the client secret.
        None => NextAction::Confirm {},
    }
}

/// How far a refund is.
///
/// # Errors
///
/// When it says something we don't know.
pub fn refund(refund: &Refund) -> Result<providers::Refund, NoAnswer> {
    let status = match refund.status.as_deref() {
        Some("succeeded") => RefundStatus::Done,
        Some("pending" | "requires_action") => RefundStatus::Pending,
        Some("failed") => {
            RefundStatus::Refused(refund.failure_reason.clone().unwrap_or_else(|| "failed".to_owned()))
        }
        Some("canceled") => RefundStatus::Refused("canceled".to_owned()),
        other => return Err(NoAnswer::new(format!("{other:?} is no status of a refund"))),
    };
    Ok(providers::Refund { reference: Some(refund.id.clone()), status })
}

/// What an answer means that is no success. A lock, a key in use and anything that says nothing about the call are no
/// answer; what is wrong with our request or account is permanent; the rest is a refusal.
pub fn trouble(status: u16, failure: &Failure) -> Trouble {
    let word = failure.word().to_owned();
    let message = failure.message.clone().unwrap_or_default();
    let code = failure.code.as_deref().unwrap_or_default();
    let ours = ["parameter_", "api_key_", "platform_", "secret_key_", "url_invalid", "resource_missing"];
    let modes = ["testmode_charges_only", "livemode_mismatch"];
    match (status, failure.kind.as_deref()) {
        (409, _) | (_, Some("api_error" | "rate_limit_error")) => Trouble::no_answer(word),
        // The same key with other parameters: the first call may have acted, and only a person can tell.
        (_, Some("idempotency_error")) => Trouble::no_answer("the key was used for another request"),
        (_, Some("card_error")) | (402, _) => Refused::new(word, message).into(),
        (401 | 403, _) => Trouble::permanent(format!("{status}: {word}")),
        _ if ours.iter().any(|prefix| code.starts_with(prefix)) || modes.contains(&code) => {
            Trouble::permanent(format!("{word}: {message}"))
        }
        // Such as "Refund amount is greater than unrefunded amount", which has no code.
        (400, _) if code.is_empty() && failure.param.as_deref() == Some("amount") => {
            Refused::new("amount_refused", message).into()
        }
        (400, _) if code.is_empty() => Trouble::permanent(format!("{word}: {message}")),
        _ => Refused::new(word, message).into(),
    }
}
