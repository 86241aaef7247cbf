//! What options and their values are called in other languages, kept beside the documents that hold them.

use std::collections::HashMap;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::domain::category::Names;

/// Names by language of an option (`Size`) or of a value of it (`Size=L`).
pub type Labels = HashMap<String, Names>;

/// What is known of these.
pub async fn labels(pool: &PgPool, choices: &[String]) -> Result<Labels, sqlx::Error> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT choice, locale, label FROM catalog_labels WHERE choice = ANY($1)")
            .bind(choices)
            .fetch_all(pool)
            .await?;
    let mut labels = Labels::new();
    for (choice, locale, label) in rows {
        labels.entry(choice).or_default().insert(locale, label);
    }
    Ok(labels)
}

/// Keeps what these products say. Most say what others said: nothing is written then, and nobody waits for anybody.
pub(super) async fn keep(conn: &mut PgConnection, products: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO catalog_labels (choice, locale, label) \
         SELECT DISTINCT ON (o.choice, o.locale) o.choice, o.locale, o.label FROM option_labels o \
         LEFT JOIN catalog_labels l USING (choice, locale) \
         WHERE o.product_id = ANY($1) AND o.label IS DISTINCT FROM l.label \
         ORDER BY o.choice, o.locale, o.product_id DESC \
         ON CONFLICT (choice, locale) DO UPDATE SET label = excluded.label",
    )
    .bind(products)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes away those that no product says any more.
pub(super) async fn clear(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM catalog_labels l WHERE NOT EXISTS (SELECT FROM option_labels o \
         WHERE o.choice = l.choice AND o.locale = l.locale AND o.label = l.label)",
    )
    .execute(conn)
    .await?;
    Ok(())
}
