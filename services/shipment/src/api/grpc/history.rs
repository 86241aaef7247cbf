//! `warung.history.v1.OrderHistory`: what happened to an order's parcels.

use uuid::Uuid;
use warung_chassis::{db::Db, grpc::history::ROWS_MAX};
use warung_contracts::{
    history::{Booking, Deed, Entry, ParcelMoved},
    id::{OrderId, ParcelId, UserId},
};

use crate::{
    carriers::Carriers,
    domain::Parcel,
    store::{
        order_history::{self, Event, Unbooked},
        tracking,
    },
};

/// What happened to an order's parcels, and which of them carriers did not take.
pub async fn list((db, carriers): (Db, Carriers), order: OrderId) -> Result<Vec<Entry>, sqlx::Error> {
    let mut conn = db.pool().acquire().await?;
    let events = order_history::events(&mut conn, order, ROWS_MAX).await?;
    let unbooked = order_history::unbooked(&mut conn, order, ROWS_MAX).await?;
    let events = events.into_iter().map(|event| of_event(event, &carriers));
    Ok(events.chain(unbooked.into_iter().flat_map(|unbooked| of_unbooked(unbooked, &carriers))).collect())
}

fn of_event(event: Event, carriers: &Carriers) -> Entry {
    let (at, actor, author) = (event.at, actor(&event), event.author.map(UserId));
    let deed = match &event.booked_with {
        Some(carrier) if tracking::is_of(&event.key, tracking::BOOKED) => {
            booking(event.number, carriers.title(carrier), "booked", None)
        }
        _ => moved(event, carriers),
    };
    Entry { at, actor, author, deed }
}

fn actor(event: &Event) -> &'static str {
    match event.key.as_str() {
        _ if event.author.is_some() => "staff",
        tracking::PACKED | tracking::ORDER_CANCELLED => "shipment",
        key if tracking::is_of(key, tracking::ADDRESS) => "shipment",
        _ => "carrier",
    }
}

fn moved(event: Event, carriers: &Carriers) -> Deed {
    let Event { parcel_id, number, carrier, tracking_number, state, description, location, .. } = event;
    Deed::Parcel(ParcelMoved {
        parcel: count(number),
        state,
        carrier: carriers.title(&carrier).to_owned(),
        tracking_number: given(parcel_id, tracking_number),
        description: Some(description).filter(|text| !text.is_empty()),
        location,
    })
}

/// A tracking number that the carrier gave.
fn given(parcel: Uuid, number: String) -> Option<String> {
    Some(number).filter(|number| *number != Parcel::provisional_number(ParcelId(parcel)))
}

fn of_unbooked(unbooked: Unbooked, carriers: &Carriers) -> impl Iterator<Item = Entry> {
    let Unbooked { number, carrier, reason, refused_at, released_at } = unbooked;
    let title = carriers.title(&carrier).to_owned();
    let reason = reason.filter(|text| !text.is_empty());
    let refused = refused_at.map(|at| (at, "carrier", booking(number, &title, "refused", reason)));
    let released = released_at.map(|at| (at, "shipment", booking(number, &title, "released", None)));
    let entry = |(at, actor, deed)| Entry { at, actor, author: None, deed };
    refused.into_iter().chain(released).map(entry)
}

fn booking(number: i32, carrier: &str, state: &str, reason: Option<String>) -> Deed {
    let (parcel, carrier, state) = (count(number), carrier.to_owned(), state.to_owned());
    Deed::Booking(Booking { parcel, carrier, state, reason })
}

/// Parcels are counted from 1.
fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
