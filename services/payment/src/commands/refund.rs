//! Money goes back, by an administrator's wish or the order's: through the provider, or outside of it.

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{event::RefundRequested, id::RefundId, money::Money};

use super::{
    Error, News, Tools, Wish, WishError, announce,
    wish::{latest, minor, written},
};
use crate::{
    domain::{Closing, Fact, Payment, Refusal},
    store::{
        attempts::{self, Attempt},
        payments, refunds,
    },
};

/// A refund that a fact is about.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The call that makes it, or made it.
    pub attempt: Uuid,
    /// As others know it: by the call's id, or by that of the first refund that was refused.
    pub id: RefundId,
    /// Refused refunds that it answers.
    pub answers: Vec<Uuid>,
    /// The tax in it, in minor units, where its order knows of which lines it is.
    pub tax: Option<i64>,
}

impl Refund {
    /// One that answers none.
    pub fn new(attempt: Uuid) -> Self {
        Self { attempt, id: RefundId(attempt), answers: Vec::new(), tax: None }
    }

    /// The one that a call made.
    pub fn made_by(call: &Attempt) -> Self {
        Self { id: RefundId(call.refund_id.unwrap_or(call.id)), tax: call.tax_minor, ..Self::new(call.id) }
    }
}

/// What is to go back.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// All of the refused refund that it answers, or all that can go back, when none.
    pub amount: Option<Money>,
    /// The refused refund that it answers.
    pub answers: Option<RefundId>,
    /// What the bank says of it, where the shop has paid it back itself.
    pub offline: Option<&'a str>,
}

/// Decides a refund, after which the provider is asked; or notes one that the shop has paid itself.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(
    tx: &mut Tx,
    tools: &Tools,
    wish: Wish<'_>,
    wanted: Wanted<'_>,
) -> Result<Payment, WishError> {
    let named = match wanted.answers {
        Some(name) => refunds::payment_of(tx.conn(), wish.order_id, &[name]).await?,
        None => None,
    };
    // Late money of another try may be owed, too.
    let which =
        |payment: &Payment| named.map_or(payment.standing.refundable() > 0, |named| payment.id == named);
    let mut payment = wish.payment(tx, which).await?;
    let mut refund = Refund::new(tx.new_uuid());
    let (mut all, mut answers) = (payment.standing.refundable(), 0);
    if let Some(name) = wanted.answers {
        let Found::Waiting(refused) = find(tx, &payment, &[name]).await? else {
            return Err(WishError::NotOwed);
        };
        answers = refused.minor;
        all = all.min(answers);
        refund = Refund { id: refused.id, answers: refused.attempts, tax: refused.tax, ..refund };
    }
    let amount = minor(&payment, wanted.amount, all)?;
    // Of another amount than was refused nobody knows what it is for.
    refund.tax = refund.tax.filter(|_| amount == answers);
    let fact = match wanted.offline {
        None => Fact::RefundAsked { amount: written(&payment, amount)?, answers },
        Some(reference) => {
            paid_back(tx, &payment, wish, (&refund, amount, reference)).await?;
            Fact::RefundedOffline { amount, answers }
        }
    };
    let news = News { refund: Some(refund), ..wish.news(fact) };
    super::apply(tx, tools, &mut payment, news).await?;
    Ok(payment)
}

/// Writes down what the shop paid back itself, and what that answers.
async fn paid_back(
    tx: &mut Tx,
    payment: &Payment,
    Wish { author, reason, .. }: Wish<'_>,
    (refund, amount_minor, reference): (&Refund, i64, &str),
) -> Result<(), sqlx::Error> {
    let (now, payment_id) = (tx.now(), payment.id);
    let Refund { attempt: id, id: refund_id, .. } = *refund;
    let new = refunds::Offline { id, payment_id, refund_id, amount_minor, reason, author, reference };
    refunds::insert_offline(tx.conn(), new, now).await?;
    refunds::answer(tx.conn(), &refund.answers, id).await
}

/// Refused refunds that another one answers.
struct Refused {
    attempts: Vec<Uuid>,
    /// Minor units, of all of them.
    minor: i64,
    /// The tax in that, where it is known of all of them.
    tax: Option<i64>,
    /// The first of them, as others know it.
    id: RefundId,
}

/// What is known of refunds that somebody names.
enum Found {
    /// Nothing: they never came as far as a provider.
    Unknown,
    /// They wait for no answer: done, under way, or answered by another.
    Answered,
    Waiting(Refused),
}

async fn find(tx: &mut Tx, payment: &Payment, names: &[RefundId]) -> Result<Found, sqlx::Error> {
    let named = refunds::named(tx.conn(), payment.id, names).await?;
    let waiting: Vec<&refunds::Named> = named.iter().filter(|refund| refund.unanswered).collect();
    Ok(match waiting.first() {
        Some(first) => Found::Waiting(Refused {
            id: RefundId(first.refund_id),
            minor: waiting.iter().map(|refund| refund.amount_minor).sum(),
            tax: waiting.iter().map(|refund| refund.tax_minor).sum(),
            attempts: waiting.iter().map(|refund| refund.attempt_id).collect(),
        }),
        None if named.is_empty() => Found::Unknown,
        None => Found::Answered,
    })
}

/// The order wants money to go back, under its own id of the refund, once. What can't go back is told, not dead-lettered:
/// whoever asked waits for a word.
///
/// # Errors
///
/// When the store is away, or the order never had a payment.
pub async fn requested(tx: &mut Tx, tools: &Tools, event: &RefundRequested) -> Result<(), WishError> {
    let tries = payments::lock_of_order(tx.conn(), event.order_id).await?;
    let named = refunds::payment_of(tx.conn(), event.order_id, &event.replaces).await?;
    // That which paid need not be the latest; what came late and goes back by itself is not the order's.
    let paid = |payment: &Payment| {
        payment.standing.refundable() > 0 && payment.standing.closing != Some(Closing::Cancel)
    };
    let payment = latest(tries, |payment| named.map_or_else(|| paid(payment), |named| payment.id == named));
    let mut payment = payment.ok_or(WishError::Unknown(event.order_id))?;
    let id = event.refund_id.uuid();
    if attempts::exists(tx.conn(), id).await? {
        return Ok(());
    }
    if payment.amount.minus(event.amount).is_err() {
        return Ok(refuse(tx, &payment, event, "currency_differs").await?);
    }
    let (attempts, answers) = match find(tx, &payment, &event.replaces).await? {
        Found::Unknown => (Vec::new(), 0),
        Found::Waiting(refused) => (refused.attempts, refused.minor),
        // The shop paid it back itself, or an administrator asked the provider again.
        Found::Answered => return Ok(refuse(tx, &payment, event, "already_refunded").await?),
    };
    let fact = Fact::RefundAsked { amount: event.amount.amount_minor, answers };
    let tax = event.tax.filter(|tax| tax.currency == event.amount.currency).map(|tax| tax.amount_minor);
    let tax = tax.filter(|tax| (0..=event.amount.amount_minor).contains(tax));
    let refund = Some(Refund { answers: attempts, tax, ..Refund::new(id) });
    match super::apply(tx, tools, &mut payment, News { refund, ..News::of(fact, &event.reason) }).await {
        Err(Error::Refused(refusal)) => {
            tracing::warn!(payment = %payment.id, %refusal, "a refund that the order wants can't be");
            let why = match refusal {
                Refusal::ChargedBack { .. } => "charged_back",
                _ => "nothing_left_to_refund",
            };
            Ok(refuse(tx, &payment, event, why).await?)
        }
        done => Ok(done?),
    }
}

/// Tells the order that its refund can't be.
async fn refuse(
    tx: &mut Tx,
    payment: &Payment,
    event: &RefundRequested,
    why: &str,
) -> Result<(), sqlx::Error> {
    announce::refund_failed(tx, payment, (Some(event.refund_id), event.amount), why).await
}
