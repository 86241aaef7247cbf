//! The unit of work: a transaction that also carries events, time and ids.
//!
//! A command gets a `Tx` and never a client: whatever it does is in the database at commit, and nowhere before.

use std::fmt;

use sqlx::{PgConnection, PgPool, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::event::Event;

use crate::{clock::Clock, outbox};

/// The database of a service.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    clock: Clock,
}

impl Db {
    /// A database seen through this pool and clock.
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Self { pool, clock }
    }

    /// The pool, for reads that need no transaction.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Begins a unit of work.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(Tx { inner: self.pool.begin().await?, clock: self.clock.clone(), cause: None, after: Vec::new() })
    }

    /// Begins the unit of work that handles this event.
    pub(crate) async fn begin_for(&self, event_id: Uuid) -> Result<Tx, sqlx::Error> {
        Ok(Tx { cause: Some(event_id), ..self.begin().await? })
    }
}

/// A unit of work; dropped without [`Tx::commit`] it never happened.
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    clock: Clock,
    cause: Option<Uuid>,
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

    /// Writes an event to the outbox: published if, and only if, the transaction commits.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn emit<E: Event>(&mut self, event: &E) -> Result<(), sqlx::Error> {
        let (id, now) = (self.new_uuid(), self.now());
        outbox::store::insert(self.conn(), id, event, now).await
    }

    /// Makes everything true at once.
    ///
    /// # Errors
    ///
    /// When the store is away or refuses; nothing happened then.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await?;
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
