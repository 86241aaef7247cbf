//! A customer contests a payment: what that takes or gives back is booked once, and told.

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{PaymentDisputeClosed, PaymentDisputed},
    id::DisputeId,
    money::Money,
};

use super::{Error, News, Tools, differ};
use crate::{
    domain::{
        Fact, Payment, State as PaymentState,
        difference::{self, Difference},
        dispute::{Change, Dispute, Overall, State, Told},
        ledger,
    },
    store::{
        disputes::{self, Known},
        ledger as books,
    },
};

/// Why money goes back that a bank gave back.
const REASON: &str = "the dispute is won, and its order was cancelled";

/// Notes how disputes of a payment stand, which the unit of work holds. Those of one that was not booked as captured wait
/// until it is: they are asked about again.
///
/// # Errors
///
/// When the store is away.
pub async fn hear(tx: &mut Tx, tools: &Tools, payment: &mut Payment, told: &[Told]) -> Result<(), Error> {
    for told in told {
        if matches!(payment.standing.state, PaymentState::Succeeded | PaymentState::Refunded) {
            one(tx, tools, payment, told).await?;
        } else {
            tracing::warn!(payment = %payment.id, dispute = told.reference, "a payment that is not booked as captured is disputed");
        }
    }
    Ok(())
}

async fn one(tx: &mut Tx, tools: &Tools, payment: &mut Payment, told: &Told) -> Result<(), Error> {
    let now = tx.now();
    let mut known = disputes::of_payment(tx.conn(), payment.id).await?;
    let place = known.iter().position(|known| known.dispute.reference == told.reference);
    let before = place.map(|place| known[place].clone());
    let change = Dispute::hear(before.as_ref().map(|known| &known.dispute), told, now);
    if change.contradicts {
        contradicted(tx, tools, payment, (&change.dispute, told)).await?;
    }
    if before.as_ref().is_some_and(|before| before.dispute == change.dispute) {
        return Ok(());
    }
    let id = before.as_ref().map_or_else(|| tx.new_uuid(), |before| before.id);
    if !disputes::save(tx.conn(), id, payment, &change.dispute, now).await? {
        tracing::error!(payment = %payment.id, dispute = told.reference, "the dispute is another payment's");
        return Ok(());
    }
    book(tx, payment, id, &change).await?;
    let new = Known { id, created_at: now, dispute: change.dispute.clone() };
    match place {
        Some(place) => known[place] = new,
        None => known.push(new),
    }
    let total = taken(payment, &known);
    super::apply(tx, tools, payment, News::of(Fact::ChargedBack(total), REASON)).await?;
    tell(tx, tools, payment, (id, &change)).await
}

/// What disputes took of a payment, in its currency. Of one in another currency nobody knows how much of it that is: then
/// all of it counts as taken, so that nothing goes back twice.
fn taken(payment: &Payment, disputes: &[Known]) -> i64 {
    let of = |Known { dispute, .. }: &Known| match dispute.taken {
        taken if dispute.amount.currency == payment.amount.currency => taken,
        0 => 0,
        _ => payment.standing.captured,
    };
    disputes.iter().map(of).sum()
}

async fn book(tx: &mut Tx, payment: &Payment, id: Uuid, change: &Change) -> Result<(), sqlx::Error> {
    let kind = match change.moved {
        0 => return Ok(()),
        moved if moved > 0 => books::Kind::Chargeback(id),
        _ => books::Kind::Reinstatement(id),
    };
    let moved = Money::new(change.moved, change.dispute.amount.currency);
    let entries = ledger::chargeback_entries(&payment.provider, moved);
    let (transaction, now) = (tx.new_uuid(), tx.now());
    books::insert(tx.conn(), transaction, payment, kind, &entries, now).await
}

async fn contradicted(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    (known, told): (&Dispute, &Told),
) -> Result<(), sqlx::Error> {
    let detail = format!(
        "the dispute {} of {} is {} by the books, {} says {} of {}",
        known.reference, known.amount, known.state, payment.provider, told.state, told.amount
    );
    differ::note(tx, tools, payment, &Difference::new(difference::DISPUTE_DIFFERS, detail)).await
}

async fn tell(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    (id, change): (Uuid, &Change),
) -> Result<(), Error> {
    let Change { dispute, opened, closed, .. } = change;
    let overall = Overall::of(&disputes::states(tx.conn(), payment.order_id).await?);
    let Payment { id: payment_id, order_id, .. } = *payment;
    let (dispute_id, amount, taken) = (DisputeId(id), dispute.amount, dispute.taken());
    let (provider, order_dispute) = (payment.provider.clone(), overall.as_str().to_owned());
    if *opened {
        tx.emit(&PaymentDisputed {
            order_id,
            payment_id,
            dispute_id,
            provider: provider.clone(),
            amount,
            taken,
            reason: dispute.reason.clone(),
            inquiry: (dispute.state == State::Inquiry).then_some(true),
            respond_by: dispute.respond_by,
            order_dispute: order_dispute.clone(),
        })
        .await?;
        tools.metrics.disputed(tx, payment, "opened");
    }
    if *closed {
        let outcome = dispute.state.as_str().to_owned();
        tx.emit(&PaymentDisputeClosed {
            order_id,
            payment_id,
            dispute_id,
            provider,
            amount,
            taken,
            outcome,
            order_dispute,
        })
        .await?;
        tools.metrics.disputed(tx, payment, dispute.state.as_str());
    }
    Ok(())
}
