//! Looking for orders, for staff. Each filter that is sent is a part of the query, and none else: each has its index.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;
use warung_contracts::id::{OrderId, UserId};

use super::row::OrderRow;
use crate::domain::{Order, PaymentState, ShipmentState, State};

/// In which order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    /// The largest total first.
    TotalDown,
    /// The smallest total first.
    TotalUp,
}

/// Where a page begins: after this order, which has this total.
pub type Position = (i64, OrderId);

/// What staff look for; what is none or empty does not matter.
#[derive(Debug, Default)]
pub struct Search {
    /// Patterns of what an order is found by, the most telling first; each must fit.
    pub words: Vec<String>,
    /// In full, in capitals.
    pub number: Option<String>,
    /// In full, lower-cased.
    pub email: Option<String>,
    pub state: Option<State>,
    pub payment: Option<PaymentState>,
    pub shipment: Option<ShipmentState>,
    pub provider: Option<String>,
    /// A code, in capitals.
    pub coupon: Option<String>,
    pub user: Option<UserId>,
    /// Placed then or later.
    pub from: Option<OffsetDateTime>,
    /// Placed before.
    pub to: Option<OffsetDateTime>,
    /// Paid by then, and nothing of it was handed over.
    pub waiting_since: Option<OffsetDateTime>,
    /// Only those whose customer contests the payment, or did.
    pub disputed: bool,
    /// Only those of which a payment waits for an administrator.
    pub held: bool,
    /// Minor units, both ends included.
    pub total: (Option<i64>, Option<i64>),
    pub sort: Sort,
    pub after: Option<Position>,
    pub limit: u32,
}

/// Orders that fit.
pub async fn orders(pool: &PgPool, search: Search) -> Result<Vec<Order>, sqlx::Error> {
    let mut query = query(&search);
    let rows: Vec<OrderRow> = query.build_query_as().fetch_all(pool).await?;
    rows.into_iter().map(OrderRow::into_order).collect()
}

fn query(search: &Search) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT o.*, (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM order_lines l \
         WHERE l.order_id = o.order_id) AS lines FROM orders o JOIN order_search s USING (order_id) WHERE true",
    );
    push_words(&mut query, &search.words);
    push_facts(&mut query, search);
    push_standing(&mut query, search);
    push_page(&mut query, search);
    query
}

fn push_words(query: &mut QueryBuilder<Postgres>, words: &[String]) {
    for word in words {
        query.push(" AND s.words LIKE ").push_bind(word.clone());
    }
}

fn push_facts(query: &mut QueryBuilder<Postgres>, search: &Search) {
    for (column, value) in
        [("o.number", &search.number), ("o.email", &search.email), ("o.payment_provider", &search.provider)]
    {
        if let Some(value) = value {
            query.push(format_args!(" AND {column} = ")).push_bind(value.clone());
        }
    }
    if let Some(user) = search.user {
        query.push(" AND o.user_id = ").push_bind(user.uuid());
    }
    if let Some(code) = &search.coupon {
        query
            .push(
                " AND o.order_id IN (SELECT r.order_id FROM coupon_redemptions r JOIN coupons c USING (coupon_id) \
                 WHERE c.code = ",
            )
            .push_bind(code.clone())
            .push(")");
    }
    for (condition, minor) in
        [(" AND s.total_minor >= ", search.total.0), (" AND s.total_minor <= ", search.total.1)]
    {
        if let Some(minor) = minor {
            query.push(condition).push_bind(minor);
        }
    }
    if let Some(by) = search.waiting_since {
        query.push(" AND o.waiting_since <= ").push_bind(by);
    }
    if search.disputed {
        query.push(" AND o.dispute IS NOT NULL");
    }
    if search.held {
        query.push(" AND o.held IS NOT NULL");
    }
    push_times(query, search);
}

/// Bounds of time are bounds of ids too, which begin with the milliseconds they were made in (RFC 9562 section 5.7): so they
/// are found by the primary key.
fn push_times(query: &mut QueryBuilder<Postgres>, search: &Search) {
    if let Some(from) = search.from {
        query.push(" AND o.created_at >= ").push_bind(from);
        query.push(" AND o.order_id >= ").push_bind(first_id(from));
    }
    if let Some(to) = search.to {
        query.push(" AND o.created_at < ").push_bind(to);
        // Its own millisecond may hold earlier ones.
        query.push(" AND o.order_id < ").push_bind(first_id(to + Duration::milliseconds(1)));
    }
}

/// The least id of the millisecond of a time; of any time before 1970, the least of all.
fn first_id(at: OffsetDateTime) -> Uuid {
    let milliseconds = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    // 48 bits of them, then 80 of others; a time that needs more is far beyond any order.
    Uuid::from_u128(milliseconds.min((1 << 48) - 1) << 80)
}

/// What [`Order::payment_state`] and [`Order::shipment_state`] say, in SQL.
fn push_standing(query: &mut QueryBuilder<Postgres>, search: &Search) {
    const CAPTURED: &str = "coalesce(o.paid_minor, CASE WHEN o.state IN ('confirmed', 'shipped', 'completed') THEN o.total_minor END)";
    if let Some(state) = search.state {
        query.push(" AND o.state = ").push_bind(state.as_str());
    }
    let unpaid = "o.state IN ('placed', 'awaiting_payment')";
    let payment = search.payment.map(|state| match state {
        PaymentState::Open => format!("{CAPTURED} IS NULL AND {unpaid}"),
        PaymentState::Unpaid => format!("{CAPTURED} IS NULL AND NOT {unpaid}"),
        PaymentState::Paid => format!("{CAPTURED} IS NOT NULL AND o.refunded_minor = 0"),
        PaymentState::PartlyRefunded => format!("o.refunded_minor > 0 AND o.refunded_minor < {CAPTURED}"),
        PaymentState::Refunded => format!("o.refunded_minor > 0 AND o.refunded_minor >= {CAPTURED}"),
    });
    let came_back = "o.cancel_reason = 'undeliverable'";
    let shipment = search.shipment.map(|state| match state {
        ShipmentState::None => format!(
            "o.state IN ('placed', 'awaiting_payment', 'rejected', 'cancelled') AND ({came_back}) IS NOT TRUE"
        ),
        ShipmentState::Waiting => "o.state = 'confirmed'".to_owned(),
        ShipmentState::OnTheWay => "o.state = 'shipped'".to_owned(),
        ShipmentState::Delivered => "o.state = 'completed'".to_owned(),
        ShipmentState::Returned => format!("o.state = 'cancelled' AND {came_back}"),
    });
    for condition in [payment, shipment].into_iter().flatten() {
        query.push(" AND ").push(condition);
    }
}

fn push_page(query: &mut QueryBuilder<Postgres>, search: &Search) {
    let (key, next, way) = match search.sort {
        Sort::Newest => ("o.order_id", "<", "DESC"),
        Sort::Oldest => ("o.order_id", ">", "ASC"),
        Sort::TotalDown => ("s.total_minor, s.order_id", "<", "DESC"),
        Sort::TotalUp => ("s.total_minor, s.order_id", ">", "ASC"),
    };
    let by_total = matches!(search.sort, Sort::TotalDown | Sort::TotalUp);
    if let Some((total, id)) = search.after {
        query.push(format_args!(" AND ({key}) {next} ("));
        if by_total {
            query.push_bind(total).push(", ");
        }
        query.push_bind(id.uuid()).push(")");
    }
    let order =
        if by_total { format!("s.total_minor {way}, s.order_id {way}") } else { format!("{key} {way}") };
    query.push(format_args!(" ORDER BY {order} LIMIT ")).push_bind(i64::from(search.limit));
}
