//! Looking for orders, for staff.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Problem, Query, problem::ProblemBody, rules::is_text},
};
use warung_contracts::id::UserId;

use super::super::{Shared, model::OrderSummary};
use crate::{
    domain::{
        HeldPayment, Order, OrderDispute, PaymentState, ShipmentState, State as OrderState,
        words::{self, WORD_MIN},
    },
    store::search::{self, Position, Search, Sort},
};

/// What orders are looked for; what is left out does not matter.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderSearch {
    /// Words, or parts of words, of the number, the customer's address, name or phone, or of a SKU. All of them must be
    /// there, and one have 3 characters or more.
    #[garde(inner(length(chars, max = 80)), inner(custom(is_search)))]
    #[param(max_length = 80)]
    pub q: Option<String>,
    /// The number people read, in full.
    #[garde(inner(length(max = 80)), inner(custom(is_text)))]
    pub number: Option<String>,
    /// The customer's address, in full.
    #[garde(inner(length(max = 254)), inner(custom(is_text)))]
    pub email: Option<String>,
    #[garde(skip)]
    #[param(inline)]
    pub state: Option<OrderState>,
    #[garde(skip)]
    #[param(inline)]
    pub payment_state: Option<PaymentState>,
    #[garde(skip)]
    #[param(inline)]
    pub shipment_state: Option<ShipmentState>,
    /// Of the payment, such as `sandbox`.
    #[garde(inner(length(max = 40)), inner(custom(is_text)))]
    pub provider: Option<String>,
    /// Code of a coupon that was used, also by an order that gave it back.
    #[garde(inner(length(max = 40)), inner(custom(is_text)))]
    pub coupon: Option<String>,
    #[garde(skip)]
    pub user_id: Option<UserId>,
    /// Placed then or later, RFC 3339.
    #[garde(skip)]
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<OffsetDateTime>,
    /// Placed before, RFC 3339.
    #[garde(skip)]
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<OffsetDateTime>,
    /// Paid at least so many hours ago, and nothing of it was handed to a carrier.
    #[garde(inner(range(max = 100_000)))]
    #[param(minimum = 0, maximum = 100000)]
    pub unshipped_for: Option<u32>,
    /// Only those whose customer contests the payment at the bank or the provider, or did.
    #[serde(default)]
    #[garde(skip)]
    pub disputed: bool,
    /// Only those of which a payment waits for an administrator: another amount came than was asked.
    #[serde(default)]
    #[garde(skip)]
    pub held: bool,
    /// Of at least this total, in minor units.
    #[garde(skip)]
    pub total_min: Option<i64>,
    /// Of at most this total, in minor units.
    #[garde(skip)]
    pub total_max: Option<i64>,
    #[serde(default)]
    #[garde(skip)]
    #[param(inline)]
    pub sort: Option<Sort>,
}

fn is_search(text: &str, (): &()) -> garde::Result {
    is_text(text, &())?;
    match words::patterns(text).is_empty() {
        true => Err(garde::Error::new(format!("must have a word of {WORD_MIN} characters or more"))),
        false => Ok(()),
    }
}

impl OrderSearch {
    fn search(self, after: Option<Position>, limit: u32, now: OffsetDateTime) -> Search {
        Search {
            words: self.q.as_deref().map(words::patterns).unwrap_or_default(),
            number: self.number.map(|number| number.trim().to_uppercase()),
            email: self.email.map(|email| email.trim().to_lowercase()),
            state: self.state,
            payment: self.payment_state,
            shipment: self.shipment_state,
            provider: self.provider,
            coupon: self.coupon.map(|code| code.trim().to_uppercase()),
            user: self.user_id,
            from: self.from,
            to: self.to,
            waiting_since: self.unshipped_for.map(|hours| now - Duration::hours(hours.into())),
            disputed: self.disputed,
            held: self.held,
            total: (self.total_min, self.total_max),
            sort: self.sort.unwrap_or_default(),
            after,
            limit,
        }
    }
}

/// Who ordered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// Of a guest's order, an id of its own.
    pub user_id: UserId,
    pub guest: bool,
    /// Absent when it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// As the contact says it, else as parcels are addressed.
    pub name: String,
}

/// An order that was found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FoundOrder {
    #[serde(flatten)]
    pub order: OrderSummary,
    pub customer: Customer,
    pub payment_provider: String,
    pub payment_state: PaymentState,
    pub shipment_state: ShipmentState,
    /// Since when it is paid and nothing of it was handed to a carrier; absent when it is not so.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<OffsetDateTime>,
    /// How the customer's disputes of the payment stand together; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<OrderDispute>,
    /// Its payments that wait for an administrator; absent where none does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldPayment>,
}

impl From<Order> for FoundOrder {
    fn from(order: Order) -> Self {
        let summary = OrderSummary::new(&order);
        let (payment_state, shipment_state) = (order.payment_state(), order.shipment_state());
        let guest = order.access_hash().is_some();
        let name = order.contact.map_or(order.shipping_address.recipient, |contact| contact.name);
        Self {
            order: summary,
            customer: Customer { user_id: order.user_id, guest, email: order.email, name },
            payment_provider: order.payment.provider,
            payment_state,
            shipment_state,
            waiting_since: order.waiting_since,
            dispute: order.dispute,
            held: order.held,
        }
    }
}

/// Look for orders
///
/// Newest first, or as `sort` says. Everything that is sent must fit.
#[utoipa::path(
    get, path = "/api/v1/admin/orders", operation_id = "search_orders", tag = "staff",
    params(OrderSearch, PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<FoundOrder>),
        (status = 400, description = "The cursor or a filter is wrong", body = ProblemBody),
    ),
)]
pub async fn search_orders(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(filter): Query<OrderSearch>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<FoundOrder>>, Problem> {
    let (after, limit) = (page.after::<Position>()?, page.limit());
    let now = shared.db.clock().now();
    let rows = search::orders(shared.db.pool(), filter.search(after, limit + 1, now)).await?;
    let position = |order: &Order| (order.total().amount_minor, order.id);
    Ok(axum::Json(Page::of(rows, limit, position).map(FoundOrder::from)))
}
