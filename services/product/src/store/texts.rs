//! Translations and media of a product: written as a whole.

use sqlx::{PgConnection, types::Json};
use warung_contracts::id::ProductId;

use crate::domain::product::{Medium, Translations};

/// Replaces all texts in other languages; whether anything differed.
pub async fn put_translations(
    conn: &mut PgConnection,
    id: ProductId,
    translations: &Translations,
) -> Result<bool, sqlx::Error> {
    let changed: i64 = sqlx::query_scalar(
        "WITH wanted AS (SELECT key AS locale, value ->> 'name' AS name, value ->> 'description' AS description \
             FROM jsonb_each($2)), \
         gone AS (DELETE FROM product_translations WHERE product_id = $1 AND locale NOT IN (SELECT locale FROM wanted) \
             RETURNING 1), \
         put AS (INSERT INTO product_translations AS t (product_id, locale, name, description) \
             SELECT $1, locale, name, description FROM wanted \
             ON CONFLICT (product_id, locale) DO UPDATE SET name = excluded.name, description = excluded.description \
             WHERE (t.name, t.description) <> (excluded.name, excluded.description) RETURNING 1) \
         SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)",
    )
    .bind(id.uuid())
    .bind(Json(translations))
    .fetch_one(conn)
    .await?;
    Ok(changed > 0)
}

/// Replaces all media; whether anything differed.
pub async fn put_media(
    conn: &mut PgConnection,
    id: ProductId,
    media: &[Medium],
) -> Result<bool, sqlx::Error> {
    let changed: i64 = sqlx::query_scalar(
        "WITH wanted AS (SELECT (n - 1)::integer AS position, value ->> 'url' AS url, value ->> 'alt' AS alt \
             FROM jsonb_array_elements($2) WITH ORDINALITY AS e (value, n)), \
         gone AS (DELETE FROM product_media WHERE product_id = $1 AND position NOT IN (SELECT position FROM wanted) \
             RETURNING 1), \
         put AS (INSERT INTO product_media AS m (product_id, position, url, alt) \
             SELECT $1, position, url, alt FROM wanted \
             ON CONFLICT (product_id, position) DO UPDATE SET url = excluded.url, alt = excluded.alt \
             WHERE (m.url, m.alt) <> (excluded.url, excluded.alt) RETURNING 1) \
         SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)",
    )
    .bind(id.uuid())
    .bind(Json(media))
    .fetch_one(conn)
    .await?;
    Ok(changed > 0)
}
