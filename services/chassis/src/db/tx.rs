//! The unit of work: a transaction that also carries events, time and ids.
//!
//! A command gets a `Tx` and never a client: whatever it does is in the database at commit, and nowhere before.

use std::{fmt, time::Duration};

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr as _, SqlStr};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::event::Event;

use crate::{
    clock::Clock,
    deadline,
    outbox::{self, bell::Bell},
};

/// The database of a service.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    clock: Clock,
    bell: Bell,
}

impl Db {
    /// A database seen through this pool and clock.
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Self { pool, clock, bell: Bell::default() }
    }

    /// The pool, for reads that need no transaction.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What wakes the relay of this process.
    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Begins a unit of work.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(Tx {
            inner: self.pool.begin_with(begin()).await?,
            clock: self.clock.clone(),
            bell: self.bell.clone(),
            cause: None,
            events: Vec::new(),
            after: Vec::new(),
        })
    }

    /// Begins a look at the database, for reads that are made often enough that the time of their planning counts, or that
    /// have to see one moment; nothing that is written through it stays.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn look(&self) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
        self.pool.begin_with(begin()).await
    }

    /// Begins a look at one moment for as long as it takes, by statements that follow each other within [`PAUSE_MAX`]: for files
    /// that are written part by part. It keeps what it sees from being cleaned up, so whoever begins it bounds it.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn snapshot(&self) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
        let pause = PAUSE_MAX.as_millis();
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = {pause}"
        );
        self.pool.begin_with(AssertSqlSafe(begin).into_sql_str()).await
    }
}

/// How long whoever reads from a snapshot may take between two statements: as long as the gateways let a stream stand still.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// Begins a transaction whose statements are planned once for a connection, and take no longer than the caller waits.
///
/// PostgreSQL plans a statement anew for its values where it expects that to pay, which takes longer than most of ours run:
/// a list of ids that it can't see it takes for ten, so the plan for the one that it sees looks cheaper every time. Our
/// statements name the states and kinds that their indexes are made for, so that the values hardly matter. Lists with filters
/// that may be left out, where they do, are read from the pool.
fn begin() -> SqlStr {
    const BEGIN: &str = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan";
    match deadline::left() {
        // 0 would be no limit at all.
        Some(left) if left < deadline::REQUEST_MAX / 2 => {
            let timeout = left.as_millis().max(1);
            AssertSqlSafe(format!("{BEGIN}; SET LOCAL statement_timeout = {timeout}")).into_sql_str()
        }
        _ => BEGIN.into_sql_str(),
    }
}

/// A unit of work; dropped without [`Tx::commit`] it never happened.
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    clock: Clock,
    bell: Bell,
    cause: Option<Uuid>,
    /// Written at commit, in one statement.
    events: Vec<outbox::store::New>,
    after: Vec<Box<dyn FnOnce() + Send + Sync>>,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl Tx {
    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Does this once the transaction has committed, and never if it does not: counting, waking a job. Nothing that
    /// must not be lost, because a crash in between loses it.
    pub fn after_commit(&mut self, action: impl FnOnce() + Send + Sync + 'static) {
        self.after.push(Box::new(action));
    }

    /// A new UUIDv7.
    pub fn new_uuid(&self) -> Uuid {
        self.clock.new_uuid()
    }

    /// Id of the event that this unit of work handles; none when it began at another door.
    pub fn cause(&self) -> Option<Uuid> {
        self.cause
    }

    /// From here on, this unit of work handles that event.
    pub(crate) fn set_cause(&mut self, event_id: Uuid) {
        self.cause = Some(event_id);
    }

    /// Tells an event: written to the outbox at commit, so published if, and only if, the transaction commits.
    ///
    /// # Errors
    ///
    /// When it can't be written as JSON, or is too large to be told ([`crate::error::is_too_large`]).
    pub async fn emit<E: Event>(&mut self, event: &E) -> Result<(), sqlx::Error> {
        let event = outbox::store::New::of(self.new_uuid(), event, self.now())?;
        self.events.push(event);
        Ok(())
    }

    /// The event that was told last in this unit of work.
    pub fn last_told(&self) -> Option<Uuid> {
        self.events.last().map(|event| event.event_id)
    }

    /// Makes sure that an event which will be told later can be: what must be told must not be too large when it begins.
    ///
    /// # Errors
    ///
    /// As [`Tx::emit`].
    pub fn could_emit<E: Event>(&self, event: &E) -> Result<(), sqlx::Error> {
        outbox::store::data(event).map(drop)
    }

    /// Makes everything true at once.
    ///
    /// # Errors
    ///
    /// When the store is away or refuses; nothing happened then.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        outbox::store::insert(&mut self.inner, &self.events).await?;
        self.inner.commit().await?;
        if !self.events.is_empty() {
            self.bell.ring();
        }
        self.after.into_iter().for_each(|action| action());
        Ok(())
    }

    /// Undoes everything, and waits until its locks are free; dropping frees them only a moment later.
    ///
    /// # Errors
    ///
    /// When the store is away; the locks go with the connection then.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }
}
