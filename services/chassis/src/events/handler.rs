//! What a service does with events: one handler for each type it consumes.

use std::{collections::BTreeMap, fmt, sync::Arc};

use futures::{StreamExt as _, future::BoxFuture, stream};
use tracing::{Instrument as _, Span};
use uuid::Uuid;
use warung_contracts::event::Event;

use super::{
    batch::{self, How, Work},
    group::{Group, Heard, Together},
};
use crate::{
    db::{Db, Tx},
    error::{is_store_away, is_too_large, is_too_late},
};

/// Aggregates worked on at once, where each event has a transaction of its own.
const LANES: usize = 8;

/// Why an event was not handled, and so what happens to it.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// A store is away: tried again until it is back.
    #[error("a store is away")]
    Unavailable(#[source] anyhow::Error),
    /// Something it needs has not arrived yet, such as an event of a service that is away, or the store is too slow: tried
    /// again for some hours, then dead-lettered.
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
        if is_store_away(&error) {
            Self::Unavailable(error.into())
        } else if is_too_late(&error) {
            // It says nothing of the event: a store that is slow for some minutes would lose good ones.
            Self::NotYet(error.to_string())
        } else if is_too_large(&error) {
            Self::Invalid(error.to_string())
        } else {
            Self::Failed(error.into())
        }
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

/// A delivery on its way to its handler.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub delivery: Delivery,
    /// What the event speaks of; events of one aggregate are handled in their order.
    pub aggregate: String,
    /// In which it is handled.
    pub span: Span,
}

/// Handles an event in a transaction that notes it as handled.
pub(super) type InTx =
    Arc<dyn for<'t> Fn(&'t mut Tx, &Delivery) -> BoxFuture<'t, Result<(), EventError>> + Send + Sync>;
/// Handles an event and makes sure itself that it acts once.
type Bare = Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<Effect, EventError>> + Send + Sync>;

#[derive(Clone)]
enum Handler {
    InTx(Db, InTx),
    Together(Db, Together),
    Bare(Bare),
}

/// The handlers of a service, by event type.
#[derive(Clone, Default)]
pub struct Consumers {
    handlers: BTreeMap<&'static str, Handler>,
    singly: bool,
}

impl Consumers {
    /// No handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles `E` in a transaction that also records the event's id, so that its effect happens once.
    ///
    /// The transaction may hold more events, each of another aggregate or after the one before it: a handler first locks
    /// what belongs to its aggregate, and nothing that two aggregates share (see [`Consumers::singly`]).
    #[must_use]
    pub fn on<E, F>(mut self, db: &Db, handle: F) -> Self
    where
        E: Event,
        F: for<'a> Fn(&'a mut Tx, E) -> BoxFuture<'a, Result<(), EventError>> + Send + Sync + 'static,
    {
        let handle = in_tx(move |tx, delivery| match parse(delivery) {
            Ok(event) => handle(tx, event),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        });
        self.handlers.insert(E::TYPE, Handler::InTx(db.clone(), handle));
        self
    }

    /// Handles the events of a group several at a time, in a transaction that also records their ids. They come with those
    /// of one aggregate side by side and in their order; when one fails, each is handled on its own, so that it fails alone.
    ///
    /// A handler first locks all it needs for all of them, in an order that everybody keeps.
    #[must_use]
    pub fn on_group<T, F>(mut self, db: &Db, group: Group<T>, handle: F) -> Self
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Tx, Vec<Heard<T>>) -> BoxFuture<'a, Result<(), EventError>>
            + Send
            + Sync
            + 'static,
    {
        let types = group.types();
        let together = Together::new(group, handle);
        let handler = |event_type| (event_type, Handler::Together(db.clone(), together.clone()));
        self.handlers.extend(types.into_iter().map(handler));
        self
    }

    /// Handles each event that is of no group in a transaction of its own: for handlers that lock rows which several
    /// aggregates share, where two transactions with several events each could wait for each other in a circle.
    #[must_use]
    pub fn singly(mut self) -> Self {
        self.singly = true;
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
        let handler: Bare = Arc::new(move |delivery| {
            let handle = handle.clone();
            Box::pin(async move { handle(delivery.id, parse(&delivery)?).await })
        });
        self.handlers.insert(E::TYPE, Handler::Bare(handler));
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
        let Some(handler) = self.handlers.get(delivery.event_type.as_str()) else {
            return Err(EventError::Invalid(format!(
                "this service has no handler for {}",
                delivery.event_type
            )));
        };
        match handler.in_tx() {
            Ok((db, how)) => {
                batch::alone(db, &Work { delivery: &delivery, how, span: Span::current() }).await
            }
            Err(handle) => handle(delivery).await,
        }
    }

    /// Hands events to their handlers, as many in one transaction as may be; says of each, in the order given, what became
    /// of it.
    pub async fn deliver_all(&self, incoming: &[Incoming]) -> Vec<Result<Effect, EventError>> {
        let mut nth: Vec<usize> = (0..incoming.len()).collect();
        // Whoever handles several aggregates takes them in this order. The sort keeps the order within each.
        nth.sort_by(|one, other| incoming[*one].aggregate.cmp(&incoming[*other].aggregate));
        let (together, apart): (Vec<usize>, Vec<usize>) =
            nth.into_iter().partition(|n| self.joins_others(&incoming[*n].delivery));
        let mut results = self.deliver_apart(incoming, &apart).await;
        results.extend(self.deliver_together(incoming, &together).await);
        results.sort_by_key(|(n, _)| *n);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Several in a transaction, a few transactions at once, each aggregate in one of them.
    async fn deliver_together(
        &self,
        incoming: &[Incoming],
        nth: &[usize],
    ) -> Vec<(usize, Result<Effect, EventError>)> {
        let mut transactions: Vec<BoxFuture<'_, Vec<_>>> = Vec::new();
        for part in batch::parts(nth, |n| incoming[n].aggregate.as_str()) {
            let (db, work): (Vec<&Db>, Vec<Work<'_>>) =
                part.iter().filter_map(|n| self.in_tx(&incoming[*n])).unzip();
            let Some(db) = db.first().copied() else { continue };
            transactions.push(Box::pin(async move {
                part.iter().copied().zip(batch::run(db, &work).await).collect()
            }));
        }
        stream::iter(transactions).buffer_unordered(batch::AT_ONCE).concat().await
    }

    /// Each on its own, several aggregates at once.
    async fn deliver_apart(
        &self,
        incoming: &[Incoming],
        nth: &[usize],
    ) -> Vec<(usize, Result<Effect, EventError>)> {
        let mut lanes: Vec<BoxFuture<'_, Vec<_>>> = Vec::new();
        for lane in nth.chunk_by(|one, other| incoming[*one].aggregate == incoming[*other].aggregate) {
            lanes.push(Box::pin(self.deliver_lane(incoming, lane)));
        }
        stream::iter(lanes).buffer_unordered(LANES).concat().await
    }

    /// One after the other.
    async fn deliver_lane(
        &self,
        incoming: &[Incoming],
        lane: &[usize],
    ) -> Vec<(usize, Result<Effect, EventError>)> {
        let mut results = Vec::with_capacity(lane.len());
        for n in lane {
            let Incoming { delivery, span, .. } = &incoming[*n];
            results.push((*n, self.deliver(delivery.clone()).instrument(span.clone()).await));
        }
        results
    }

    /// Whether an event may share its transaction with others.
    fn joins_others(&self, delivery: &Delivery) -> bool {
        match self.handlers.get(delivery.event_type.as_str()) {
            Some(Handler::Together(..)) => true,
            Some(Handler::InTx(..)) => !self.singly,
            Some(Handler::Bare(_)) | None => false,
        }
    }

    fn in_tx<'i>(&'i self, incoming: &'i Incoming) -> Option<(&'i Db, Work<'i>)> {
        let Incoming { delivery, span, .. } = incoming;
        let (db, how) = self.handlers.get(delivery.event_type.as_str())?.in_tx().ok()?;
        Some((db, Work { delivery, how, span: span.clone() }))
    }
}

impl Handler {
    /// With its database where it handles in a transaction of ours, else as it is.
    fn in_tx(&self) -> Result<(&Db, How<'_>), &Bare> {
        match self {
            Self::InTx(db, handle) => Ok((db, How::One(handle))),
            Self::Together(db, together) => Ok((db, How::Together(together))),
            Self::Bare(handle) => Err(handle),
        }
    }
}

/// Names the lifetimes that a closure can't.
fn in_tx<F>(handle: F) -> InTx
where
    F: for<'t> Fn(&'t mut Tx, &Delivery) -> BoxFuture<'t, Result<(), EventError>> + Send + Sync + 'static,
{
    Arc::new(handle)
}

impl fmt::Debug for Consumers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.handlers.keys()).finish()
    }
}

pub(super) fn parse<E: Event>(delivery: &Delivery) -> Result<E, EventError> {
    serde_json::from_slice(&delivery.data)
        .map_err(|error| EventError::Invalid(format!("the data is not a {}: {error}", delivery.event_type)))
}
