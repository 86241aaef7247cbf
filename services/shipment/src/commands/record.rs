//! What happened to parcels is written down, acted on, and told.

use std::collections::{BTreeMap, HashSet};

use time::OffsetDateTime;
use warung_chassis::db::Tx;
use warung_contracts::id::{ParcelId, ShipmentId, UserId};

use super::{Desk, readdress};
use crate::{
    domain::{Fact, Parcel, Shipment, State, Step, step},
    store::{
        bookings, parcels,
        shipments::{self, Busy},
        tracking,
    },
};

pub(crate) mod tell;

/// Something that happened to a parcel.
#[derive(Debug, Clone)]
pub struct Happened {
    pub parcel: ParcelId,
    /// The teller's own name for it; what is told twice acts once.
    pub key: String,
    pub fact: Fact,
    /// Our own words where there are none.
    pub description: Option<String>,
    pub location: Option<String>,
    /// Who of the shop did it, where one did.
    pub author: Option<UserId>,
    pub at: OffsetDateTime,
}

/// A shipment that is held, and all its parcels as they are in this unit of work.
#[derive(Debug)]
pub struct Held {
    pub shipment: Shipment,
    pub parcels: Vec<Parcel>,
}

impl Held {
    /// Parcels that may still reach the customer as planned.
    pub fn remaining(&self) -> usize {
        self.parcels.iter().filter(|parcel| parcel.state.is_awaited()).count()
    }

    /// Whether a parcel has left, or had.
    pub fn has_left(&self) -> bool {
        self.parcels.iter().any(|parcel| parcel.state.has_left())
    }

    fn overall(&self) -> Option<State> {
        State::overall(self.parcels.iter().map(|parcel| parcel.state))
    }
}

/// Records what happened to parcels of these shipments, in this order. What is known already, or belongs to none of the
/// shipments, changes nothing; what contradicts a parcel's end is noted and logged.
///
/// # Errors
///
/// When the store is away.
pub async fn run(
    tx: &mut Tx,
    desk: &Desk,
    ids: &[ShipmentId],
    busy: Busy,
    happened: Vec<Happened>,
) -> Result<Vec<Held>, sqlx::Error> {
    let mut all = hold(tx, ids, busy).await?;
    let known = tracking::known(tx.conn(), &asked(&happened)).await?;
    let (mut seen, mut entries, mut moved) = (known, Vec::new(), Vec::new());
    for what in happened {
        let Some((held, at)) = find(&mut all, what.parcel) else { continue };
        if !seen.insert((what.parcel, what.key.clone())) {
            continue;
        }
        let changed = apply(&mut held.parcels[at], &what, tx.now());
        let (id, state) = (held.parcels[at].id, held.parcels[at].state);
        let cancelled = what.fact == Fact::OrderCancelled;
        let missing = match cancelled {
            true => state.is_away(),
            false => changed && state == State::Delivered && seen.contains(&cancellation(id)),
        };
        entries.push(entry(&held.parcels[at], what));
        if changed {
            moved.push(held.parcels[at].id);
            tell::entered(tx, desk, held, at, &entries[entries.len() - 1].description).await?;
        }
        if missing {
            tell::missing(tx, desk, held, at).await?;
        }
    }
    tracking::insert(tx.conn(), &entries).await?;
    save(tx, desk, &mut all, &moved.into_iter().collect()).await?;
    Ok(all)
}

/// Tells what parcels are now that something of them changed but their states.
///
/// # Errors
///
/// When the store is away.
pub async fn changed(tx: &mut Tx, desk: &Desk, held: &mut Held) -> Result<(), sqlx::Error> {
    let now = tx.now();
    held.shipment.version += 1;
    let state = held.overall().unwrap_or(State::Cancelled);
    shipments::update_states(tx.conn(), &[(&held.shipment, state)], now).await?;
    tell::parcels(tx, desk, held).await
}

/// Holds shipments until the transaction ends, with their parcels.
///
/// # Errors
///
/// When the store is away.
pub async fn hold(tx: &mut Tx, ids: &[ShipmentId], busy: Busy) -> Result<Vec<Held>, sqlx::Error> {
    let shipments = shipments::lock_all(tx.conn(), ids, busy).await?;
    let mut of: BTreeMap<ShipmentId, Vec<Parcel>> = BTreeMap::new();
    for parcel in parcels::of(tx.conn(), ids).await? {
        of.entry(parcel.shipment_id).or_default().push(parcel);
    }
    let held = |shipment: Shipment| Held { parcels: of.remove(&shipment.id).unwrap_or_default(), shipment };
    Ok(shipments.into_iter().map(held).collect())
}

/// Holds one shipment that there is, waiting for whoever holds it.
///
/// # Errors
///
/// When the store is away.
pub async fn hold_one(tx: &mut Tx, id: ShipmentId) -> Result<Held, sqlx::Error> {
    hold(tx, &[id], Busy::Wait).await?.into_iter().next().ok_or(sqlx::Error::RowNotFound)
}

/// What is to be known of what happened: whether it was noted before, and of a parcel at the door whether its order was
/// cancelled.
fn asked(happened: &[Happened]) -> Vec<(ParcelId, &str)> {
    let delivered = happened.iter().filter(|what| what.fact == Fact::Delivered);
    let cancelled = delivered.map(|what| (what.parcel, tracking::ORDER_CANCELLED));
    happened.iter().map(|what| (what.parcel, what.key.as_str())).chain(cancelled).collect()
}

fn cancellation(parcel: ParcelId) -> (ParcelId, String) {
    (parcel, tracking::ORDER_CANCELLED.to_owned())
}

fn find(all: &mut [Held], parcel: ParcelId) -> Option<(&mut Held, usize)> {
    all.iter_mut().find_map(|held| {
        let at = held.parcels.iter().position(|other| other.id == parcel)?;
        Some((held, at))
    })
}

/// Moves a parcel; says whether it did.
fn apply(parcel: &mut Parcel, what: &Happened, now: OffsetDateTime) -> bool {
    match step(parcel.state, what.fact) {
        Step::To(next) => {
            (parcel.state, parcel.state_at) = (next, now);
            true
        }
        Step::Stay => false,
        Step::Refused => {
            let (parcel, state, fact) = (parcel.id, parcel.state, what.fact);
            tracing::warn!(%parcel, %state, ?fact, "what is told of a parcel contradicts its end");
            false
        }
    }
}

fn entry(parcel: &Parcel, what: Happened) -> tracking::Entry {
    let Happened { parcel: id, key, fact, description, location, author, at } = what;
    let description = description.unwrap_or_else(|| fact.description(parcel.state).to_owned());
    tracking::Entry { parcel: id, key, state: parcel.state, description, location, author, at }
}

async fn save(
    tx: &mut Tx,
    desk: &Desk,
    all: &mut [Held],
    moved: &HashSet<ParcelId>,
) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let touched = |held: &&mut Held| held.parcels.iter().any(|parcel| moved.contains(&parcel.id));
    let mut all: Vec<&mut Held> = all.iter_mut().filter(touched).collect();
    if all.is_empty() {
        return Ok(());
    }
    for held in &mut all {
        held.shipment.version += 1;
        if held.shipment.correction.is_some() {
            readdress::settle(tx, desk, held).await?;
        }
    }
    let all: Vec<&Held> = all.into_iter().map(|held| &*held).collect();
    let changed = all.iter().flat_map(|held| &held.parcels).filter(|parcel| moved.contains(&parcel.id));
    let changed: Vec<_> =
        changed.map(|parcel| (parcel, desk.carriers.poll_at(&parcel.carrier, parcel.state, now))).collect();
    parcels::update_states(tx.conn(), &changed).await?;
    let stay = changed.iter().filter(|(parcel, _)| parcel.state == State::Cancelled);
    let stay: Vec<ParcelId> = stay.map(|(parcel, _)| parcel.id).collect();
    if !stay.is_empty() {
        bookings::release(tx.conn(), &stay, now).await?;
    }
    let states: Vec<_> = all.iter().filter_map(|held| Some((&held.shipment, held.overall()?))).collect();
    shipments::update_states(tx.conn(), &states, now).await?;
    let ended: Vec<ShipmentId> =
        states.iter().filter(|(_, state)| state.is_end()).map(|(shipment, _)| shipment.id).collect();
    for held in all {
        tell::parcels(tx, desk, held).await?;
    }
    shipments::erase_ended(tx.conn(), &ended).await
}
