//! What products are called in other languages, for those who are offered them. Beside the offers and not in them: few ask for
//! it, and that statement is the hottest there is.

use std::collections::HashMap;

use sqlx::{PgConnection, types::Json};
use uuid::Uuid;
use warung_contracts::id::ProductId;

use crate::domain::{category::Names, product::Axis};

/// Names of a product by language, and its options.
pub async fn find(
    conn: &mut PgConnection,
    products: &[ProductId],
) -> Result<HashMap<ProductId, (Names, Vec<Axis>)>, sqlx::Error> {
    let ids: Vec<Uuid> = products.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, Json<Names>, Json<Vec<Axis>>)> = sqlx::query_as(
        "SELECT p.product_id, coalesce((SELECT jsonb_object_agg(t.locale, t.name) FROM product_translations t \
             WHERE t.product_id = p.product_id), '{}'), p.options FROM products p WHERE p.product_id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id, Json(names), Json(axes))| (ProductId(id), (names, axes))).collect())
}
