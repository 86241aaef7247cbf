//! A provider has spoken: the answer of a call, or what it says when it is asked after a webhook.

use time::OffsetDateTime;
use warung_chassis::db::Tx;

use super::{Error, News, Tools, differ, dispute, refund::Refund, twin};
use crate::{
    domain::{Closing, Fact, Payment, Said, Standing, difference, late, ledger},
    providers::{Refused, Snapshot},
    store::{
        attempts::{self, Attempt, Kind},
        discrepancies, ledger as books, payments, reports,
        webhooks::{self, Webhook},
    },
};

/// Why a call follows from what the provider says.
fn why(payment: &Payment) -> &'static str {
    let standing = &payment.standing;
    match standing.closing {
        _ if !standing.state.is_open() => "it was paid after its order had ended",
        None => "the customer agreed",
        Some(Closing::Cancel) => "its order was cancelled meanwhile",
        Some(Closing::Void) => "it was called off meanwhile",
        Some(Closing::Expire) => "its time ran out meanwhile",
        Some(Closing::Replace) => "the customer takes another way",
    }
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// How the payment stands now.
    Stands(Snapshot),
    /// The money went back.
    Refunded,
    /// The provider says no for good.
    Refused(Refused),
    /// There was nothing to do any more.
    Nothing,
}

impl Outcome {
    /// Why the provider said no for good, in a word.
    fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refused(refused) => Some(&refused.code),
            Self::Stands(_) | Self::Refunded | Self::Nothing => None,
        }
    }

    /// For people who read the table of attempts; nothing in it opens a door.
    fn text(&self) -> String {
        match self {
            Self::Stands(told) => told.said.to_string(),
            Self::Refunded => "refunded".to_owned(),
            Self::Refused(refused) => refused.to_string(),
            Self::Nothing => "nothing to do".to_owned(),
        }
    }
}

/// A call was taken, and takes its time: it is asked about again.
///
/// # Errors
///
/// When the store is away.
pub async fn on_its_way(
    tx: &mut Tx,
    attempt: &Attempt,
    reference: Option<&str>,
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let now = tx.now();
    attempts::on_its_way(tx.conn(), attempt.id, reference, due_at).await?;
    discrepancies::answered(tx.conn(), attempt.payment_id, now).await
}

/// What was to be taken or set aside is looked at by the provider first: the call is not over, and is asked about until it is.
///
/// # Errors
///
/// When the store is away.
pub async fn in_review(
    tx: &mut Tx,
    tools: &Tools,
    (attempt, asked): (&Attempt, &Payment),
    told: &Snapshot,
    due_at: OffsetDateTime,
) -> Result<(), Error> {
    let mut payment = hold(tx, asked, Some(told)).await?;
    on_its_way(tx, attempt, None, due_at).await?;
    stands(tx, tools, (&mut payment, asked), told).await
}

/// Notes the answer of a call that was made when the payment stood as `asked`; a refund's once.
///
/// # Errors
///
/// When the store is away, or the answer can't be true.
pub async fn answer(
    tx: &mut Tx,
    tools: &Tools,
    (attempt, asked): (&Attempt, &Payment),
    outcome: Outcome,
) -> Result<(), Error> {
    let now = tx.now();
    // The payment first, then its attempt: the order in which every command takes them.
    let told = match &outcome {
        Outcome::Stands(told) => Some(told),
        Outcome::Refunded | Outcome::Refused(_) | Outcome::Nothing => None,
    };
    let mut payment = hold(tx, asked, told).await?;
    let turns = attempts::finish(tx.conn(), attempt.id, outcome.refusal(), &outcome.text(), now).await?;
    // What was answered at its first turn never failed, so nobody was told of it.
    if turns != Some(1) {
        discrepancies::answered(tx.conn(), payment.id, now).await?;
    }
    if attempt.turns > 1 && matches!(attempt.kind, Kind::Capture(_) | Kind::Authorize) {
        discrepancies::gone(tx.conn(), payment.id, &[difference::IN_REVIEW], &[], now).await?;
    }
    if attempt.kind == Kind::EndTwin {
        return Ok(twin::ended(tx, tools, &payment, (attempt, &outcome)).await?);
    }
    let refund = Some(Refund::made_by(attempt));
    let news = match (attempt.kind, outcome) {
        // How a payment stands is noted however late it is heard: an answer that was given up may tell of money.
        (_, Outcome::Stands(told)) => return stands(tx, tools, (&mut payment, asked), &told).await,
        (_, Outcome::Nothing) => return Ok(()),
        _ if turns.is_none() => return Ok(()),
        (Kind::Refund(amount), Outcome::Refunded) => {
            News { refund, ..News::of(Fact::RefundDone(amount), &attempt.reason) }
        }
        (Kind::Refund(amount), Outcome::Refused(why)) => {
            let news = News { refund, ..News::of(Fact::RefundRefused(amount), &why.code) };
            return super::apply(tx, tools, &mut payment, news).await;
        }
        (Kind::Capture(_), Outcome::Refused(why)) => {
            News::of(Fact::CaptureRefused(why.code), "the capture was refused")
        }
        (Kind::Open | Kind::Authorize, Outcome::Refused(refused)) => {
            News::of(Fact::Provider(Said::Failed(refused.code)), why(&payment))
        }
        (Kind::Void | Kind::EndTwin, Outcome::Refused(_)) | (_, Outcome::Refunded) => return Ok(()),
    };
    super::apply(tx, tools, &mut payment, news).await
}

/// The payment that was asked about; nobody else changes it until the unit of work ends. Money that is taken may be of the
/// order's other tries' concern: then these are held too, all in one order.
async fn hold(tx: &mut Tx, asked: &Payment, told: Option<&Snapshot>) -> Result<Payment, sqlx::Error> {
    if told.is_some_and(|told| matches!(told.said, Said::Captured(_))) {
        let tries = payments::lock_of_order(tx.conn(), asked.order_id).await?;
        return tries.into_iter().find(|payment| payment.id == asked.id).ok_or(sqlx::Error::RowNotFound);
    }
    payments::lock(tx.conn(), asked.id).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Applies what a provider says; the unit of work has it from [`hold`]. Late money pays an order that still waits, and whatever
/// else was tried for it is called off.
async fn hear(tx: &mut Tx, tools: &Tools, payment: &mut Payment, told: &Snapshot) -> Result<(), Error> {
    let news = |fact, why| News { told: Some(told), ..News::of(fact, why) };
    if let Said::Captured(reported) = told.said
        && !payment.standing.state.is_open()
        && !payment.standing.holds_money()
    {
        let now = tx.now();
        let tries = payments::of_order(tx.conn(), payment.order_id).await?;
        if late::pays(&tries, payment.id, reported, now) {
            for mut other in tries.into_iter().filter(|other| other.id != payment.id) {
                let by_another = News::of(Fact::PaidByAnother, "an earlier try has paid the order");
                super::apply(tx, tools, &mut other, by_another).await?;
            }
            tracing::info!(payment = %payment.id, order = %payment.order_id, "late money of an earlier try pays the order");
            return super::apply(tx, tools, payment, news(Fact::PaidLate, "")).await;
        }
    }
    super::apply(tx, tools, payment, news(Fact::Provider(told.said.clone()), why(payment))).await
}

/// Notes how a payment stands at its provider, which was asked when it stood as `asked`: the machine first, then what the
/// provider keeps, then what differs. Where something moved meanwhile, nothing is compared: what is told is of before.
pub(super) async fn stands(
    tx: &mut Tx,
    tools: &Tools,
    (payment, asked): (&mut Payment, &Payment),
    told: &Snapshot,
) -> Result<(), Error> {
    let stayed = payment.standing == asked.standing;
    hear(tx, tools, payment, told).await?;
    book_fee(tx, payment, told).await?;
    dispute::hear(tx, tools, payment, &told.disputes).await?;
    if stayed && differ::worth_comparing(told) {
        differ::compare(tx, tools, payment, told, false).await?;
    } else if !stayed {
        differ::alarm(tx, tools, payment, told).await?;
    }
    Ok(())
}

/// Books what the provider keeps of what was captured, once.
async fn book_fee(tx: &mut Tx, payment: &Payment, told: &Snapshot) -> Result<(), sqlx::Error> {
    let Some(fee) = told.fee.filter(|fee| fee.amount_minor != 0 && payment.standing.captured > 0) else {
        return Ok(());
    };
    if books::has_fee(tx.conn(), payment).await? {
        return Ok(());
    }
    let (id, now) = (tx.new_uuid(), tx.now());
    let entries = ledger::fee_entries(&payment.provider, fee);
    books::insert(tx.conn(), id, payment, books::Kind::Fee, &entries, now).await
}

/// Notes what a provider said when it was asked because of a webhook, once.
///
/// # Errors
///
/// When the store is away.
pub async fn confirm(
    tx: &mut Tx,
    tools: &Tools,
    webhook: &Webhook,
    told: Option<(&Payment, Option<&Snapshot>)>,
) -> Result<(), Error> {
    const UNKNOWN: &str = "unknown payment";
    let now = tx.now();
    let Some((asked, told)) = told else {
        webhooks::finish(tx.conn(), webhook, (None, UNKNOWN), now).await?;
        return Ok(());
    };
    let mut payment = hold(tx, asked, told).await?;
    let outcome = told.map_or_else(|| UNKNOWN.to_owned(), |told| told.said.to_string());
    let first = webhooks::finish(tx.conn(), webhook, (Some(payment.id), &outcome), now).await?;
    let Some(told) = told.filter(|_| first) else { return Ok(()) };
    let before = payment.standing;
    match payment.reference.as_deref() {
        Some(known) if webhook.request().is_some_and(|request| request != known) => {
            twin::heard(tx, tools, (&mut payment, asked), told).await?;
        }
        known => {
            let was_unknown = known.is_none();
            stands(tx, tools, (&mut payment, asked), told).await?;
            if was_unknown && payment.reference.is_some() {
                discrepancies::gone(tx.conn(), payment.id, &[difference::REQUEST_UNKNOWN], &[], now).await?;
            }
        }
    }
    report(tx, &payment, before, (told, Some(&webhook.event_id))).await?;
    Ok(attempts::hurry(tx.conn(), payment.id, now).await?)
}

/// Keeps what a provider said, by a webhook or unasked, where it changed the payment.
async fn report(
    tx: &mut Tx,
    payment: &Payment,
    before: Standing,
    (told, webhook): (&Snapshot, Option<&str>),
) -> Result<(), sqlx::Error> {
    if payment.standing == before {
        return Ok(());
    }
    let (id, outcome, now) = (tx.new_uuid(), told.said.to_string(), tx.now());
    let new = reports::New { id, payment, from: before.state, webhook, outcome: &outcome };
    reports::insert(tx.conn(), new, now).await
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    Same,
    /// The books had not heard of something, and have now.
    Repaired,
    /// A person must look.
    Differs,
    /// Something moved since the provider was asked: it must be asked again.
    Moved,
    /// The provider could not be asked.
    NoAnswer,
}

/// Compares a payment, as it stood when its provider was asked, with what that said: what the machine can mend by hearing it
/// is mended. None is what the provider says of a payment that it never heard of, and should have.
///
/// # Errors
///
/// When the store is away.
pub async fn reconcile(
    tx: &mut Tx,
    tools: &Tools,
    asked: &Payment,
    told: Option<&Snapshot>,
) -> Result<Compared, Error> {
    let mut payment = hold(tx, asked, told).await?;
    let before = payment.standing;
    if before != asked.standing {
        return Ok(Compared::Moved);
    }
    let Some(told) = told else {
        differ::unknown(tx, tools, &payment).await?;
        return Ok(Compared::Differs);
    };
    hear(tx, tools, &mut payment, told).await?;
    book_fee(tx, &payment, told).await?;
    dispute::hear(tx, tools, &mut payment, &told.disputes).await?;
    report(tx, &payment, before, (told, None)).await?;
    let differences = differ::compare(tx, tools, &payment, told, true).await?;
    if before != payment.standing {
        tracing::info!(payment = %payment.id, from = %before.state, to = %payment.standing.state, "the books had missed what the provider says");
    }
    Ok(match differences {
        0 if before == payment.standing => Compared::Same,
        0 => Compared::Repaired,
        _ => Compared::Differs,
    })
}
