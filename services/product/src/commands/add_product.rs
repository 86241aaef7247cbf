//! Adds a product with its variants and their first stock.

use warung_chassis::db::Tx;
use warung_contracts::{
    currency::Currency,
    id::{CategoryId, ProductId},
};

use super::{Error, add_variant, note, tax_class, tell};
use crate::{
    domain::{
        draft::{Draft, Faults},
        product::Product,
        slug,
    },
    store::{categories, products, texts},
};

/// Adds it; returns its id.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, draft: Draft, currency: Currency, actor: &str) -> Result<ProductId, Error> {
    let mut faults = Faults(draft.faults(currency));
    tax_class::check(tx, &mut faults, &draft.tax_class).await?;
    check_category(tx, &mut faults, draft.category_id).await?;
    faults.none()?;
    let (id, now) = (ProductId(tx.new_uuid()), tx.now());
    let slug = find_slug(tx, &draft, id).await?;
    let Draft { text, category_id, status, tax_class, axes, variants, media, translations, .. } = draft;
    let (name, description) = (text.name, text.description);
    let (created_at, updated_at) = (now, now);
    let product = Product {
        id,
        slug,
        name,
        description,
        category_id,
        status,
        tax_class,
        axes,
        version: 1,
        created_at,
        updated_at,
    };
    products::insert(tx.conn(), &product).await?;
    products::claim_slug(tx.conn(), &product.slug, id, now).await?;
    for (position, variant) in (0..).zip(variants) {
        // The default variant has the product's own UUID.
        let uuid = if position == 0 { id.uuid() } else { tx.new_uuid() };
        add_variant::insert(tx, id, uuid, position, variant, actor).await?;
    }
    texts::put_media(tx.conn(), id, &media).await?;
    texts::put_translations(tx.conn(), id, &translations).await?;
    note::added(tx, id, actor).await?;
    tell::changed(tx, [id]).await?;
    Ok(id)
}

/// Notes a fault when there is no such category.
pub(super) async fn check_category(
    tx: &mut Tx,
    faults: &mut Faults,
    category: Option<CategoryId>,
) -> Result<(), sqlx::Error> {
    let Some(category) = category else { return Ok(()) };
    let there = categories::find_path(tx.conn(), category).await?.is_some();
    faults.unless(there, "category_id", format!("there is no category {category}"));
    Ok(())
}

/// The slug that was asked for; else one made of the name, with an end of its own when others have that already.
async fn find_slug(tx: &mut Tx, draft: &Draft, id: ProductId) -> Result<String, Error> {
    if let Some(slug) = &draft.slug {
        return match products::slug_is_free(tx.conn(), slug, id).await? {
            true => Ok(slug.clone()),
            false => Err(Error::SlugTaken(slug.clone())),
        };
    }
    let end = &id.uuid().simple().to_string()[20..];
    let Some(slug) = slug::of(&draft.text.name) else { return Ok(format!("p-{end}")) };
    match products::slug_is_free(tx.conn(), &slug, id).await? {
        true => Ok(slug),
        false => Ok(format!("{}-{end}", slug.chars().take(slug::MAX - 13).collect::<String>())),
    }
}
