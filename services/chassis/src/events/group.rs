//! Events that are handled several at a time: what all of them need is read, decided and written at once, so that the
//! busier a service is, the fewer statements an event costs.

use std::{collections::BTreeMap, fmt, sync::Arc};

use futures::future::BoxFuture;
use tracing::Span;
use uuid::Uuid;
use warung_contracts::event::Event;

use super::{Delivery, EventError, batch::Work, handler::parse};
use crate::db::Tx;

/// The event types of a group, each of which is read as a `T`.
#[derive(Clone)]
pub struct Group<T> {
    readers: BTreeMap<&'static str, Reader<T>>,
}

type Reader<T> = Arc<dyn Fn(&Delivery) -> Result<T, EventError> + Send + Sync>;

impl<T> fmt::Debug for Group<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.readers.keys()).finish()
    }
}

impl<T> Default for Group<T> {
    fn default() -> Self {
        Self { readers: BTreeMap::new() }
    }
}

impl<T: 'static> Group<T> {
    /// A group with `E` in it.
    #[must_use]
    pub fn with<E: Event + Into<T>>(self) -> Self {
        self.reading(E::into)
    }

    /// A group with `E` in it, read in this way.
    #[must_use]
    pub fn reading<E: Event>(mut self, read: impl Fn(E) -> T + Send + Sync + 'static) -> Self {
        self.readers.insert(E::TYPE, Arc::new(move |delivery| parse(delivery).map(&read)));
        self
    }

    pub(super) fn types(&self) -> Vec<&'static str> {
        self.readers.keys().copied().collect()
    }

    fn read(&self, work: &Work<'_>) -> Result<Heard<T>, EventError> {
        let Work { delivery, span, .. } = work;
        let read = self.readers.get(delivery.event_type.as_str());
        let read =
            read.ok_or_else(|| EventError::Invalid(format!("{} is of no group", delivery.event_type)))?;
        Ok(Heard { id: delivery.id, event: read(delivery)?, span: span.clone() })
    }
}

/// An event of a group.
#[derive(Debug, Clone)]
pub struct Heard<T> {
    /// Id of the event.
    pub id: Uuid,
    pub event: T,
    /// What is told because of it belongs in this span.
    pub span: Span,
}

/// Handles events of a group in a transaction that notes them as handled.
#[derive(Clone)]
pub(super) struct Together(Arc<Handle>);

type Handle = dyn for<'t> Fn(&'t mut Tx, &[&Work<'_>]) -> BoxFuture<'t, Result<(), EventError>> + Send + Sync;

impl fmt::Debug for Together {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together")
    }
}

impl Together {
    pub fn new<T, F>(group: Group<T>, handle: F) -> Self
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a mut Tx, Vec<Heard<T>>) -> BoxFuture<'a, Result<(), EventError>>
            + Send
            + Sync
            + 'static,
    {
        Self(named(move |tx, works| match works.iter().map(|work| group.read(work)).collect() {
            Ok(heard) => handle(tx, heard),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }))
    }

    pub fn handle<'t>(&self, tx: &'t mut Tx, works: &[&Work<'_>]) -> BoxFuture<'t, Result<(), EventError>> {
        (self.0)(tx, works)
    }

    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Names the lifetimes that a closure can't.
fn named<F>(handle: F) -> Arc<Handle>
where
    F: for<'t> Fn(&'t mut Tx, &[&Work<'_>]) -> BoxFuture<'t, Result<(), EventError>> + Send + Sync + 'static,
{
    Arc::new(handle)
}
