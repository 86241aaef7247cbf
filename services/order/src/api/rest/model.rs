//! Orders as REST shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use warung_contracts::{
    event::{
        CancelReason, Contact, NextAction, OrderLine, ParcelState, Place, ShippedItem, ShippedParcel,
        ShippingAddress, ShippingChoice, Totals, WaitsFor,
    },
    id::{EventId, OrderId, ProductId, UserId, VariantId},
    money::Money,
};

use super::Shared;
use crate::{
    domain::{
        Action, Actor, HeldPayment, Line as OwnLine, Order, OrderDispute, State, Viewer,
        coupon::{RefusedCoupon, Unfit, UsedCoupon},
    },
    peers::ShippingOption as Way,
    pricing::Priced,
    store::history::Entry,
};

/// Who looks, when, and how long returns are taken.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    viewer: Viewer,
    now: OffsetDateTime,
    return_within: time::Duration,
}

impl Seen {
    /// By this viewer, now.
    pub fn now(shared: &Shared, viewer: Viewer) -> Self {
        Self { viewer, now: shared.db.clock().now(), return_within: shared.settings.return_within }
    }
}

/// One product of an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Line {
    /// Its place in the order, by which returns name it.
    pub line: u32,
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub sku: String,
    pub name: String,
    /// Such as "Red / L"; absent for a product of one kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_name: Option<String>,
    /// Of the product when it was bought, for links: an old one leads to the new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Where a picture of it was then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its values by option; empty for a product of one kind.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub option_values: BTreeMap<String, String>,
    pub quantity: u32,
    /// What one cost at checkout.
    pub unit_price: Money,
    /// What the coupons took off all of them.
    pub discount: Money,
    pub tax: Money,
    /// Parts per million.
    pub tax_rate_ppm: u32,
    /// What is paid for all of them.
    pub total: Money,
    /// Items that are being, or were, sent back.
    pub returned: u32,
}

impl Line {
    fn new((place, line): (usize, OwnLine)) -> Self {
        let (total, zero) = (line.total(), Money::zero(line.sold.unit_price.currency));
        let OrderLine { product_id, sku, name, quantity, unit_price, .. } = line.sold;
        Self {
            line: u32::try_from(place).unwrap_or(u32::MAX),
            product_id,
            variant_id: line.sold.variant_id.unwrap_or(product_id.default_variant()),
            sku,
            name,
            variant_name: line.sold.variant_name,
            slug: line.look.slug,
            image: line.look.image,
            option_values: line.look.option_values,
            quantity,
            unit_price,
            discount: line.sold.discount.unwrap_or(zero),
            tax: line.sold.tax.unwrap_or(zero),
            tax_rate_ppm: line.sold.tax_rate_ppm.unwrap_or(0),
            total,
            returned: line.returning,
        }
    }
}

fn lines(lines: Vec<OwnLine>) -> Vec<Line> {
    lines.into_iter().enumerate().map(Line::new).collect()
}

/// A way to send an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ShippingOption {
    /// Chooses it, as `shipping_quote` of a checkout.
    pub token: String,
    pub service: String,
    pub name: String,
    pub price: Money,
    /// From then on the token is refused.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Days until it arrives, where somebody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_min: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_max: Option<u32>,
}

impl From<Way> for ShippingOption {
    fn from(way: Way) -> Self {
        let Way { token, quote_id: _, service, name, price, expires_at, days } = way;
        let (days_min, days_max) = days.unzip();
        Self { token, service, name, price, expires_at, days_min, days_max }
    }
}

/// A coupon that was left out of a quote.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = QuoteRefusedCoupon)]
pub struct LeftOut {
    pub code: String,
    pub reason: CouponRefusal,
    /// The same in words, as a checkout would say it.
    pub detail: String,
    /// What the goods must come to, where that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
}

/// Why a coupon is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CouponRefusal {
    /// There is none of this code, or not any more.
    Unknown,
    /// Its time has not come.
    TooEarly,
    /// Its time is over.
    Ended,
    /// The goods come to less than its minimum.
    TooLittle,
    /// The cart holds nothing that it is for.
    OtherGoods,
    /// It is for another currency.
    OtherCurrency,
    /// It can't be used with the other coupons.
    Alone,
    /// So many orders as may use it do.
    UsedUp,
    /// This customer used it as often as they may.
    UsedByCustomer,
}

impl From<RefusedCoupon> for LeftOut {
    fn from(RefusedCoupon { code, why, .. }: RefusedCoupon) -> Self {
        let (reason, minimum) = match why {
            Unfit::Unknown => (CouponRefusal::Unknown, None),
            Unfit::TooEarly => (CouponRefusal::TooEarly, None),
            Unfit::Ended => (CouponRefusal::Ended, None),
            Unfit::TooLittle(minimum) => (CouponRefusal::TooLittle, Some(minimum)),
            Unfit::OtherGoods => (CouponRefusal::OtherGoods, None),
            Unfit::OtherCurrency => (CouponRefusal::OtherCurrency, None),
            Unfit::Alone => (CouponRefusal::Alone, None),
            Unfit::UsedUp => (CouponRefusal::UsedUp, None),
            Unfit::UsedByCustomer => (CouponRefusal::UsedByCustomer, None),
        };
        Self { detail: format!("{code} {why}"), code: code.to_string(), reason, minimum }
    }
}

/// What a cart would cost.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct QuoteDetail {
    pub lines: Vec<Line>,
    pub coupons: Vec<UsedCoupon>,
    /// Those that were left out because they are not taken; empty unless `skip_refused` was sent.
    #[serde(default)]
    pub refused_coupons: Vec<LeftOut>,
    /// How it would be sent, once the address is known and the shop has rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingChoice>,
    /// Every way to send it, cheapest first; empty when one was chosen.
    pub shipping_options: Vec<ShippingOption>,
    pub totals: Totals,
}

impl QuoteDetail {
    /// A price as it is told.
    pub fn new(Priced { draft, refused, options, .. }: Priced) -> Self {
        Self {
            lines: lines(draft.lines),
            coupons: draft.coupons,
            refused_coupons: refused.into_iter().map(LeftOut::from).collect(),
            shipping: draft.shipping,
            shipping_options: options.into_iter().map(ShippingOption::from).collect(),
            totals: draft.totals,
        }
    }
}

/// How the order is paid.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    pub provider: String,
    /// What the customer has to do, while there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
    /// Why the last try to pay failed, in a word such as `card_declined`; absent while none has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Until when the customer can take another way to pay; absent when they can't.
    #[serde(with = "time::serde::rfc3339::option", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retry_until: Option<OffsetDateTime>,
}

impl Payment {
    fn of(order: &Order) -> Self {
        Self {
            provider: order.payment.provider.clone(),
            next_action: order.next_action.clone(),
            failure: order.tries.failure.clone(),
            retry_until: order.tries.retry_until,
        }
    }
}

/// Where the parcel is known.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Tracking {
    pub carrier: String,
    pub number: String,
}

/// A parcel of an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = OrderParcel)]
pub struct Parcel {
    /// From 1.
    pub number: u32,
    pub state: ParcelState,
    /// Absent until the shop has chosen one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Absent until the carrier gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Where the customer follows it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// When it entered its state.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// What is inside.
    pub items: Vec<ParcelItem>,
    /// Where it is packed, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Items inside that the shop has yet to get: all of them, or none. Absent for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backordered: Option<u32>,
    /// What it waits for; absent once it left, or when it never will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
}

/// Some of a line, inside a parcel.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = OrderParcelItem)]
pub struct ParcelItem {
    /// The `line` of the order's lines.
    pub line: u32,
    pub quantity: u32,
}

impl From<ShippedParcel> for Parcel {
    fn from(parcel: ShippedParcel) -> Self {
        let ShippedParcel { number, state, carrier, tracking_number, tracking_url, since, .. } = parcel;
        let ShippedParcel { items, place, backordered, .. } = parcel;
        let items = items.into_iter().map(|ShippedItem { line, quantity }| ParcelItem { line, quantity });
        let carrier = Some(carrier).filter(|carrier| !carrier.is_empty());
        let (items, waits_for) = (items.collect(), WaitsFor::of(state, backordered.unwrap_or(0)));
        Self {
            number,
            state,
            carrier,
            tracking_number,
            tracking_url,
            since,
            items,
            place,
            backordered,
            waits_for,
        }
    }
}

/// Where the parcel that left first is known, as it was told then; where no parcel is known so any more, it was corrected, and
/// the first that has left says it.
fn tracking(told: Option<(String, String)>, parcels: &[ShippedParcel]) -> Option<Tracking> {
    let (carrier, number) = told?;
    let names = |parcel: &&ShippedParcel| {
        parcel.carrier == carrier && parcel.tracking_number.as_ref() == Some(&number)
    };
    let left =
        |parcel: &&ShippedParcel| !matches!(parcel.state, ParcelState::Created | ParcelState::Cancelled);
    let now = match parcels.iter().any(|parcel| names(&parcel)) {
        true => None,
        false => parcels.iter().find(left),
    };
    let corrected = now.and_then(|parcel| Some((parcel.carrier.clone(), parcel.tracking_number.clone()?)));
    let (carrier, number) = corrected.unwrap_or((carrier, number));
    Some(Tracking { carrier, number })
}

/// An order of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderSummary {
    pub id: OrderId,
    /// The number people read.
    pub number: String,
    pub state: State,
    pub total: Money,
    /// Items in all.
    pub items: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// One transition of an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryEntry {
    /// Absent for the checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub to: String,
    /// customer, staff, admin, clock, product, payment or shipment.
    pub actor: String,
    /// The account of the person who did it; for staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<UserId>,
    pub reason: String,
    /// The event that caused it; of what a person did, the event that tells of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// An order with everything about it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderDetail {
    pub id: OrderId,
    /// The number people read, such as `KOPI-7K3M9-2QXAB`.
    pub number: String,
    /// Of a guest's order, an id of its own.
    pub user_id: UserId,
    pub state: State,
    pub lines: Vec<Line>,
    pub totals: Totals,
    /// The same as `totals.total`.
    pub total: Money,
    pub coupons: Vec<UsedCoupon>,
    /// What was captured: the total, unless the shop took less or accepted another amount. Absent before. Of money that came
    /// after the order had ended, what of it has gone back so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// What went back so far.
    pub refunded: Money,
    pub payment: Payment,
    pub shipping_address: ShippingAddress,
    /// Grows with each change of the address: the `If-Match` of a correction.
    #[serde(default)]
    pub address_version: i64,
    /// How it is sent, where the shop has rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The customer's words to the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Of the parcel that left first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// How it is sent, parcel by parcel; empty until it is packed.
    #[serde(default)]
    pub parcels: Vec<Parcel>,
    /// Why it will not be served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelReason>,
    /// How the customer's disputes of the payment stand together, for staff; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<OrderDispute>,
    /// Its payments that wait for an administrator, for staff: another amount came than was asked. Absent where none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldPayment>,
    /// Oldest first.
    pub history: Vec<HistoryEntry>,
    /// What the caller can do now.
    pub actions: Vec<Action>,
    /// If it is not paid by then it is cancelled; absent once it is paid or has ended.
    #[serde(with = "time::serde::rfc3339::option", default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl OrderSummary {
    /// An order in short.
    pub fn new(order: &Order) -> Self {
        Self {
            id: order.id,
            number: order.number.clone(),
            state: order.state,
            total: order.total(),
            items: order.lines.iter().map(|line| u64::from(line.sold.quantity)).sum(),
            created_at: order.created_at,
        }
    }
}

impl OrderDetail {
    /// An order in full.
    pub fn new(order: Order, history: Vec<Entry>, parcels: Vec<ShippedParcel>, seen: Seen) -> Self {
        let actions = order.actions(seen.viewer, &parcels, seen.now, seen.return_within);
        let (deadline_at, total, payment) = (order.deadline(), order.total(), Payment::of(&order));
        let tracking = tracking(order.carrier.zip(order.tracking_number), &parcels);
        Self {
            id: order.id,
            number: order.number,
            user_id: order.user_id,
            state: order.state,
            lines: lines(order.lines),
            totals: order.totals,
            total,
            coupons: order.coupons,
            // Of late money the order hears when it goes back, and not how much came.
            paid: order.paid.or(Some(order.refunded).filter(|refunded| refunded.amount_minor > 0)),
            refunded: order.refunded,
            payment,
            shipping_address: order.shipping_address,
            address_version: order.address_version,
            shipping: order.shipping,
            contact: order.contact,
            note: order.note,
            tracking,
            parcels: parcels.into_iter().map(Parcel::from).collect(),
            cancel_reason: order.cancel_reason,
            dispute: order.dispute.filter(|_| seen.viewer != Viewer::Customer),
            held: if seen.viewer == Viewer::Customer { vec![] } else { order.held },
            history: history.into_iter().map(|entry| HistoryEntry::new(entry, seen.viewer)).collect(),
            actions,
            deadline_at,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }

    /// An order that was placed this moment, of which this event tells.
    pub fn placed(order: Order, event_id: Option<Uuid>, seen: Seen) -> Self {
        let checkout = Entry {
            from_state: None,
            to_state: order.state.as_str().to_owned(),
            actor: Actor::Customer.as_str().to_owned(),
            author: None,
            reason: "checked out".to_owned(),
            event_id,
            at: order.created_at,
        };
        Self::new(order, vec![checkout], Vec::new(), seen)
    }
}

impl HistoryEntry {
    fn new(entry: Entry, viewer: Viewer) -> Self {
        let Entry { from_state: from, to_state: to, actor, author, reason, event_id, at } = entry;
        let author = author.map(UserId).filter(|_| viewer != Viewer::Customer);
        Self { from, to, actor, author, reason, event_id: event_id.map(EventId), at }
    }
}
