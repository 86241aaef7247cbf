//! Compares open and recent payments with what their providers say: a webhook may be lost, a dashboard may have moved
//! money. What the machine can mend is mended by telling it; the rest is a discrepancy for a person.
//!
//! ```text
//!  open    those that wait           ── page ── page ── page ─ pause (WARUNG_PAYMENT_RECONCILE_SECONDS) ─ again
//!  recent  the ends of some days     ── page ── page ── … ─ pause (a quarter of a day) ─ again
//!  disputes  those that can still change, and those that providers list ─ pause (an hour) ─ again
//! ```
//! A page at a time and a pause between pages: a provider's limit is for customers, not for this. A page's payments are
//! compared beside each other, but few of a provider at once, so that one that hangs holds up no page for long.

use std::{collections::BTreeMap, time::Duration};

use futures::{
    StreamExt as _,
    future::{BoxFuture, join_all},
    stream,
};
use time::OffsetDateTime;
use warung_chassis::jobs::Job;
use warung_contracts::id::PaymentId;

use super::Shared;
use crate::{
    commands::{
        differ,
        settle::{self, Compared},
    },
    domain::{Payment, State, dispute},
    providers::{About, Disputed, Lookup, Provider, Trouble},
    store::{
        discrepancies, disputes, payments,
        reconciliation::{self, Cursor, Sweep},
    },
};

/// Payments of a page.
const PAGE: i64 = 20;
/// Payments of a provider that it is asked about at once.
const AT_ONCE: usize = 4;
/// How often a payment is asked about at most that moves each time; the next sweep comes to it again.
const ASKED_MAX: usize = 3;
/// Between two pages of a sweep.
const PACE: time::Duration = time::Duration::seconds(5);
/// Between two sweeps of recent payments.
const RECENT_PAUSE: time::Duration = time::Duration::hours(6);
/// Between two looks at disputes.
const DISPUTES_PAUSE: time::Duration = time::Duration::hours(1);
/// Disputes of a provider that are asked about in one look, and the time for that.
const DISPUTES_MAX: i64 = 200;
const DISPUTES_TIME: Duration = Duration::from_secs(60);
/// The shop has to answer a dispute so soon that somebody should do it now.
const ANSWER_SOON: time::Duration = time::Duration::days(3);
/// A payment touched so lately is left alone.
const QUIET: time::Duration = time::Duration::minutes(1);
/// Time for one question.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often and how far back.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// Between two sweeps of open payments.
    pub pause: time::Duration,
    /// How long payments at their end are compared.
    pub recent: time::Duration,
}

/// Compares what is due.
pub fn job(shared: Shared) -> Job {
    Job::every("reconcile", Duration::from_secs(5), move || {
        let shared = shared.clone();
        Box::pin(async move {
            let (mut compared, mut failed) = (0, None);
            for sweep in Sweep::ALL {
                match turn(&shared, sweep).await {
                    Ok(count) => compared += count,
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            for (provider, count) in discrepancies::open(shared.db.pool(), &shared.providers.names()).await? {
                shared.tools.metrics.open(&provider, count);
            }
            let soon = shared.db.clock().now() + ANSWER_SOON;
            for found in disputes::open(shared.db.pool(), &shared.providers.names(), soon).await? {
                shared.tools.metrics.contested(&found.provider, (found.open, found.to_answer));
            }
            failed.map_or(Ok(compared), Err)
        })
    })
}

async fn turn(shared: &Shared, sweep: Sweep) -> anyhow::Result<u64> {
    let (pool, now) = (shared.db.pool(), shared.db.clock().now());
    let Some(after) = reconciliation::claim(pool, sweep, now).await? else { return Ok(0) };
    let quiet = now - QUIET;
    let page = match sweep {
        Sweep::Open => reconciliation::open(pool, after, quiet, PAGE).await?,
        Sweep::Recent => {
            let since = (now - shared.rhythm.recent, quiet);
            reconciliation::recent(pool, after, since, PAGE).await?
        }
        Sweep::Disputes => return contested(shared, now).await,
    };
    // One that can't be compared holds up no other: the sweep goes on, and the failure is told.
    let failed = compare(shared, &page).await;
    let more = page.len() >= usize::try_from(PAGE)?;
    let pause = match (more, sweep) {
        (true, _) => PACE,
        (false, Sweep::Open) => shared.rhythm.pause,
        (false, Sweep::Recent | Sweep::Disputes) => RECENT_PAUSE,
    };
    let cursor = page.last().filter(|_| more).map(|(_, cursor)| *cursor);
    reconciliation::advance(pool, sweep, cursor, now + pause).await?;
    match failed {
        Some(error) => Err(error),
        None => Ok(u64::try_from(page.len())?),
    }
}

/// Compares the payments of a page, each provider's for themselves; the first failure, after all had their turn.
async fn compare(shared: &Shared, page: &[(PaymentId, Cursor)]) -> Option<anyhow::Error> {
    let mut lanes: BTreeMap<String, Vec<Payment>> = BTreeMap::new();
    let mut failed = Vec::new();
    for (id, _) in page {
        match read(shared, *id).await {
            Ok(payment) => lanes.entry(payment.provider.clone()).or_default().push(payment),
            Err(error) => failed.push(error.context(format!("read {id}"))),
        }
    }
    failed.extend(
        join_all(lanes.into_values().map(|payments| lane(shared, payments))).await.into_iter().flatten(),
    );
    failed.into_iter().next()
}

async fn read(shared: &Shared, id: PaymentId) -> anyhow::Result<Payment> {
    let mut conn = shared.db.pool().acquire().await?;
    Ok(payments::get(&mut conn, id).await?)
}

/// Compares the payments of one provider; says what failed.
fn lane(shared: &Shared, payments: Vec<Payment>) -> BoxFuture<'_, Vec<anyhow::Error>> {
    let one = move |payment: Payment| -> BoxFuture<'_, Option<anyhow::Error>> {
        Box::pin(async move {
            let id = payment.id;
            one(shared, payment).await.err().map(|error| error.context(format!("compare {id}")))
        })
    };
    let each = stream::iter(payments).map(one).buffer_unordered(AT_ONCE);
    Box::pin(each.filter_map(std::future::ready).collect())
}

/// Compares one payment; again where something moved between the question and the comparison.
async fn one(shared: &Shared, mut payment: Payment) -> anyhow::Result<()> {
    for _ in 0..ASKED_MAX {
        if ask(shared, &payment).await? != Some(Compared::Moved) {
            break;
        }
        payment = read(shared, payment.id).await?;
    }
    Ok(())
}

/// Asks about a payment, and compares it as it is; none where nobody can be asked.
async fn ask(shared: &Shared, payment: &Payment) -> anyhow::Result<Option<Compared>> {
    ask_with(shared, payment, None).await
}

/// The same, with what was told of a dispute of it.
async fn ask_with(
    shared: &Shared,
    payment: &Payment,
    dispute: Option<&dispute::Told>,
) -> anyhow::Result<Option<Compared>> {
    let Some(provider) = shared.providers.get(&payment.provider) else {
        return stranded(shared, payment).await.map(|()| None);
    };
    let asked = tokio::time::timeout(DEADLINE, provider.lookup(payment)).await;
    let result = match asked.unwrap_or_else(|_| Err(Trouble::no_answer("it took too long"))) {
        Ok(Lookup::Known(mut told)) => {
            dispute.cloned().into_iter().for_each(|dispute| told.disputed(dispute));
            let mut tx = shared.db.begin().await?;
            let compared = settle::reconcile(&mut tx, &shared.tools, payment, Some(&told)).await?;
            tx.commit().await?;
            compared
        }
        Ok(Lookup::Absent) if should_be_known(payment, shared.db.clock().now()) => {
            let mut tx = shared.db.begin().await?;
            let compared = settle::reconcile(&mut tx, &shared.tools, payment, None).await?;
            tx.commit().await?;
            compared
        }
        Ok(Lookup::Absent | Lookup::Unknown) => Compared::Same,
        Err(trouble) => {
            tracing::debug!(payment = %payment.id, error = %trouble, "a payment can't be compared now");
            Compared::NoAnswer
        }
    };
    shared.tools.metrics.compared(&payment.provider, result);
    Ok(Some(result))
}

/// Asks about disputes: a webhook about one may be lost, long after its payment was compared last. Each provider's have a
/// minute; what is left comes with the next look.
async fn contested(shared: &Shared, now: OffsetDateTime) -> anyhow::Result<u64> {
    let lanes = shared.providers.names().into_iter().filter_map(|name| shared.providers.get(name)).map(
        |provider| async move {
            let asked = tokio::time::timeout(DISPUTES_TIME, contested_at(shared, provider.as_ref(), now));
            asked.await.unwrap_or(Ok(0))
        },
    );
    let results: anyhow::Result<Vec<u64>> = join_all(lanes).await.into_iter().collect();
    reconciliation::advance(shared.db.pool(), Sweep::Disputes, None, now + DISPUTES_PAUSE).await?;
    Ok(results?.into_iter().sum())
}

/// The same of one provider, until it gives no answer.
async fn contested_at(shared: &Shared, provider: &dyn Provider, now: OffsetDateTime) -> anyhow::Result<u64> {
    let name = provider.name();
    let listed = tokio::time::timeout(DEADLINE, provider.disputes(now - shared.rhythm.recent)).await;
    let named = match listed.unwrap_or_else(|_| Err(Trouble::no_answer("it took too long"))) {
        Ok(named) => named,
        Err(trouble) => {
            tracing::debug!(provider = name, error = %trouble, "disputes can't be listed now");
            Vec::new()
        }
    };
    let (mut asked, mut failed) = (0, None);
    for (reference, payment) in disputes::to_ask(shared.db.pool(), name, &named, DISPUTES_MAX).await? {
        match about(shared, provider, (&reference, payment)).await {
            Ok(Some(count)) => asked += count,
            Ok(None) => break,
            Err(error) => failed = failed.or(Some(error.context(format!("ask about {reference}")))),
        }
    }
    failed.map_or(Ok(asked), Err)
}

/// Asks about one dispute and its payment, and compares that; says whether there was one, and nothing without an answer.
async fn about(
    shared: &Shared,
    provider: &dyn Provider,
    (reference, payment): (&str, Option<PaymentId>),
) -> anyhow::Result<Option<u64>> {
    let answer = tokio::time::timeout(DEADLINE, provider.dispute(reference)).await;
    let found = match answer.unwrap_or_else(|_| Err(Trouble::no_answer("it took too long"))) {
        Ok(found) => found,
        Err(trouble) => {
            tracing::debug!(dispute = reference, error = %trouble, "a dispute can't be asked about now");
            return Ok((!matches!(trouble, Trouble::NoAnswer(_))).then_some(0));
        }
    };
    let named = || found.as_ref()?.about.payment();
    let payment = match (payment.or_else(named), &found) {
        (Some(id), _) => {
            let mut conn = shared.db.pool().acquire().await?;
            payments::find_by_id(&mut conn, id).await?
        }
        (None, Some(Disputed { about: About::Reference(theirs), .. })) => {
            let mut conn = shared.db.pool().acquire().await?;
            payments::find_by_reference(&mut conn, provider.name(), theirs).await?
        }
        (None, _) => None,
    };
    let Some(mut payment) = payment.filter(|payment| payment.provider == provider.name()) else {
        return Ok(Some(0));
    };
    let told = found.map(|found| found.told);
    for _ in 0..ASKED_MAX {
        if ask_with(shared, &payment, told.as_ref()).await? != Some(Compared::Moved) {
            break;
        }
        payment = read(shared, payment.id).await?;
    }
    Ok(Some(1))
}

/// Nobody can be asked about it: of what is still open a person must know.
async fn stranded(shared: &Shared, payment: &Payment) -> anyhow::Result<()> {
    if payment.standing.state.is_open() {
        let mut tx = shared.db.begin().await?;
        differ::stranded(&mut tx, &shared.tools, payment).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What was opened there and has not ended without money should be known there.
fn should_be_known(payment: &Payment, now: OffsetDateTime) -> bool {
    let state = payment.standing.state;
    matches!(state, State::Succeeded | State::Refunded | State::Authorized)
        || (state == State::Pending && payment.reference.is_some() && payment.created_at + QUIET < now)
}
