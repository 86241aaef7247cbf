//! The books and a provider disagree: noted for a person, counted, and ended when it is over.

use warung_chassis::db::Tx;
use warung_contracts::event::{PaymentHeld, PaymentHoldEnded};

use super::{News, Tools};
use crate::{
    domain::{
        Fact, Payment, Said, Standing, State,
        difference::{self, Difference},
    },
    providers::Snapshot,
    store::discrepancies,
};

/// Notes a difference of a payment.
///
/// # Errors
///
/// When the store is away.
pub async fn note(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    difference: &Difference,
) -> Result<(), sqlx::Error> {
    let (id, now) = (tx.new_uuid(), tx.now());
    if discrepancies::note(tx.conn(), id, payment.id, difference, now).await? {
        let Difference { kind, detail } = difference;
        tracing::warn!(payment = %payment.id, provider = payment.provider, kind, detail, "the books and a provider disagree");
        tools.metrics.differs(tx, payment, kind);
    }
    Ok(())
}

/// What is held of a payment changed.
pub(super) async fn held(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    news: &News<'_>,
) -> Result<(), sqlx::Error> {
    let Payment { id: payment_id, order_id, amount: asked, .. } = *payment;
    match payment.standing.held {
        Some(held) => {
            let reported = held.amount;
            tx.emit(&PaymentHeld { order_id, payment_id, asked, reported }).await?;
            let detail = format!("{asked} was asked, {reported} is reported");
            note(tx, tools, payment, &Difference::new(difference::AMOUNT_DIFFERS, detail)).await
        }
        None => {
            tx.emit(&PaymentHoldEnded { order_id, payment_id }).await?;
            over(tx, payment, difference::AMOUNT_DIFFERS, news).await
        }
    }
}

/// What is owed of a payment changed. What was asked for again is over only when the provider gives it.
pub(super) async fn owed(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    news: &News<'_>,
) -> Result<(), sqlx::Error> {
    match difference::owed(payment) {
        Some(difference) => note(tx, tools, payment, &difference).await,
        None if payment.standing.refunding == 0 => over(tx, payment, difference::REFUND_REFUSED, news).await,
        None => Ok(()),
    }
}

/// Money that was set aside, to be taken by hand, was refused and waits, or waits no more.
pub(super) async fn capture(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    news: &News<'_>,
) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let Standing { state, closing, authorized, .. } = payment.standing;
    match &news.fact {
        Fact::CaptureRefused(reason) if state == State::Authorized && closing.is_none() => {
            let (aside, provider) = (payment.money(authorized), &payment.provider);
            let detail = format!("{aside} is set aside, and {provider} refuses to take it: {reason}");
            note(tx, tools, payment, &Difference::new(difference::CAPTURE_REFUSED, detail)).await
        }
        _ if state != State::Authorized => {
            discrepancies::gone(tx.conn(), payment.id, &[difference::CAPTURE_REFUSED], &[], now).await
        }
        _ => Ok(()),
    }
}

/// What went back twice of a payment changed.
pub(super) async fn twice(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    news: &News<'_>,
) -> Result<(), sqlx::Error> {
    match difference::twice(payment) {
        Some(difference) => note(tx, tools, payment, &difference).await,
        None => over(tx, payment, difference::PAID_BACK_TWICE, news).await,
    }
}

/// A difference ended: by what an administrator decided, or by itself.
async fn over(tx: &mut Tx, payment: &Payment, kind: &str, news: &News<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let Some(author) = news.author else {
        return discrepancies::gone(tx.conn(), payment.id, &[kind], &[], now).await;
    };
    let note = match &news.fact {
        Fact::Released(decision) => format!("{decision}: {}", news.reason),
        _ => news.reason.to_owned(),
    };
    discrepancies::decided(tx.conn(), payment.id, kind, (author, &note), now).await
}

/// Compares a payment with what its provider says, after that was applied. What is found is noted; with `all`, what is
/// found no more is ended.
///
/// # Errors
///
/// When the store is away.
pub async fn compare(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    told: &Snapshot,
    all: bool,
) -> Result<usize, sqlx::Error> {
    let mut found = difference::compare(payment, &told.said, told.refunded);
    found.extend(alarming(payment, told));
    for difference in &found {
        note(tx, tools, payment, difference).await?;
    }
    if all {
        let now = tx.now();
        let still: Vec<String> = found.iter().map(|difference| difference.kind.clone()).collect();
        discrepancies::gone(tx.conn(), payment.id, &difference::COMPARED, &still, now).await?;
    }
    Ok(found.len())
}

/// Notes what a provider wants a person to see, which is so whatever else has moved.
///
/// # Errors
///
/// When the store is away.
pub async fn alarm(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    told: &Snapshot,
) -> Result<(), sqlx::Error> {
    match alarming(payment, told) {
        Some(difference) => note(tx, tools, payment, &difference).await,
        None => Ok(()),
    }
}

fn alarming(payment: &Payment, told: &Snapshot) -> Option<Difference> {
    let detail = || format!("{} says so of {}", payment.provider, payment.amount);
    told.alarm.map(|alarm| Difference::new(alarm, detail()))
}

/// The provider never heard of a payment that it should know.
///
/// # Errors
///
/// When the store is away.
pub async fn unknown(tx: &mut Tx, tools: &Tools, payment: &Payment) -> Result<(), sqlx::Error> {
    let state = payment.standing.state;
    let detail =
        format!("{} is {state} by the books, {} never heard of it", payment.amount, payment.provider);
    note(tx, tools, payment, &Difference::new(difference::UNKNOWN_THERE, detail)).await
}

/// The shop has no credentials of a payment's provider, where it is open still.
///
/// # Errors
///
/// When the store is away.
pub async fn stranded(tx: &mut Tx, tools: &Tools, payment: &Payment) -> Result<(), sqlx::Error> {
    let detail =
        format!("{} is {} by the books; {}", payment.amount, payment.standing.state, not_known(payment));
    note(tx, tools, payment, &Difference::new(difference::PROVIDER_UNKNOWN, detail)).await
}

/// Why a payment's provider can't be asked, and what to do.
pub fn not_known(payment: &Payment) -> String {
    let provider = &payment.provider;
    format!("the shop knows {provider} no more: write it into payments.providers again, with offered: false")
}

/// Whether a report of this kind can show a difference at all: what is pending can't.
pub fn worth_comparing(told: &Snapshot) -> bool {
    told.alarm.is_some() || told.refunded.is_some() || !matches!(told.said, Said::Pending(_) | Said::Approved)
}
