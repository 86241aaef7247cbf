//! Categories.

use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::CategoryId;

use crate::domain::category::Category;

/// Categories at most: the tree is answered whole.
const LIST_MAX: i64 = 2000;

fn category(row: &PgRow) -> Result<Category, sqlx::Error> {
    Ok(Category {
        id: CategoryId(row.try_get("category_id")?),
        parent_id: row.try_get::<Option<Uuid>, _>("parent_id")?.map(CategoryId),
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
    })
}

/// All categories by name.
pub async fn all(pool: &PgPool) -> Result<Vec<Category>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT category_id, parent_id, slug, name FROM categories ORDER BY name, category_id LIMIT $1",
    )
    .bind(LIST_MAX)
    .fetch_all(pool)
    .await?;
    rows.iter().map(category).collect()
}

/// The way from the root to a category, if there is such a category.
pub async fn find_path(conn: &mut PgConnection, id: CategoryId) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    sqlx::query_scalar("SELECT path FROM categories WHERE category_id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await
}

/// Adds a category; false when its slug is taken.
pub async fn insert(
    conn: &mut PgConnection,
    category: &Category,
    path: &[Uuid],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO categories (category_id, parent_id, path, slug, name, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slug) DO NOTHING",
    )
    .bind(category.id.uuid())
    .bind(category.parent_id.map(CategoryId::uuid))
    .bind(path)
    .bind(&category.slug)
    .bind(&category.name)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The category with this slug.
pub async fn by_slug(conn: &mut PgConnection, slug: &str) -> Result<Option<CategoryId>, sqlx::Error> {
    let found: Option<Uuid> = sqlx::query_scalar("SELECT category_id FROM categories WHERE slug = $1")
        .bind(slug)
        .fetch_optional(conn)
        .await?;
    Ok(found.map(CategoryId))
}
