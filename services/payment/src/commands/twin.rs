//! Two requests for one payment at its provider: the answer of the first was lost, and another was made. One counts, which
//! is the first of which money is heard; the other is called off, or given back where it was taken too.

use warung_chassis::db::Tx;

use super::{
    Error, Tools, ask, differ,
    settle::{self, Outcome},
};
use crate::{
    domain::{
        Payment, Said,
        difference::{self, Difference},
    },
    providers::Snapshot,
    store::{
        attempts::{self, Attempt, Kind},
        discrepancies,
    },
};

/// Notes how a request stands that is not the one by which the payment is known; the unit of work holds the payment.
///
/// # Errors
///
/// When the store is away.
pub async fn heard(
    tx: &mut Tx,
    tools: &Tools,
    (payment, asked): (&mut Payment, &Payment),
    told: &Snapshot,
) -> Result<(), Error> {
    let taken = matches!(told.said, Said::Captured(_) | Said::Authorized(_));
    match (taken, payment.standing.holds_money()) {
        // Nobody was ever shown how to pay it.
        (false, _) => Ok(()),
        (true, true) => {
            note(tx, tools, payment, told).await?;
            Ok(end(tx, tools, payment, told.reference.as_deref()).await?)
        }
        (true, false) => {
            let known = payment.reference.clone();
            settle::stands(tx, tools, (payment, asked), told).await?;
            Ok(end(tx, tools, payment, known.as_deref()).await?)
        }
    }
}

/// Writes the call that ends a request, once.
async fn end(tx: &mut Tx, tools: &Tools, payment: &Payment, twin: Option<&str>) -> Result<(), sqlx::Error> {
    let reason = "another request of this payment counts";
    let (id, payment_id, kind) = (tx.new_uuid(), payment.id, Kind::EndTwin);
    let (author, refund_id, tax_minor) = (None, None, None);
    ask(tx, tools, attempts::New { id, payment_id, kind, reason, author, refund_id, tax_minor, twin }).await
}

/// The call that ended a request was answered.
///
/// # Errors
///
/// When the store is away.
pub async fn ended(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    (attempt, outcome): (&Attempt, &Outcome),
) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let Outcome::Refused(why) = outcome else {
        return discrepancies::gone(tx.conn(), payment.id, &[difference::CHARGED_TWICE], &[], now).await;
    };
    let twin = attempt.twin.as_deref().unwrap_or_default();
    let detail = format!("{} keeps what {twin} took: {why}", payment.provider);
    differ::note(tx, tools, payment, &Difference::new(difference::CHARGED_TWICE, detail)).await
}

async fn note(tx: &mut Tx, tools: &Tools, payment: &Payment, told: &Snapshot) -> Result<(), sqlx::Error> {
    let [known, twin] = [&payment.reference, &told.reference].map(|id| id.as_deref().unwrap_or_default());
    let detail = format!("{known} counts, and {twin} {} too", told.said);
    differ::note(tx, tools, payment, &Difference::new(difference::CHARGED_TWICE, detail)).await
}
