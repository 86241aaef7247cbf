//! All that happened to an order, for staff.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::AnyOfBuilder},
};
use warung_chassis::{
    auth::Permitted,
    http::{Path, Problem, problem::ProblemBody},
};
use warung_contracts::{
    history::{
        Booking, Message, ParcelMoved, PaymentBooked, PaymentCall, PaymentDecision, PaymentDifference,
        PaymentDispute, PaymentReport, StockMoved,
    },
    id::{EventId, OrderId, UserId},
};

use super::super::Shared;
use crate::{
    domain::story::{self, Line, Story},
    store::timeline,
};

/// Something that happened around an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// Who keeps it: `order`, or the service that did it.
    pub service: String,
    /// Of order: `transition`, `heard` (an event that moved the order to no other state), `note`, `return`, `refund`,
    /// `claimed` (a guest's order became an account's), `address` (where it goes was corrected, or too late). Of others: `message`, `parcel`, `booking`, `payment_call`,
    /// `payment_report`, `payment_booked`, `payment_decision`, `payment_difference`, `stock`; and what later releases add.
    pub kind: String,
    /// Of a transition; absent for the checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of a transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// customer, staff, admin, clock, carrier, provider, or the service that did it or whose event it was.
    pub actor: String,
    /// The account of the person who did it, where a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<UserId>,
    /// What happened, in a sentence.
    pub text: String,
    /// What there is to know of it, by kind; of lines that other services tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// The event that told it, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// What a service tells of something it did.
#[derive(Debug, Serialize, Deserialize)]
pub struct Details(pub Map<String, Value>);

/// The schema: that of any kind. Some kinds hold all fields of another, so that it can't be one of them alone.
macro_rules! any_of {
    ($($deed:ident),+ $(,)?) => {
        impl PartialSchema for Details {
            fn schema() -> RefOr<Schema> {
                let about = "By kind; later releases add kinds and fields.";
                AnyOfBuilder::new().description(Some(about))$(.item(Ref::from_schema_name($deed::name())))+.into()
            }
        }

        impl ToSchema for Details {
            fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
                $(
                    all.push(($deed::name().into_owned(), $deed::schema()));
                    $deed::schemas(all);
                )+
            }
        }
    };
}

any_of!(
    Message,
    ParcelMoved,
    Booking,
    PaymentCall,
    PaymentReport,
    PaymentBooked,
    PaymentDecision,
    PaymentDifference,
    PaymentDispute,
    StockMoved,
);

/// Everything that happened around an order, oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "items": [
        {"service": "order", "kind": "transition", "to": "placed", "actor": "customer", "text": "checked out",
            "at": "2026-11-22T03:00:00.101Z"},
        {"service": "product", "kind": "stock", "actor": "product", "text": "set aside: 2 KOPI-GAYO at main",
            "details": {"movement": "reserved", "items": [{"sku": "KOPI-GAYO", "quantity": 2, "location": "main"}]},
            "at": "2026-11-22T03:00:00.130Z"},
        {"service": "order", "kind": "transition", "from": "placed", "to": "awaiting_payment", "actor": "product",
            "text": "stock is set aside", "event_id": "evt_01932e6b0a4b7c3e9d5f1a2b3c4d5e6f",
            "at": "2026-11-22T03:00:00.162Z"},
        {"service": "payment", "kind": "payment_call", "actor": "payment",
            "text": "payment of IDR 90000.00 at sandbox, because stock is set aside: captured IDR 90000.00",
            "details": {"call": "open", "provider": "sandbox", "amount": {"amount_minor": 9_000_000, "currency": "IDR"},
                "state": "done", "outcome": "captured IDR 90000.00", "tries": 1, "reason": "stock is set aside"},
            "at": "2026-11-22T03:00:00.210Z"},
        {"service": "shipment", "kind": "parcel", "actor": "staff", "author": "usr_01932e6b0a4b7c3e9d5f1a2b3c4d5e6f",
            "text": "parcel 1 with Sandbox Express SBX3C4D5E6F: The carrier has the parcel.",
            "details": {"parcel": 1, "state": "dispatched", "carrier": "Sandbox Express",
                "tracking_number": "SBX3C4D5E6F", "description": "The carrier has the parcel."},
            "at": "2026-11-22T05:12:40Z"},
    ],
    "missing": ["notification"],
    "shortened": [],
}))]
pub struct Timeline {
    pub items: Vec<TimelineEntry>,
    /// Services that did not answer in time: what they did for the order is not among the items. Ask again.
    pub missing: Vec<String>,
    /// Services with more to tell than the 200 lines of each that are shown: their oldest are left out.
    pub shortened: Vec<String>,
}

impl From<Line> for TimelineEntry {
    fn from(line: Line) -> Self {
        let Line { service, at, kind, from, to, actor, author, text, event_id, details } = line;
        let (details, event_id) = (details.map(Details), event_id.map(EventId));
        Self { service, kind, from, to, actor, author, text, details, event_id, at }
    }
}

impl From<Story> for Timeline {
    fn from(Story { lines, missing, shortened }: Story) -> Self {
        Self { items: lines.into_iter().map(TimelineEntry::from).collect(), missing, shortened }
    }
}

/// Show everything that happened around an order
///
/// Transitions, notes, returns and refunds, and what the services did that serve it, who are asked at this moment: messages
/// and what became of them, parcels and bookings, calls to payment providers, money that came in, decisions, stock.
#[utoipa::path(
    get, path = "/api/v1/admin/orders/{id}/timeline", operation_id = "order_timeline", tag = "staff",
    params(("id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "Oldest first", body = Timeline),
        (status = 404, description = "No such order", body = ProblemBody),
    ),
)]
pub async fn order_timeline(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Timeline>, Problem> {
    let own = timeline::list(&mut *shared.db.pool().acquire().await?, id).await?;
    // Every order has its checkout.
    if own.lines.is_empty() {
        return Err(Problem::not_found("order"));
    }
    Ok(axum::Json(story::tell(own, shared.histories.of(id).await).into()))
}
