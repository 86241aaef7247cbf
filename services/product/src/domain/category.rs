//! Categories and their tree.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;
use warung_contracts::id::CategoryId;

use super::{
    locale::Wanted,
    trail::{Kept, Subject},
};

/// Levels of the tree at most.
pub const DEPTH_MAX: usize = 5;

/// A category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Category {
    #[serde(skip)]
    pub id: CategoryId,
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    /// In the catalogue's own language.
    pub name: String,
    /// Among its siblings; those of one position stand by name.
    pub position: i32,
    pub translations: Names,
    /// Grows by one with each edit.
    #[serde(skip)]
    pub version: i64,
}

impl Kept for Category {
    const SUBJECT: Subject = Subject::Category;

    fn uuid(&self) -> Uuid {
        self.id.uuid()
    }
}

/// Names by language tag, such as `en`.
pub type Names = BTreeMap<String, String>;

/// What something is called in the language that is wanted, where it has a name there, and the language of that name when
/// it is a translation.
pub fn name_in(name: String, names: &Names, wanted: &Wanted) -> (String, Option<String>) {
    let tag = wanted.pick(names.keys().map(String::as_str));
    let named = tag.and_then(|tag| Some((names.get(tag)?.clone(), Some(tag.to_owned()))));
    named.unwrap_or((name, None))
}

/// Why a category can't stand where it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    #[error("is the category itself or below it")]
    BelowItself,
    #[error("the tree has at most {DEPTH_MAX} levels; choose a higher category")]
    TooDeep,
}

/// The way from the root to a category that stands below others; `height` is its levels, its own included.
///
/// # Errors
///
/// As [`Misplaced`] says.
pub fn place(id: CategoryId, above: &[Uuid], height: usize) -> Result<Vec<Uuid>, Misplaced> {
    if above.contains(&id.uuid()) {
        return Err(Misplaced::BelowItself);
    }
    if above.len() + height > DEPTH_MAX {
        return Err(Misplaced::TooDeep);
    }
    Ok(above.iter().copied().chain([id.uuid()]).collect())
}

/// A category with what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    pub category: Category,
    pub children: Vec<Branch>,
}

/// The tree of these categories; siblings keep their order. A category whose parent is not among them is left out.
pub fn tree(categories: Vec<Category>) -> Vec<Branch> {
    let mut children: BTreeMap<Option<CategoryId>, Vec<Category>> = BTreeMap::new();
    for category in categories {
        children.entry(category.parent_id).or_default().push(category);
    }
    grow(None, &mut children)
}

fn grow(
    parent: Option<CategoryId>,
    children: &mut BTreeMap<Option<CategoryId>, Vec<Category>>,
) -> Vec<Branch> {
    // Taken out, not looked at: each category is placed once, so even a cycle ends.
    let own = children.remove(&parent).unwrap_or_default();
    own.into_iter().map(|category| Branch { children: grow(Some(category.id), children), category }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(id: u128, parent: Option<u128>) -> Category {
        let id_of = |n| CategoryId(Uuid::from_u128(n));
        Category {
            id: id_of(id),
            parent_id: parent.map(id_of),
            slug: format!("c-{id}"),
            name: format!("C {id}"),
            position: 0,
            translations: Names::new(),
            version: 1,
        }
    }

    #[test]
    fn children_stand_below_their_parents_in_order() {
        let tree =
            tree(vec![category(3, Some(1)), category(1, None), category(2, Some(1)), category(4, Some(3))]);
        assert_eq!(tree.len(), 1);
        let slugs: Vec<&str> = tree[0].children.iter().map(|b| b.category.slug.as_str()).collect();
        assert_eq!(slugs, ["c-3", "c-2"]);
        assert_eq!(tree[0].children[0].children[0].category.slug, "c-4");
    }

    #[test]
    fn a_category_stands_neither_below_itself_nor_too_deep() {
        let ids: Vec<Uuid> = (1..=4).map(Uuid::from_u128).collect();
        let id = CategoryId(Uuid::from_u128(5));
        assert_eq!(place(id, &ids, 1).map(|path| path.len()), Ok(5));
        assert_eq!(place(id, &ids, 2), Err(Misplaced::TooDeep));
        assert_eq!(place(CategoryId(ids[1]), &ids, 1), Err(Misplaced::BelowItself));
        assert_eq!(place(id, &[], 5), Ok(vec![id.uuid()]));
    }

    #[test]
    fn a_cycle_ends() {
        assert_eq!(tree(vec![category(1, Some(2)), category(2, Some(1))]), vec![]);
    }
}
