//! Rows ⇄ orders. A row that does not parse names itself.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{FromRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    currency::Currency,
    event::{NextAction, OrderLine, PaymentChoice, ShippingAddress},
    id::{OrderId, ProductId, UserId},
    money::Money,
};

use crate::domain::Order;

#[derive(Debug, FromRow)]
pub struct OrderRow {
    order_id: Uuid,
    number: String,
    user_id: Uuid,
    state: String,
    currency: String,
    total_minor: i64,
    refunded_minor: i64,
    payment_provider: String,
    payment_token: Option<String>,
    next_action: Option<Json<NextAction>>,
    shipping_address: Json<ShippingAddress>,
    carrier: Option<String>,
    tracking_number: Option<String>,
    cancel_reason: Option<String>,
    deadline_at: OffsetDateTime,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

#[derive(Debug, FromRow)]
pub struct LineRow {
    pub order_id: Uuid,
    product_id: Uuid,
    sku: String,
    name: String,
    quantity: i32,
    unit_price_minor: i64,
}

fn wrong(id: Uuid, column: &str, why: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("orders, row {id}, column {column}: {why}").into())
}

impl OrderRow {
    pub fn id(&self) -> Uuid {
        self.order_id
    }

    /// The order of this row and these lines.
    pub fn into_order(self, lines: Vec<LineRow>) -> Result<Order, sqlx::Error> {
        let id = self.order_id;
        let currency: Currency = self.currency.parse().map_err(|e| wrong(id, "currency", e))?;
        let cancel_reason = self.cancel_reason.as_deref().map(word_back).transpose();
        Ok(Order {
            id: OrderId(id),
            number: self.number,
            user_id: UserId(self.user_id),
            state: self.state.parse().map_err(|e| wrong(id, "state", e))?,
            lines: lines.into_iter().map(|line| line.into_line(currency)).collect::<Result<_, _>>()?,
            total: Money::new(self.total_minor, currency),
            refunded: Money::new(self.refunded_minor, currency),
            payment: PaymentChoice { token: self.payment_token, ..PaymentChoice::of(self.payment_provider) },
            next_action: self.next_action.map(|Json(action)| action),
            shipping_address: self.shipping_address.0,
            carrier: self.carrier,
            tracking_number: self.tracking_number,
            cancel_reason: cancel_reason.map_err(|e| wrong(id, "cancel_reason", e))?,
            deadline_at: self.deadline_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

impl LineRow {
    fn into_line(self, currency: Currency) -> Result<OrderLine, sqlx::Error> {
        let quantity = u32::try_from(self.quantity).map_err(|e| wrong(self.order_id, "quantity", e))?;
        Ok(OrderLine {
            sku: self.sku,
            name: self.name,
            ..OrderLine::new(
                ProductId(self.product_id),
                quantity,
                Money::new(self.unit_price_minor, currency),
            )
        })
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
