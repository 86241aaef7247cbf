//! Adds a category to the tree.

use warung_chassis::db::Tx;
use warung_contracts::id::CategoryId;

use crate::{
    domain::category::{Category, DEPTH_MAX},
    store::categories,
};

/// What to add.
#[derive(Debug, Clone)]
pub struct Input {
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub name: String,
}

/// Why it can't be added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no category {0}")]
    NoParent(CategoryId),
    #[error("the category would be on a level below the lowest, {DEPTH_MAX}")]
    TooDeep,
    #[error("another category has the slug {0}")]
    SlugTaken(String),
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Adds it.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Category, Error> {
    let Input { parent_id, slug, name } = input;
    let mut path = match parent_id {
        Some(parent) => categories::find_path(tx.conn(), parent).await?.ok_or(Error::NoParent(parent))?,
        None => Vec::new(),
    };
    if path.len() >= DEPTH_MAX {
        return Err(Error::TooDeep);
    }
    let category = Category { id: CategoryId(tx.new_uuid()), parent_id, slug, name };
    path.push(category.id.uuid());
    let now = tx.now();
    match categories::insert(tx.conn(), &category, &path, now).await? {
        true => Ok(category),
        false => Err(Error::SlugTaken(category.slug)),
    }
}
