//! The last order of each cart.

use serde::Deserialize;
use sqlx::{FromRow, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, ProductId, VariantId};

/// What was ordered last of a cart.
#[derive(Debug, Clone)]
pub struct Turn {
    pub order_id: OrderId,
    pub placed_at: OffsetDateTime,
    /// Of the cart as it was ordered.
    pub revision: Option<String>,
    pub lines: Vec<(VariantId, u32)>,
}

#[derive(FromRow)]
struct Row {
    order_id: Uuid,
    created_at: OffsetDateTime,
    cart_revision: Option<String>,
    lines: Json<Vec<Line>>,
}

#[derive(Deserialize)]
struct Line {
    product_id: Uuid,
    variant_id: Option<Uuid>,
    quantity: u32,
}

impl From<Row> for Turn {
    fn from(Row { order_id, created_at, cart_revision, lines: Json(lines) }: Row) -> Self {
        let default = |product| ProductId(product).default_variant();
        let line =
            |line: Line| (line.variant_id.map_or_else(|| default(line.product_id), VariantId), line.quantity);
        Self {
            order_id: OrderId(order_id),
            placed_at: created_at,
            revision: cart_revision,
            lines: lines.into_iter().map(line).collect(),
        }
    }
}

/// What was ordered last of this cart.
pub async fn last(pool: &PgPool, cart: &str) -> Result<Option<Turn>, sqlx::Error> {
    let query = "SELECT o.order_id, o.created_at, o.cart_revision, (SELECT jsonb_agg(jsonb_build_object( \
                 'product_id', l.product_id, 'variant_id', l.variant_id, 'quantity', l.quantity)) \
                 FROM order_lines l WHERE l.order_id = o.order_id) AS lines \
                 FROM cart_turns t JOIN orders o USING (order_id) WHERE t.cart = $1";
    let row: Option<Row> = sqlx::query_as(query).bind(cart).fetch_optional(pool).await?;
    Ok(row.map(Turn::from))
}
