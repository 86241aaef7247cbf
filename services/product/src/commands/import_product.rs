//! Writes a product of a file: new, or over the one that has the SKU of its default variant.

use warung_chassis::db::Tx;
use warung_contracts::currency::Currency;

use super::{Error, add_product, add_variant, edit_product, edit_variant, note, recount, tell};
use crate::{
    domain::{
        draft::{Draft, VariantDraft},
        product::{Product, keep_translations},
        variant::{Status, Variant},
    },
    store::{products, stock, variants},
};

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Updated,
    /// The product was so already.
    Unchanged,
}

/// Writes it: all of it or nothing. Variants of the product that the file does not name stay as they are; stock is that
/// of the default place.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, draft: Draft, currency: Currency, actor: &str) -> Result<Outcome, Error> {
    let faults = draft.faults(currency);
    let (Some(first), true) = (draft.variants.first(), faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    let Some(id) = variants::product_with_sku(tx.conn(), &first.sku).await? else {
        add_product::run(tx, draft, currency, actor).await?;
        return Ok(Outcome::Created);
    };
    let product = products::lock(tx.conn(), id).await?.ok_or(Error::NoProduct(id))?;
    let before = note::before(tx, id).await?;
    let changed = overwrite(tx, &product, draft, currency, actor).await?;
    if changed {
        before.edited(tx, actor).await?;
        tell::changed(tx, [id]).await?;
    }
    Ok(if changed { Outcome::Updated } else { Outcome::Unchanged })
}

async fn overwrite(
    tx: &mut Tx,
    product: &Product,
    draft: Draft,
    currency: Currency,
    actor: &str,
) -> Result<bool, Error> {
    let id = product.id;
    let known = variants::of(tx.conn(), id).await?;
    hold(tx, &known).await?;
    let Draft { slug, text, category_id, status, tax_class, mut axes, variants: kinds, media, translations } =
        draft;
    keep_translations(&mut axes, &product.axes);
    let default = kinds.first().map(|kind| kind.sku.clone()).unwrap_or_default();
    if known.first().is_some_and(|first| first.sku != default) {
        return Err(Error::field(
            "sku",
            format!("{default} is not the default variant of its product; name that first"),
        ));
    }
    let patch = edit_product::Patch {
        slug,
        name: Some(text.name),
        description: Some(text.description),
        category_id: Some(category_id),
        status: Some(status),
        tax_class: Some(tax_class),
        axes: Some(axes),
        media: Some(media),
        translations: Some(translations),
        variant: kinds.first().map(patch).unwrap_or_default(),
    };
    let mut changed = edit_product::apply(tx, product.clone(), patch, currency, actor).await?;
    let product = products::lock(tx.conn(), id).await?.ok_or(Error::NoProduct(id))?;
    for (n, kind) in kinds.into_iter().enumerate() {
        let at = n.checked_sub(1).map(|n| format!("variants[{n}].")).unwrap_or_default();
        let put = put_kind(tx, &product, &known, kind, currency, actor).await;
        changed |= put.map_err(|error| match error {
            Error::OutOfRange { .. } => Error::field(format!("{at}stock"), error.to_string()),
            other => other,
        })?;
    }
    Ok(changed)
}

/// Holds all that may change, in the order in which orders hold it: the file may name variants in any other.
async fn hold(tx: &mut Tx, known: &[Variant]) -> Result<(), sqlx::Error> {
    let ids = || known.iter().map(|variant| variant.id);
    variants::hold(tx.conn(), ids()).await?;
    stock::lock(tx.conn(), ids()).await?;
    Ok(())
}

async fn put_kind(
    tx: &mut Tx,
    product: &Product,
    known: &[Variant],
    kind: VariantDraft,
    currency: Currency,
    actor: &str,
) -> Result<bool, Error> {
    let Some(old) = known.iter().find(|old| old.sku == kind.sku) else {
        let all = variants::of(tx.conn(), product.id).await?;
        add_variant::add(tx, product, &all, kind, currency, actor).await?;
        return Ok(true);
    };
    let mut changed = false;
    if old.id.uuid() != product.id.uuid() {
        let all = variants::of(tx.conn(), product.id).await?;
        changed = edit_variant::apply(tx, &product.axes, &all, old.id, patch(&kind), currency, actor).await?;
    }
    // Stock tells of itself: it is no change of the product.
    if let Some(count) = kind.count() {
        recount::run(tx, old.id, count, actor).await?;
    }
    Ok(changed)
}

fn patch(kind: &VariantDraft) -> edit_variant::Patch {
    edit_variant::Patch {
        choice: Some(kind.choice.clone()),
        price: Some(kind.price),
        compare_at: Some(kind.compare_at),
        measures: Some(kind.measures),
        barcode: Some(kind.barcode.clone()),
        max_quantity: Some(kind.max_quantity),
        low_stock_at: Some(kind.low_stock_at),
        backorder: kind.backorder,
        status: Some(Status::Active),
    }
}
