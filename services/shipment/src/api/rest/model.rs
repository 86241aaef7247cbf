//! Shipments and parcels as JSON.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    event::{OrderLine, Place, ShippingAddress, WaitsFor},
    id::{OrderId, ProductId, ShipmentId, VariantId},
};

use crate::{
    carriers::Carriers,
    commands::record::{Held, tell::told},
    domain::{Packed, Parcel, State, weight_grams},
    store::{bookings::Standing, tracking::Happened},
};

/// A product inside a shipment or a parcel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    /// Which of the shipment's items it is, from 0.
    pub line: usize,
    pub product_id: ProductId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
    pub sku: String,
    pub name: String,
    pub quantity: u32,
}

/// Something that happened to a parcel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackingEvent {
    /// Number of the parcel.
    pub parcel: i32,
    /// The parcel's state afterwards.
    pub state: String,
    pub description: String,
    /// Where, as the carrier says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A parcel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParcelBody {
    /// From 1.
    pub number: u32,
    pub state: State,
    /// Absent until staff name one, where none is switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Absent until the carrier gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Where customers follow it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// 0 where nobody weighed it.
    pub weight_grams: u64,
    /// Where it is packed; absent where nobody said from where its items are served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Items inside that the shop has yet to get: all of them, or none. No job hands such a parcel over; staff dispatch it
    /// when the goods have come.
    pub backordered: u32,
    /// What it waits for; absent once it left, or when it never will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
    pub items: Vec<Item>,
    /// Oldest first, as they were heard.
    pub events: Vec<TrackingEvent>,
}

/// What an order ships.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentBody {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub order_number: String,
    /// That of the least advanced parcel.
    pub state: State,
    /// Of the first parcel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Of the first parcel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    pub shipping_address: ShippingAddress,
    pub items: Vec<Item>,
    pub parcels: Vec<ParcelBody>,
    /// What happened to all parcels, oldest first.
    pub events: Vec<TrackingEvent>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A shipment of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentSummary {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub order_number: String,
    /// That of the least advanced parcel.
    pub state: State,
    pub recipient: String,
    pub city: String,
    pub parcels: usize,
    pub weight_grams: u64,
    /// Where its parcels are packed, each place once.
    pub places: Vec<Place>,
    /// Items of it that the shop has yet to get.
    pub backordered: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// How far the booking of a parcel is.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingBody {
    /// `wanted`, `booked`, `refused`; `unwanted` or `released` where it went with somebody else or stays.
    pub state: String,
    /// The carrier's own label, to be printed instead of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_url: Option<String>,
    /// Why the carrier does not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is printed on a parcel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Label {
    /// Who sends it.
    pub sender: String,
    pub recipient: ShippingAddress,
    pub order_number: String,
    /// This one …
    pub parcel: u32,
    /// … of so many.
    pub parcels: usize,
    /// Absent until staff name one, where none is switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Absent until the carrier gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// How far its booking is, where its carrier gives numbers itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<BookingBody>,
    /// What the barcode (Code 128) holds: the tracking number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// 0 where nobody weighed it.
    pub weight_grams: u64,
    /// Where it is packed, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Items inside that the shop has yet to get.
    pub backordered: u32,
    pub items: Vec<Item>,
}

fn item(lines: &[OrderLine], packed: Packed) -> Option<Item> {
    let content = lines.get(packed.line)?;
    Some(Item {
        line: packed.line,
        product_id: content.product_id,
        variant_id: content.variant_id,
        sku: content.sku.clone(),
        name: content.name.clone(),
        quantity: packed.quantity,
    })
}

fn items(lines: &[OrderLine], packed: &[Packed]) -> Vec<Item> {
    packed.iter().filter_map(|packed| item(lines, *packed)).collect()
}

impl From<Happened> for TrackingEvent {
    fn from(Happened { number, state, description, location, at }: Happened) -> Self {
        Self { parcel: number, state, description, location, at }
    }
}

fn carrier(parcel: &Parcel, carriers: &Carriers) -> Option<String> {
    Some(carriers.title(&parcel.carrier).to_owned()).filter(|title| !title.is_empty())
}

impl ParcelBody {
    fn new(parcel: Parcel, lines: &[OrderLine], events: &[TrackingEvent], carriers: &Carriers) -> Self {
        let own = |event: &&TrackingEvent| u32::try_from(event.parcel) == Ok(parcel.number);
        Self {
            number: parcel.number,
            state: parcel.state,
            carrier: carrier(&parcel, carriers),
            tracking_number: parcel.given_number().map(str::to_owned),
            tracking_url: carriers.tracking_url(&parcel),
            weight_grams: parcel.weight_grams,
            backordered: parcel.owed(),
            waits_for: WaitsFor::of(told(parcel.state), parcel.owed()),
            place: parcel.place,
            items: items(lines, &parcel.items),
            events: events.iter().filter(own).cloned().collect(),
        }
    }
}

impl ShipmentBody {
    /// A shipment as its customer and staff see it.
    pub fn new(held: Held, happened: Vec<Happened>, carriers: &Carriers) -> Self {
        let Held { shipment, parcels } = held;
        let events: Vec<TrackingEvent> = happened.into_iter().map(TrackingEvent::from).collect();
        let all: Vec<Packed> = whole(&shipment.lines);
        let state = State::overall(parcels.iter().map(|parcel| parcel.state)).unwrap_or(State::Cancelled);
        let body = |parcel| ParcelBody::new(parcel, &shipment.lines, &events, carriers);
        let parcels: Vec<ParcelBody> = parcels.into_iter().map(body).collect();
        let first = parcels.first().map(|first| (first.carrier.clone(), first.tracking_number.clone()));
        let (carrier, tracking_number) = first.unwrap_or_default();
        Self {
            id: shipment.id,
            order_id: shipment.order_id,
            order_number: shipment.order_number,
            state,
            carrier,
            tracking_number,
            shipping_address: shipment.shipping_address,
            items: items(&shipment.lines, &all),
            parcels,
            events,
            created_at: shipment.created_at,
        }
    }
}

fn whole(lines: &[OrderLine]) -> Vec<Packed> {
    lines.iter().enumerate().map(|(line, content)| Packed { line, quantity: content.quantity }).collect()
}

impl From<&Held> for ShipmentSummary {
    fn from(held: &Held) -> Self {
        let Held { shipment, parcels } = held;
        let states = parcels.iter().map(|parcel| parcel.state);
        let mut places: Vec<Place> = Vec::new();
        for place in parcels.iter().filter_map(|parcel| parcel.place.as_ref()) {
            if !places.contains(place) {
                places.push(place.clone());
            }
        }
        Self {
            id: shipment.id,
            order_id: shipment.order_id,
            order_number: shipment.order_number.clone(),
            state: State::overall(states).unwrap_or(State::Cancelled),
            recipient: shipment.shipping_address.recipient.clone(),
            city: shipment.shipping_address.city.clone(),
            parcels: parcels.len(),
            weight_grams: weight_grams(&shipment.lines, &whole(&shipment.lines)),
            places,
            backordered: parcels.iter().map(Parcel::owed).fold(0, u32::saturating_add),
            created_at: shipment.created_at,
        }
    }
}

impl From<Standing> for BookingBody {
    fn from(Standing { state, label_url, reason }: Standing) -> Self {
        Self { state, label_url, reason }
    }
}

impl Label {
    /// The label of a parcel of a shipment.
    pub fn new(
        Held { shipment, parcels }: &Held,
        parcel: &Parcel,
        booking: Option<Standing>,
        shop: &str,
        carriers: &Carriers,
    ) -> Self {
        Self {
            sender: shop.to_owned(),
            booking: booking.map(BookingBody::from),
            recipient: shipment.shipping_address.clone(),
            order_number: shipment.order_number.clone(),
            parcel: parcel.number,
            parcels: parcels.len(),
            carrier: carrier(parcel, carriers),
            barcode: parcel.given_number().map(str::to_owned),
            tracking_number: parcel.given_number().map(str::to_owned),
            weight_grams: parcel.weight_grams,
            place: parcel.place.clone(),
            backordered: parcel.owed(),
            items: items(&shipment.lines, &parcel.items),
        }
    }
}
