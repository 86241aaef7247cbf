//! What a service does with events: one handler for each type it consumes.

use std::{collections::BTreeMap, fmt, sync::Arc};

use futures::future::BoxFuture;
use uuid::Uuid;
use warung_contracts::event::Event;

use crate::{
    db::{Db, Tx},
    error::is_store_away,
};

/// Why an event was not handled, and so what happens to it.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A store is away: tried again until it is back.
    #[error("a store is away")]
    Unavailable(#[source] anyhow::Error),
    /// Something it needs has not arrived yet: tried again for some minutes, then dead-lettered.
    #[error("{0}")]
    NotYet(String),
    /// It can never be handled: dead-lettered at once.
    #[error("{0}")]
    Invalid(String),
    /// A fault of ours: tried again for some minutes, then dead-lettered.
    #[error("the handler failed")]
    Failed(#[source] anyhow::Error),
}

impl From<sqlx::Error> for EventError {
    fn from(error: sqlx::Error) -> Self {
        if is_store_away(&error) { Self::Unavailable(error.into()) } else { Self::Failed(error.into()) }
    }
}

/// An event without its transport.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: Uuid,
    pub event_type: String,
    pub data: Vec<u8>,
}

/// Whether a delivery did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Its effect is in the store now.
    Done,
    /// It already was.
    Duplicate,
}

type Handler = Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<Effect, EventError>> + Send + Sync>;

/// The handlers of a service, by event type.
#[derive(Clone, Default)]
pub struct Consumers {
    handlers: BTreeMap<&'static str, Handler>,
}

impl Consumers {
    /// No handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles `E` in a transaction that also records the event's id, so that its effect happens once.
    #[must_use]
    pub fn on<E, F>(mut self, db: &Db, handle: F) -> Self
    where
        E: Event,
        F: for<'a> Fn(&'a mut Tx, E) -> BoxFuture<'a, Result<(), EventError>> + Send + Sync + 'static,
    {
        let (db, handle) = (db.clone(), Arc::new(handle));
        let handler: Handler = Arc::new(move |delivery| {
            let (db, handle) = (db.clone(), handle.clone());
            Box::pin(async move {
                let event: E = parse(&delivery)?;
                let mut tx = db.begin_for(delivery.id).await?;
                let now = tx.now();
                let first = sqlx::query(
                    "INSERT INTO inbox (event_id, event_type, handled_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                )
                .bind(delivery.id)
                .bind(&delivery.event_type)
                .bind(now)
                .execute(tx.conn())
                .await?
                .rows_affected()
                    == 1;
                if !first {
                    return Ok(Effect::Duplicate);
                }
                handle(&mut tx, event).await?;
                tx.commit().await?;
                Ok(Effect::Done)
            })
        });
        self.handlers.insert(E::TYPE, handler);
        self
    }

    /// Handles `E` without a database: the handler itself makes sure that an id acts once.
    #[must_use]
    pub fn on_bare<E, F>(mut self, handle: F) -> Self
    where
        E: Event,
        F: Fn(Uuid, E) -> BoxFuture<'static, Result<Effect, EventError>> + Send + Sync + 'static,
    {
        let handle = Arc::new(handle);
        let handler: Handler = Arc::new(move |delivery| {
            let handle = handle.clone();
            Box::pin(async move { handle(delivery.id, parse(&delivery)?).await })
        });
        self.handlers.insert(E::TYPE, handler);
        self
    }

    /// The types that have a handler.
    pub fn types(&self) -> Vec<&'static str> {
        self.handlers.keys().copied().collect()
    }

    /// Hands an event to its handler.
    ///
    /// # Errors
    ///
    /// As the handler says; [`EventError::Invalid`] when there is none.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Effect, EventError> {
        match self.handlers.get(delivery.event_type.as_str()) {
            Some(handler) => handler(delivery).await,
            None => {
                Err(EventError::Invalid(format!("this service has no handler for {}", delivery.event_type)))
            }
        }
    }
}

impl fmt::Debug for Consumers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.handlers.keys()).finish()
    }
}

fn parse<E: Event>(delivery: &Delivery) -> Result<E, EventError> {
    serde_json::from_slice(&delivery.data)
        .map_err(|error| EventError::Invalid(format!("the data is not a {}: {error}", delivery.event_type)))
}
