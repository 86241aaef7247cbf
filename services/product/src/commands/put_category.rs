//! Adds categories to the tree, and renames and moves them.

use warung_chassis::db::Tx;
use warung_contracts::id::{CategoryId, ProductId};

use super::{Error, tell, trail};
use crate::{
    domain::category::{Category, Misplaced, Names, place},
    store::categories,
};

/// A category that is to be.
#[derive(Debug, Clone)]
pub struct NewCategory {
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
    pub position: i32,
    pub translations: Names,
}

/// Adds it.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn add(tx: &mut Tx, new: NewCategory, actor: &str) -> Result<Category, Error> {
    let NewCategory { parent_id, slug, name, position, translations } = new;
    categories::lock_tree(tx.conn()).await?;
    let id = CategoryId(tx.new_uuid());
    let path = place(id, &above(tx, parent_id).await?, 1).map_err(misplaced)?;
    let category = Category { id, parent_id, slug, name, position, translations, version: 1 };
    let now = tx.now();
    if !categories::insert(tx.conn(), &category, &path, now).await? {
        return Err(Error::CategorySlugTaken(category.slug));
    }
    trail::added(tx, actor, &category).await?;
    Ok(category)
}

/// What to change; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// `Some(None)` makes it a root.
    pub parent_id: Option<Option<CategoryId>>,
    pub slug: Option<String>,
    pub name: Option<String>,
    pub position: Option<i32>,
    pub translations: Option<Names>,
}

/// Edits it, if it is at the version `expected`; none means any. What is below it moves with it, and so do its products.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn edit(
    tx: &mut Tx,
    id: CategoryId,
    expected: Option<i64>,
    patch: Patch,
    actor: &str,
) -> Result<Category, Error> {
    let old = lock(tx, id, expected).await?;
    let Patch { parent_id, slug, name, position, translations } = patch;
    let new = Category {
        id,
        parent_id: parent_id.unwrap_or(old.parent_id),
        slug: slug.unwrap_or_else(|| old.slug.clone()),
        name: name.unwrap_or_else(|| old.name.clone()),
        position: position.unwrap_or(old.position),
        translations: translations.unwrap_or_else(|| old.translations.clone()),
        version: old.version,
    };
    if new.slug != old.slug && categories::by_slug(tx.conn(), &new.slug).await?.is_some() {
        return Err(Error::CategorySlugTaken(new.slug));
    }
    if new.parent_id != old.parent_id {
        carry(tx, &new).await?;
    }
    if new == old {
        return Ok(old);
    }
    let (new, now) = (Category { version: old.version + 1, ..new }, tx.now());
    categories::update(tx.conn(), &new, now).await?;
    trail::edited(tx, actor, &old, &new).await?;
    Ok(new)
}

/// The category at the version that is expected, in a tree that nobody else changes now.
async fn lock(tx: &mut Tx, id: CategoryId, expected: Option<i64>) -> Result<Category, Error> {
    categories::lock_tree(tx.conn()).await?;
    let category = categories::find(tx.conn(), id).await?.ok_or(Error::UnknownCategory(id))?;
    Error::unless_at(expected, category.version)?;
    Ok(category)
}

/// Writes the paths of its branch anew, and tells of the products in it: lists find them elsewhere now.
async fn carry(tx: &mut Tx, category: &Category) -> Result<(), Error> {
    let height = categories::height(tx.conn(), category.id).await?;
    let path = place(category.id, &above(tx, category.parent_id).await?, height).map_err(misplaced)?;
    categories::carry(tx.conn(), category.id, &path).await?;
    let products = categories::products_below(tx.conn(), category.id).await?;
    Ok(tell::changed(tx, products.into_iter().map(ProductId)).await?)
}

/// The way from the root to a parent; of a root, nothing.
async fn above(tx: &mut Tx, parent: Option<CategoryId>) -> Result<Vec<uuid::Uuid>, Error> {
    let Some(parent) = parent else { return Ok(vec![]) };
    let path = categories::find_path(tx.conn(), parent).await?;
    path.ok_or_else(|| Error::field("parent_id", format!("there is no category {parent}")))
}

fn misplaced(why: Misplaced) -> Error {
    Error::field("parent_id", why.to_string())
}

/// Takes a category away that holds nothing, if it is at the version `expected`; none means any.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn remove(tx: &mut Tx, id: CategoryId, expected: Option<i64>, actor: &str) -> Result<(), Error> {
    let old = lock(tx, id, expected).await?;
    let (categories, products) = categories::inside(tx.conn(), id).await?;
    if categories + products > 0 {
        return Err(Error::CategoryInUse { categories, products });
    }
    if !categories::delete(tx.conn(), id).await? {
        // A product came while this was looking.
        return Err(Error::CategoryInUse { categories, products: 1 });
    }
    Ok(trail::removed(tx, actor, &old).await?)
}
