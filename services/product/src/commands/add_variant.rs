//! Adds a variant to a product.

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{
    currency::Currency,
    id::{ProductId, VariantId},
};

use super::{Error, edit_product::touch, edit_variant, note, recount, tell};
use crate::{
    domain::{
        draft::{Faults, VariantDraft},
        product::Product,
        variant::{self, Status, VARIANTS_MAX, Variant},
    },
    store::{products, stock, variants},
};

/// Adds it; returns its id.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(
    tx: &mut Tx,
    id: ProductId,
    draft: VariantDraft,
    currency: Currency,
    actor: &str,
) -> Result<VariantId, Error> {
    let product = products::lock(tx.conn(), id).await?.ok_or(Error::NoProduct(id))?;
    let before = note::before(tx, id).await?;
    let known = variants::of(tx.conn(), id).await?;
    let added = add(tx, &product, &known, draft, currency, actor).await?;
    touch(tx, product).await?;
    before.edited(tx, actor).await?;
    tell::changed(tx, [id]).await?;
    Ok(added)
}

/// Adds it beside these variants of a locked product, without telling anybody.
pub(super) async fn add(
    tx: &mut Tx,
    product: &Product,
    known: &[Variant],
    draft: VariantDraft,
    currency: Currency,
    actor: &str,
) -> Result<VariantId, Error> {
    let mut faults = Faults::default();
    draft.check(&mut faults, "", currency);
    if let Some(text) = variant::misfit(&product.axes, &draft.choice) {
        faults.add("option_values", text);
    }
    let new = known.iter().all(|other| other.choice != draft.choice);
    faults.unless(new, "option_values", "another variant has the same");
    faults.unless(
        known.len() < VARIANTS_MAX,
        "variants",
        format!("a product has at most {VARIANTS_MAX} variants"),
    );
    faults.none()?;
    let position = known.iter().map(|other| other.position).max().unwrap_or(0) + 1;
    let uuid = tx.new_uuid();
    insert(tx, product.id, uuid, position, draft, actor).await
}

/// Writes a variant that was checked, with room at the default place and its first stock.
pub(super) async fn insert(
    tx: &mut Tx,
    product_id: ProductId,
    uuid: Uuid,
    position: i32,
    draft: VariantDraft,
    actor: &str,
) -> Result<VariantId, Error> {
    let count = draft.count();
    let VariantDraft {
        sku,
        choice,
        price,
        compare_at,
        measures,
        barcode,
        max_quantity,
        low_stock_at,
        backorder,
        ..
    } = draft;
    let id = VariantId(uuid);
    let status = Status::Active;
    let variant = Variant {
        id,
        product_id,
        position,
        sku,
        choice,
        price,
        compare_at,
        measures,
        barcode,
        max_quantity,
        low_stock_at,
        status,
    };
    let now = tx.now();
    if !variants::insert(tx.conn(), &variant, actor, now).await? {
        return Err(Error::SkuTaken(variant.sku));
    }
    if let Some(items) = backorder.filter(|items| *items > 0) {
        edit_variant::allow(tx, product_id, id, items).await?;
    } else {
        stock::open(tx.conn(), product_id, id, None).await?;
    }
    if let Some(count) = count {
        recount::first(tx, id, count, actor).await?;
    }
    Ok(id)
}
