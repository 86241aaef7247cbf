//! Rows ⇄ orders. A row that does not parse names itself.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{FromRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    currency::Currency,
    event::{
        Contact, NextAction, OrderLine, PaymentChoice, ShippingAddress, ShippingChoice, StockPart, Totals,
    },
    id::{OrderId, PaymentId, ProductId, UserId, VariantId},
    money::Money,
};

use crate::domain::{GuestKeys, HeldPayment, Line, Look, Order, Tries, coupon::UsedCoupon};

#[derive(Debug, FromRow)]
pub struct OrderRow {
    order_id: Uuid,
    number: String,
    user_id: Uuid,
    state: String,
    currency: String,
    subtotal_minor: Option<i64>,
    discount_minor: Option<i64>,
    shipping_minor: Option<i64>,
    shipping_tax_minor: Option<i64>,
    tax_minor: Option<i64>,
    prices_include_tax: Option<bool>,
    total_minor: i64,
    paid_minor: Option<i64>,
    refunded_minor: i64,
    coupons: Json<Vec<UsedCoupon>>,
    shipping: Option<Json<ShippingChoice>>,
    served_from: Option<Json<Vec<StockPart>>>,
    payment_provider: String,
    payment_token: Option<String>,
    payment_method: Option<String>,
    payment_return_url: Option<String>,
    next_action: Option<Json<NextAction>>,
    payment_attempt: i32,
    payment_failure: Option<String>,
    payment_retry_until: Option<OffsetDateTime>,
    payment_id: Option<Uuid>,
    shipping_address: Json<ShippingAddress>,
    address_version: i64,
    contact: Option<Json<Contact>>,
    email: Option<String>,
    note: Option<String>,
    forget: bool,
    access_hash: Option<Vec<u8>>,
    cart_hash: Option<String>,
    carrier: Option<String>,
    tracking_number: Option<String>,
    cancel_reason: Option<String>,
    deadline_at: OffsetDateTime,
    completed_at: Option<OffsetDateTime>,
    waiting_since: Option<OffsetDateTime>,
    dispute: Option<String>,
    held: Option<Json<Vec<HeldPayment>>>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    /// The rows of its lines, gathered by the query.
    lines: Option<Json<Vec<LineRow>>>,
}

/// A line as PostgreSQL writes its row into JSON.
#[derive(Debug, Deserialize)]
pub struct LineRow {
    product_id: Uuid,
    variant_id: Option<Uuid>,
    sku: String,
    name: String,
    variant_name: Option<String>,
    look: Option<Look>,
    quantity: u32,
    unit_price_minor: i64,
    tax_class: Option<String>,
    weight_grams: Option<u32>,
    discount_minor: Option<i64>,
    tax_minor: Option<i64>,
    tax_rate_ppm: Option<u32>,
    total_minor: Option<i64>,
    returning_items: u32,
    refunded_items: u32,
    refunded_minor: i64,
}

fn wrong(id: Uuid, column: &str, why: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("orders, row {id}, column {column}: {why}").into())
}

impl OrderRow {
    /// The order of this row.
    pub fn into_order(self) -> Result<Order, sqlx::Error> {
        let id = self.order_id;
        let currency: Currency = self.currency.parse().map_err(|e| wrong(id, "currency", e))?;
        let cancel_reason = self.cancel_reason.as_deref().map(word_back).transpose();
        let dispute = self.dispute.as_deref().map(str::parse).transpose();
        let totals = self.totals(currency);
        let access_hash = self.access_hash;
        let guest = self.cart_hash.map(|cart_hash| GuestKeys { access_hash, cart_hash });
        let lines = self.lines.map(|Json(lines)| lines).unwrap_or_default();
        Ok(Order {
            id: OrderId(id),
            number: self.number,
            user_id: UserId(self.user_id),
            guest,
            state: self.state.parse().map_err(|e| wrong(id, "state", e))?,
            lines: lines.into_iter().map(|line| line.into_line(currency)).collect(),
            totals,
            coupons: self.coupons.0,
            shipping: self.shipping.map(|Json(choice)| choice),
            served_from: self.served_from.map(|Json(parts)| parts).unwrap_or_default(),
            paid: self.paid_minor.map(|minor| Money::new(minor, currency)),
            refunded: Money::new(self.refunded_minor, currency),
            payment: PaymentChoice {
                provider: self.payment_provider,
                token: self.payment_token,
                method: self.payment_method,
                return_url: self.payment_return_url,
            },
            next_action: self.next_action.map(|Json(action)| action),
            tries: Tries {
                latest: u32::try_from(self.payment_attempt).map_err(|e| wrong(id, "payment_attempt", e))?,
                failure: self.payment_failure,
                retry_until: self.payment_retry_until,
                paid_by: self.payment_id.map(PaymentId),
            },
            shipping_address: self.shipping_address.0,
            address_version: self.address_version,
            contact: self.contact.map(|Json(contact)| contact),
            email: self.email,
            note: self.note,
            forget: self.forget,
            carrier: self.carrier,
            tracking_number: self.tracking_number,
            cancel_reason: cancel_reason.map_err(|e| wrong(id, "cancel_reason", e))?,
            deadline_at: self.deadline_at,
            completed_at: self.completed_at,
            waiting_since: self.waiting_since,
            dispute: dispute.map_err(|e| wrong(id, "dispute", e))?,
            held: self.held.map(|Json(held)| held).unwrap_or_default(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    /// Orders from before there were discounts, shipping and tax have none.
    fn totals(&self, currency: Currency) -> Totals {
        let money = |minor: Option<i64>| Money::new(minor.unwrap_or(0), currency);
        let shipping = money(self.shipping_minor);
        // The choice keeps what was quoted.
        let quoted = self.shipping.as_ref().map_or(shipping, |choice| choice.price);
        Totals {
            subtotal: money(self.subtotal_minor.or(Some(self.total_minor))),
            discount: money(self.discount_minor),
            shipping,
            shipping_discount: quoted.minus(shipping).ok(),
            shipping_tax: money(self.shipping_tax_minor),
            tax: money(self.tax_minor),
            prices_include_tax: self.prices_include_tax.unwrap_or(true),
            total: Money::new(self.total_minor, currency),
        }
    }
}

impl LineRow {
    pub fn into_line(self, currency: Currency) -> Line {
        let money = |minor: Option<i64>| minor.map(|minor| Money::new(minor, currency));
        Line {
            sold: OrderLine {
                product_id: ProductId(self.product_id),
                sku: self.sku,
                name: self.name,
                quantity: self.quantity,
                unit_price: Money::new(self.unit_price_minor, currency),
                variant_id: self.variant_id.map(VariantId),
                variant_name: self.variant_name,
                discount: money(self.discount_minor),
                tax: money(self.tax_minor),
                tax_rate_ppm: self.tax_rate_ppm,
                total: money(self.total_minor),
                tax_class: self.tax_class,
                weight_grams: self.weight_grams,
            },
            look: self.look.unwrap_or_default(),
            returning: self.returning_items,
            refunded_items: self.refunded_items,
            refunded: self.refunded_minor,
        }
    }
}

/// The word a unit variant has in JSON, for a text column.
pub fn word<T: Serialize>(value: &T) -> Result<String, sqlx::Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(sqlx::Error::Encode(format!("{other} is no word").into())),
        Err(error) => Err(sqlx::Error::Encode(error.into())),
    }
}

fn word_back<T: DeserializeOwned>(word: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
}
