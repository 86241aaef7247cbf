//! `warung.history.v1.OrderHistory`: what happened to an order's payment.

use sqlx::PgConnection;
use warung_chassis::{db::Db, grpc::history::ROWS_MAX};
use warung_contracts::{
    history::{
        Deed, Entry, PaymentBooked, PaymentCall, PaymentDecision, PaymentDifference, PaymentDispute,
        PaymentReport,
    },
    id::{OrderId, UserId},
};

use crate::{
    domain::{Payment, State, dispute::Dispute},
    store::{
        disputes::{self, Known},
        order_history::{self as store, Booked, Call, Decision, Difference, Report},
        payments,
    },
};

/// Calls, what providers reported, what was booked, decided, and differs, of each try in their order.
pub async fn list(db: Db, order: OrderId) -> Result<Vec<Entry>, sqlx::Error> {
    let mut conn = db.pool().acquire().await?;
    let mut all = Vec::new();
    for payment in payments::of_order(&mut conn, order).await? {
        all.extend(of_try(&mut conn, &payment).await?);
    }
    Ok(all)
}

async fn of_try(conn: &mut PgConnection, payment: &Payment) -> Result<Vec<Entry>, sqlx::Error> {
    let calls = store::calls(&mut *conn, payment.id, ROWS_MAX).await?;
    let reports = store::reports(&mut *conn, payment.id, ROWS_MAX).await?;
    let booked = store::booked(&mut *conn, payment.id).await?;
    let decisions = store::decisions(&mut *conn, payment.id, ROWS_MAX).await?;
    let differences = store::differences(&mut *conn, payment.id, ROWS_MAX).await?;
    let disputes = disputes::of_payment(&mut *conn, payment.id).await?;
    let uncalled = calls.is_empty().then(|| of_no_call(payment)).flatten();
    // What a call or a report brought about follows it where both are of one moment.
    Ok(std::iter::empty()
        .chain(uncalled)
        .chain(decisions.into_iter().map(|decision| of_decision(decision, payment)))
        .chain(calls.into_iter().map(|call| of_call(call, payment)))
        .chain(reports.into_iter().map(|report| of_report(report, payment)))
        .chain(disputes.iter().flat_map(|known| of_dispute(known, payment)))
        .chain(booked.into_iter().map(|booked| of_booked(&booked, payment)))
        .chain(differences.into_iter().map(of_difference))
        .collect())
}

fn of_call(call: Call, payment: &Payment) -> Entry {
    let Call { kind, amount_minor, state, reason, author, tries, answer, at } = call;
    let asked = match kind.as_str() {
        "open" | "authorize" => Some(payment.amount),
        _ => amount_minor.map(|minor| payment.money(minor)),
    };
    let deed = Deed::PaymentCall(PaymentCall {
        call: kind,
        provider: payment.provider.clone(),
        method: payment.method.clone(),
        amount: asked,
        state,
        outcome: answer,
        tries: u32::try_from(tries).unwrap_or(0),
        reason,
    });
    let actor = if author.is_some() { "admin" } else { "payment" };
    Entry { at, actor, author: author.map(UserId), deed }
}

/// A payment about which nobody was asked: there was nothing to pay, or no provider takes it. None of one whose order was
/// cancelled first: it only says that nothing will be opened.
fn of_no_call(payment: &Payment) -> Option<Entry> {
    let (state, outcome) = match payment.standing.state {
        State::Succeeded => ("done", Some("nothing to pay".to_owned())),
        State::Failed => ("refused", payment.failure.clone()),
        _ => return None,
    };
    let deed = Deed::PaymentCall(PaymentCall {
        call: "open".to_owned(),
        provider: payment.provider.clone(),
        method: payment.method.clone(),
        amount: Some(payment.amount),
        state: state.to_owned(),
        outcome,
        tries: 0,
        reason: "stock is set aside".to_owned(),
    });
    Some(Entry { at: payment.created_at, actor: "payment", author: None, deed })
}

fn of_report(report: Report, payment: &Payment) -> Entry {
    let Report { webhook, from_state: from, to_state: to, outcome, at } = report;
    let by = if webhook.is_some() { "webhook" } else { "reconciliation" };
    let (provider, by) = (payment.provider.clone(), by.to_owned());
    let deed = Deed::PaymentReport(PaymentReport { provider, by, webhook, from, to, outcome });
    Entry { at, actor: "provider", author: None, deed }
}

fn of_booked(booked: &Booked, payment: &Payment) -> Entry {
    let (movement, provider) = (booked.kind.clone(), payment.provider.clone());
    let amount = payment.money(booked.amount_minor);
    let deed = Deed::PaymentBooked(PaymentBooked { movement, provider, amount });
    Entry { at: booked.at, actor: "payment", author: None, deed }
}

/// Its beginning, and its end where it has one.
fn of_dispute(known: &Known, payment: &Payment) -> impl Iterator<Item = Entry> {
    let Dispute { reference, amount, reason, state, closed_at, .. } = &known.dispute;
    let entry = |at, state: &str| {
        let deed = Deed::PaymentDispute(PaymentDispute {
            provider: payment.provider.clone(),
            reference: reference.clone(),
            amount: *amount,
            reason: reason.clone(),
            state: state.to_owned(),
        });
        Entry { at, actor: "provider", author: None, deed }
    };
    let end = closed_at.map(|at| entry(at, state.as_str()));
    std::iter::once(entry(known.created_at, "opened")).chain(end).collect::<Vec<_>>().into_iter()
}

fn of_decision(decision: Decision, payment: &Payment) -> Entry {
    let Decision { deed, amount_minor, reason, author, at } = decision;
    let amount = amount_minor.map(|minor| payment.money(minor));
    let deed = Deed::PaymentDecision(PaymentDecision { deed, amount, reason });
    Entry { at, actor: "admin", author: Some(UserId(author)), deed }
}

fn of_difference(difference: Difference) -> Entry {
    let Difference { kind: difference, detail, resolved, at } = difference;
    let deed = Deed::PaymentDifference(PaymentDifference { difference, detail, resolved });
    Entry { at, actor: "payment", author: None, deed }
}
