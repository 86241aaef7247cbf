//! Edits a product and its default variant; archiving is an edit of its status.

use warung_chassis::db::Tx;
use warung_contracts::{
    currency::Currency,
    id::{CategoryId, ProductId},
};

use super::{Error, add_product::check_category, edit_variant, note, tax_class, tell};
use crate::{
    domain::{
        draft::{Faults, check_axes, check_media, check_tax_class, check_text, check_translations},
        product::{Axis, Medium, Product, Status, Text, Translations},
        slug, variant,
    },
    store::{products, texts, variants},
};

/// What to change; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub slug: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    /// `Some(None)` takes the product out of its category.
    pub category_id: Option<Option<CategoryId>>,
    pub status: Option<Status>,
    pub tax_class: Option<String>,
    pub axes: Option<Vec<Axis>>,
    pub media: Option<Vec<Medium>>,
    pub translations: Option<Translations>,
    /// Of the default variant.
    pub variant: edit_variant::Patch,
}

/// Edits it, if it is at the version `expected`; none means any.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(
    tx: &mut Tx,
    id: ProductId,
    expected: Option<i64>,
    patch: Patch,
    currency: Currency,
    actor: &str,
) -> Result<(), Error> {
    let old = products::lock(tx.conn(), id).await?.ok_or(Error::NoProduct(id))?;
    Error::unless_at(expected, old.version)?;
    let before = note::before(tx, id).await?;
    if apply(tx, old, patch, currency, actor).await? {
        before.edited(tx, actor).await?;
        tell::changed(tx, [id]).await?;
    }
    Ok(())
}

/// Changes a locked product; whether anything differs. Tells nobody.
pub(super) async fn apply(
    tx: &mut Tx,
    old: Product,
    patch: Patch,
    currency: Currency,
    actor: &str,
) -> Result<bool, Error> {
    let id = old.id;
    let Patch { media, translations, variant: kind, .. } = patch.clone();
    let new = patched(&old, patch);
    let all = variants::of(tx.conn(), id).await?;
    let mut faults = faults(tx, &old, &new, media.as_deref(), translations.as_ref()).await?;
    faults.0.extend(edit_variant::faults(&new.axes, &all, id.default_variant(), &kind, currency).0);
    faults.none()?;
    let mut changed =
        edit_variant::apply(tx, &new.axes, &all, id.default_variant(), kind, currency, actor).await?;
    if new.axes != old.axes {
        fit(tx, &new).await?;
    }
    if let Some(media) = media {
        changed |= texts::put_media(tx.conn(), id, &media).await?;
    }
    if let Some(translations) = translations {
        changed |= texts::put_translations(tx.conn(), id, &translations).await?;
    }
    changed |= new != old;
    if changed {
        claim(tx, &old, &new).await?;
        touch(tx, new).await?;
    }
    Ok(changed)
}

/// Writes a locked product as its next version.
pub(super) async fn touch(tx: &mut Tx, product: Product) -> Result<(), sqlx::Error> {
    let product = Product { version: product.version + 1, updated_at: tx.now(), ..product };
    products::update(tx.conn(), &product).await
}

fn patched(old: &Product, patch: Patch) -> Product {
    let Patch {
        slug,
        name,
        description,
        category_id,
        status,
        tax_class,
        axes,
        media: _,
        translations: _,
        variant: _,
    } = patch;
    Product {
        slug: slug.unwrap_or_else(|| old.slug.clone()),
        name: name.unwrap_or_else(|| old.name.clone()),
        description: description.unwrap_or_else(|| old.description.clone()),
        category_id: category_id.unwrap_or(old.category_id),
        status: status.unwrap_or(old.status),
        tax_class: tax_class.unwrap_or_else(|| old.tax_class.clone()),
        axes: axes.unwrap_or_else(|| old.axes.clone()),
        ..old.clone()
    }
}

/// What is wrong with a product that is edited.
async fn faults(
    tx: &mut Tx,
    old: &Product,
    new: &Product,
    media: Option<&[Medium]>,
    translations: Option<&Translations>,
) -> Result<Faults, sqlx::Error> {
    let mut faults = Faults::default();
    if let Some(text) = slug::fault(&new.slug).filter(|_| new.slug != old.slug) {
        faults.add("slug", text);
    }
    check_text(&mut faults, "", &Text { name: new.name.clone(), description: new.description.clone() });
    check_tax_class(&mut faults, &new.tax_class);
    if new.tax_class != old.tax_class {
        tax_class::check(tx, &mut faults, &new.tax_class).await?;
    }
    check_axes(&mut faults, &new.axes);
    check_media(&mut faults, media.unwrap_or_default());
    if let Some(translations) = translations {
        check_translations(&mut faults, translations);
    }
    if new.category_id != old.category_id {
        check_category(tx, &mut faults, new.category_id).await?;
    }
    Ok(faults)
}

/// Options change only so that every variant that is not archived still has its values.
async fn fit(tx: &mut Tx, product: &Product) -> Result<(), Error> {
    let all = variants::of(tx.conn(), product.id).await?;
    let misfit = all
        .iter()
        .filter(|one| one.status == variant::Status::Active)
        .find_map(|one| Some((&one.sku, variant::misfit(&product.axes, &one.choice)?)));
    match misfit {
        Some((sku, text)) => Err(Error::field("options", format!("don't fit the variant {sku}: {text}"))),
        None => Ok(()),
    }
}

async fn claim(tx: &mut Tx, old: &Product, new: &Product) -> Result<(), Error> {
    if new.slug == old.slug {
        return Ok(());
    }
    if !products::slug_is_free(tx.conn(), &new.slug, new.id).await? {
        return Err(Error::SlugTaken(new.slug.clone()));
    }
    let now = tx.now();
    Ok(products::claim_slug(tx.conn(), &new.slug, new.id, now).await?)
}
