//! What changes a payment, one use case a file. A command gets a unit of work and never a client: what the provider must
//! be asked is written as an attempt, and made after the commit.

mod announce;
pub mod another;
pub mod cancel;
pub mod capture;
pub mod claim;
mod decide;
pub mod differ;
mod dispute;
pub mod expire;
pub mod forget;
pub mod open;
pub mod refund;
pub mod release;
pub mod settle;
mod twin;
pub mod void;
mod wish;

use std::sync::Arc;

use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;
use warung_chassis::db::Tx;
use warung_contracts::id::{PaymentId, UserId};

use self::refund::Refund;
pub use self::wish::{Wish, WishError};
use crate::{
    domain::{
        Call, Capture, Decision, Fact, Next, Payment, Refusal, Said, Standing, State, difference, ledger,
    },
    metrics::PaymentMetrics,
    providers::{Providers, Snapshot},
    store::{attempts, ledger as books, payments, refunds},
};

/// How long money stays set aside when the provider does not tell: the shortest of those who promise one.
const AUTHORIZED_FOR: Duration = Duration::days(7);

/// What every command uses beside its unit of work.
#[derive(Debug, Clone)]
pub struct Tools {
    pub metrics: PaymentMetrics,
    /// Wakes the job that makes calls.
    pub calls: Arc<Notify>,
    /// Those that the shop knows, and which of them take new payments.
    pub providers: Providers,
    /// How often an order's payment is tried at most.
    pub tries_max: u32,
}

impl Tools {
    /// What a next try is made with.
    fn next(&self, tx: &Tx) -> Next {
        Next { id: PaymentId(tx.new_uuid()), tries_max: self.tries_max, now: tx.now() }
    }
}

/// Why a fact could not be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// A fact on its way to a payment.
#[derive(Debug)]
pub struct News<'a> {
    pub fact: Fact,
    /// Why, in a word or a sentence, for the attempt that may follow and for those who hear of it.
    pub reason: &'a str,
    /// The refund it is about: that was done or refused, or that is to be made.
    pub refund: Option<Refund>,
    /// The administrator who wants it, where one does.
    pub author: Option<UserId>,
    /// All that the provider said, where it spoke.
    pub told: Option<&'a Snapshot>,
}

impl<'a> News<'a> {
    /// A fact, and why.
    pub fn of(fact: Fact, reason: &'a str) -> Self {
        Self { fact, reason, refund: None, author: None, told: None }
    }
}

/// Applies a fact to a payment that the unit of work holds: state, ledger, events and calls in one commit.
async fn apply(tx: &mut Tx, tools: &Tools, payment: &mut Payment, news: News<'_>) -> Result<(), Error> {
    let before = payment.clone();
    let change = payment.standing.apply(&news.fact)?;
    payment.standing = change.standing;
    let now = tx.now();
    note(payment, &before, &news, now);
    let (tell, next) = payment.follow_up(&before.standing, (&news.fact, change.tell), tools.next(tx));
    if *payment == before {
        return Ok(());
    }
    payment.updated_at = now;
    payments::update(tx.conn(), payment).await?;
    decide::note(tx, payment, &news).await?;
    if change.moved != 0 {
        book(tx, payment, change.moved, &news).await?;
    }
    if let Some(call) = change.call {
        make(tx, tools, payment, call, &news).await?;
    }
    if let Some(tell) = tell {
        announce::run(tx, payment, tell, &news).await?;
    }
    if payment.standing.held != before.standing.held {
        differ::held(tx, tools, payment, &news).await?;
    }
    if owing(&payment.standing) != owing(&before.standing) {
        differ::owed(tx, tools, payment, &news).await?;
    }
    if payment.standing.twice() != before.standing.twice() {
        differ::twice(tx, tools, payment, &news).await?;
    }
    if before.standing.state == State::Authorized && before.standing.capture == Capture::Manual {
        differ::capture(tx, tools, payment, &news).await?;
    }
    if payment.standing.state != before.standing.state {
        tools.metrics.entered(tx, payment);
    }
    match next {
        // Boxed, because it may be refused, which is a fact again.
        Some(next) => Box::pin(open::begin(tx, tools, next, another::REASON)).await.map(drop),
        None => Ok(()),
    }
}

/// What is owed, and what is on its way, which may be it.
fn owing(standing: &Standing) -> (i64, i64) {
    (standing.owed(), standing.refunding)
}

/// Books money that came in or went back.
async fn book(tx: &mut Tx, payment: &Payment, moved: i64, news: &News<'_>) -> Result<(), sqlx::Error> {
    let through = match news.fact {
        Fact::RefundedOffline { .. } => ledger::OFFLINE.to_owned(),
        _ => ledger::receivable(&payment.provider),
    };
    // What goes back for goods takes their own tax; anything else is shared as what is left of the payment, so that nothing
    // is left of any part at the end.
    let revenue = match moved > 0 {
        true => payment.revenue,
        false => {
            let left = books::revenue(tx.conn(), payment).await?;
            let tax = news.refund.as_ref().and_then(|refund| refund.tax);
            tax.and_then(|tax| left.of_goods(-moved, tax)).unwrap_or(left)
        }
    };
    let entries = ledger::entries(through, payment.money(moved), revenue);
    let refund = news.refund.as_ref();
    let kind = refund.map_or(books::Kind::Capture, |refund| books::Kind::Refund(refund.attempt));
    let (id, now) = (tx.new_uuid(), tx.now());
    books::insert(tx.conn(), id, payment, kind, &entries, now).await
}

/// Writes the call that follows, and which refused refunds it answers.
async fn make(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    call: Call,
    news: &News<'_>,
) -> Result<(), sqlx::Error> {
    let News { reason, author, .. } = *news;
    let fresh = Refund::new(tx.new_uuid());
    let Refund { attempt: id, id: refund_id, answers, tax } = news.refund.as_ref().unwrap_or(&fresh);
    let refund_id = matches!(call, Call::Refund(_)).then_some(*refund_id);
    let (id, tax_minor, payment_id, kind) = (*id, *tax, payment.id, call.into());
    let call = attempts::New { id, payment_id, kind, reason, author, refund_id, tax_minor, twin: None };
    ask(tx, tools, call).await?;
    refunds::answer(tx.conn(), answers, id).await
}

/// What is noted of a payment beside its standing.
fn note(payment: &mut Payment, before: &Payment, news: &News<'_>, now: OffsetDateTime) {
    let state = payment.standing.state;
    if let Some(told) = news.told {
        if told.reference.is_some() {
            payment.reference.clone_from(&told.reference);
        }
        if told.reported.is_some() {
            payment.reported = told.reported;
        }
        if told.client_secret.is_some() {
            payment.client_secret.clone_from(&told.client_secret);
        }
    }
    // From here on the bank's time counts, and no longer the customer's: also while a person looks at the amount.
    if payment.standing.is_set_aside() && !before.standing.is_set_aside() {
        payment.expires_at = news.told.and_then(|told| told.authorized_until).unwrap_or(now + AUTHORIZED_FOR);
    }
    match &news.fact {
        Fact::Provider(Said::Pending(action)) if state == State::Pending => {
            payment.next_action = Some(action.clone());
        }
        Fact::Provider(Said::Failed(reason)) if payment.standing != before.standing => {
            payment.failure.get_or_insert_with(|| reason.clone());
        }
        // What stays set aside has not failed.
        Fact::CaptureRefused(reason)
            if payment.standing.closing.is_some() && before.standing.capturing > 0 =>
        {
            payment.failure.get_or_insert_with(|| reason.clone());
        }
        Fact::Released(Decision::Accept) if payment.standing.closing.is_none() => payment.failure = None,
        Fact::Released(_) if !payment.standing.state.is_open() || payment.standing.closing.is_some() => {
            payment.failure.get_or_insert_with(|| difference::AMOUNT_DIFFERS.to_owned());
        }
        _ => {}
    }
    if state != State::Pending {
        payment.next_action = None;
    }
    if state == State::Succeeded && news.fact == Fact::PaidLate {
        payment.failure = None;
    }
    // What opens doors is kept for as long as a door may need opening. Each try to open it says the same: the provider takes
    // another body under the same key for a fault.
    if state != State::Opening {
        payment.token = None;
        payment.return_url = None;
    }
    if !state.is_open() {
        payment.client_secret = None;
    }
}

impl From<Call> for attempts::Kind {
    fn from(call: Call) -> Self {
        match call {
            Call::Authorize => Self::Authorize,
            Call::Capture(amount) => Self::Capture(amount),
            Call::Void => Self::Void,
            Call::Refund(amount) => Self::Refund(amount),
        }
    }
}

/// Writes that the provider is to be asked, and wakes the job that asks.
async fn ask(tx: &mut Tx, tools: &Tools, call: attempts::New<'_>) -> Result<(), sqlx::Error> {
    let now = tx.now();
    attempts::insert(tx.conn(), call, now).await?;
    wake(tx, tools);
    Ok(())
}

/// Wakes the job that asks, once what it is to ask is committed.
fn wake(tx: &mut Tx, tools: &Tools) {
    let calls = tools.calls.clone();
    tx.after_commit(move || calls.notify_one());
}
