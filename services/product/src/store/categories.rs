//! Categories.

use sqlx::{PgConnection, PgExecutor, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::CategoryId;

use crate::domain::category::{Category, Names};

/// Categories at most: the tree is answered whole.
const LIST_MAX: i64 = 2000;

fn category(row: &PgRow) -> Result<Category, sqlx::Error> {
    let Json(translations): Json<Names> = row.try_get("translations")?;
    Ok(Category {
        id: CategoryId(row.try_get("category_id")?),
        parent_id: row.try_get::<Option<Uuid>, _>("parent_id")?.map(CategoryId),
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        position: row.try_get("position")?,
        translations,
        version: row.try_get("version")?,
    })
}

/// All categories, siblings in their order.
pub async fn all(pool: &PgPool) -> Result<Vec<Category>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT category_id, parent_id, slug, name, position, translations, version FROM categories \
         ORDER BY position, name, category_id LIMIT $1",
    )
    .bind(LIST_MAX)
    .fetch_all(pool)
    .await?;
    rows.iter().map(category).collect()
}

/// Lets nobody else change the tree until the transaction ends: a path is made of the paths above it.
pub async fn lock_tree(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
    Ok(())
}

/// A category.
pub async fn find(conn: impl PgExecutor<'_>, id: CategoryId) -> Result<Option<Category>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT category_id, parent_id, slug, name, position, translations, version FROM categories WHERE category_id = $1",
    )
    .bind(id.uuid())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(category).transpose()
}

/// The way from the root to a category, if there is such a category. It is not deleted before the transaction ends.
pub async fn find_path(conn: &mut PgConnection, id: CategoryId) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    sqlx::query_scalar("SELECT path FROM categories WHERE category_id = $1 FOR KEY SHARE")
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
        "INSERT INTO categories (category_id, parent_id, path, slug, name, position, translations, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (slug) DO NOTHING",
    )
    .bind(category.id.uuid())
    .bind(category.parent_id.map(CategoryId::uuid))
    .bind(path)
    .bind(&category.slug)
    .bind(&category.name)
    .bind(category.position)
    .bind(Json(&category.translations))
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

/// Writes what can be edited, but for the path: see [`carry`].
pub async fn update(
    conn: &mut PgConnection,
    category: &Category,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE categories SET parent_id = $2, slug = $3, name = $4, position = $5, translations = $6, updated_at = $7, version = $8 \
         WHERE category_id = $1",
    )
    .bind(category.id.uuid())
    .bind(category.parent_id.map(CategoryId::uuid))
    .bind(&category.slug)
    .bind(&category.name)
    .bind(category.position)
    .bind(Json(&category.translations))
    .bind(now)
    .bind(category.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Levels of a branch, that of the category included.
pub async fn height(conn: &mut PgConnection, id: CategoryId) -> Result<usize, sqlx::Error> {
    let levels: i32 = sqlx::query_scalar(
        "SELECT max(cardinality(c.path)) - cardinality(o.path) + 1 FROM categories c, categories o \
         WHERE o.category_id = $1 AND c.path @> ARRAY[$1] GROUP BY o.path",
    )
    .bind(id.uuid())
    .fetch_one(conn)
    .await?;
    Ok(usize::try_from(levels).unwrap_or(1))
}

/// Writes the paths of a branch anew: `path` is that of its category.
pub async fn carry(conn: &mut PgConnection, id: CategoryId, path: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE categories c SET path = $2 || c.path[cardinality(o.path) + 1:] FROM categories o \
         WHERE o.category_id = $1 AND c.path @> ARRAY[$1]",
    )
    .bind(id.uuid())
    .bind(path)
    .execute(conn)
    .await?;
    Ok(())
}

/// The products of a branch.
pub async fn products_below(conn: &mut PgConnection, id: CategoryId) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT p.product_id FROM products p JOIN categories c USING (category_id) WHERE c.path @> ARRAY[$1] \
         ORDER BY p.product_id",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await
}

/// How many categories and products, archived ones too, are right in a category.
pub async fn inside(conn: &mut PgConnection, id: CategoryId) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM categories WHERE parent_id = $1), \
         (SELECT count(*) FROM products WHERE category_id = $1)",
    )
    .bind(id.uuid())
    .fetch_one(conn)
    .await
}

/// Takes a category away; false when something is in it.
pub async fn delete(conn: &mut PgConnection, id: CategoryId) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("DELETE FROM categories WHERE category_id = $1").bind(id.uuid()).execute(conn).await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
        Err(error) => Err(error),
    }
}
