//! /api/v1/admin/products/{id}/history

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Path, Problem, Query, problem::ProblemBody},
};
use warung_contracts::{
    currency::Currency,
    id::{LocationId, OrderId, PriceListId, ProductId, VariantId},
    money::Money,
};

use super::App;
use crate::{
    domain::history::Change,
    store::history::{self, Happened},
};

/// Something that happened to a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    /// Who did it: a user's id, or a command such as `warung product import`. Left out for orders, and for what the shop
    /// began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(flatten)]
    deed: Deed,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// The product was added.
    Added,
    /// Product or variants were edited.
    Edited { changes: Vec<Change> },
    /// A price that holds from then on.
    Priced {
        variant_id: VariantId,
        /// Left out for the variant's own price.
        #[serde(skip_serializing_if = "Option::is_none")]
        price_list_id: Option<PriceListId>,
        /// Left out when the list no longer has a price of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        price: Option<Money>,
        #[serde(skip_serializing_if = "Option::is_none")]
        compare_at: Option<Money>,
    },
    /// Stock moved.
    Moved {
        variant_id: VariantId,
        location_id: LocationId,
        /// Such as `adjusted`, `reserved`, `committed`, `restocked`.
        movement: String,
        on_hand_delta: i64,
        reserved_delta: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        order_id: Option<OrderId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Deed {
    fn of(deed: history::Deed, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        match deed {
            history::Deed::Added => Self::Added,
            history::Deed::Edited(changes) => Self::Edited { changes },
            history::Deed::Priced { variant_id, price_list_id, price_minor, compare_at_minor } => {
                let (price, compare_at) = (price_minor.map(money), compare_at_minor.map(money));
                Self::Priced { variant_id, price_list_id, price, compare_at }
            }
            history::Deed::Moved {
                variant_id,
                location_id,
                kind: movement,
                on_hand_delta,
                reserved_delta,
                order_id,
                reason,
            } => Self::Moved {
                variant_id,
                location_id,
                movement,
                on_hand_delta,
                reserved_delta,
                order_id,
                reason,
            },
        }
    }
}

/// A place in the history: what a cursor holds.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    record: (String, i64),
}

/// List what happened to a product
///
/// Newest first, and who did it: edits with what they changed, prices, movements of stock.
#[utoipa::path(get, path = "/api/v1/admin/products/{id}/history", operation_id = "list_history", tag = "catalogue",
    params(("id" = ProductId, Path), PageQuery),
    responses((status = 200, body = Page<HistoryEntry>), (status = 400, body = ProblemBody)))]
pub async fn list_history(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<HistoryEntry>>, Problem> {
    let place = page.after::<Place>()?.map(|Place { at, record: (record, number) }| (at, record, number));
    let rows = history::before(app.db.pool(), id, place, i64::from(page.limit()) + 1).await?;
    let place = |row: &Happened| Place { at: row.at, record: row.record.clone() };
    let entry = |Happened { at, actor, deed, .. }: Happened| HistoryEntry {
        at,
        actor,
        deed: Deed::of(deed, app.currency),
    };
    Ok(Answer(Page::of(rows, page.limit(), place).map(entry)))
}
