//! Edits a variant; archiving is an edit of its status.

use warung_chassis::db::Tx;
use warung_contracts::{
    currency::Currency,
    id::{ProductId, VariantId},
    money::Money,
};

use super::{Error, edit_product::touch, note, tell};
use crate::{
    domain::{
        draft::{Faults, check_measures, check_price},
        product::Axis,
        variant::{self, Choice, Measures, Status, Variant},
    },
    store::{products, stock, variants},
};

/// What to change; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub choice: Option<Choice>,
    pub price: Option<Money>,
    /// `Some(None)` takes it away.
    pub compare_at: Option<Option<Money>>,
    pub measures: Option<Measures>,
    /// `Some(None)` takes it away.
    pub barcode: Option<Option<String>>,
    pub max_quantity: Option<u32>,
    pub low_stock_at: Option<u32>,
    /// Items that may be promised before they are there, at the default place.
    pub backorder: Option<u32>,
    pub status: Option<Status>,
}

/// Edits it, if its product is at the version `expected`; none means any.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(
    tx: &mut Tx,
    id: VariantId,
    expected: Option<i64>,
    patch: Patch,
    currency: Currency,
    actor: &str,
) -> Result<ProductId, Error> {
    let product_id = variants::product_of(tx.conn(), id).await?.ok_or(Error::NoVariant(id))?;
    let product = products::lock(tx.conn(), product_id).await?.ok_or(Error::NoVariant(id))?;
    Error::unless_at(expected, product.version)?;
    let before = note::before(tx, product_id).await?;
    let all = variants::of(tx.conn(), product_id).await?;
    if apply(tx, &product.axes, &all, id, patch, currency, actor).await? {
        touch(tx, product).await?;
        before.edited(tx, actor).await?;
        tell::changed(tx, [product_id]).await?;
    }
    Ok(product_id)
}

/// Changes one of these variants of a locked product; whether anything differs.
pub(super) async fn apply(
    tx: &mut Tx,
    axes: &[Axis],
    all: &[Variant],
    id: VariantId,
    patch: Patch,
    currency: Currency,
    actor: &str,
) -> Result<bool, Error> {
    let old = all.iter().find(|variant| variant.id == id).ok_or(Error::NoVariant(id))?;
    let backorder = patch.backorder;
    let new = patched(old, patch);
    check(axes, all, &new, currency).none()?;
    let allowed = match backorder {
        Some(items) => allow(tx, new.product_id, id, items).await?,
        None => false,
    };
    if new == *old {
        return Ok(allowed);
    }
    let now = tx.now();
    variants::update(tx.conn(), &new, actor, now).await?;
    Ok(true)
}

fn patched(old: &Variant, patch: Patch) -> Variant {
    let Patch {
        choice,
        price,
        compare_at,
        measures,
        barcode,
        max_quantity,
        low_stock_at,
        backorder: _,
        status,
    } = patch;
    Variant {
        choice: choice.unwrap_or_else(|| old.choice.clone()),
        price: price.unwrap_or(old.price),
        compare_at: compare_at.unwrap_or(old.compare_at),
        measures: measures.unwrap_or(old.measures),
        barcode: barcode.unwrap_or_else(|| old.barcode.clone()),
        max_quantity: max_quantity.unwrap_or(old.max_quantity),
        low_stock_at: low_stock_at.unwrap_or(old.low_stock_at),
        status: status.unwrap_or(old.status),
        ..old.clone()
    }
}

/// What is wrong with an edit of one of these variants.
pub(super) fn faults(
    axes: &[Axis],
    all: &[Variant],
    id: VariantId,
    patch: &Patch,
    currency: Currency,
) -> Faults {
    let old = all.iter().find(|variant| variant.id == id);
    old.map(|old| check(axes, all, &patched(old, patch.clone()), currency)).unwrap_or_default()
}

fn check(axes: &[Axis], all: &[Variant], new: &Variant, currency: Currency) -> Faults {
    let mut faults = Faults::default();
    check_price(&mut faults, "price", new.price, currency);
    if let Some(compare_at) = new.compare_at {
        check_price(&mut faults, "compare_at", compare_at, currency);
        let above = compare_at.amount_minor > new.price.amount_minor;
        faults.unless(above, "compare_at", "must be above the price, or null");
    }
    check_measures(&mut faults, "", new.measures);
    if let Some(text) = variant::misfit(axes, &new.choice) {
        faults.add("option_values", text);
    }
    let others = || all.iter().filter(|other| other.id != new.id);
    faults.unless(
        others().all(|other| other.choice != new.choice),
        "option_values",
        "another variant has the same",
    );
    let default = new.id.uuid() == new.product_id.uuid();
    let goes = default && new.status == Status::Archived;
    faults.unless(!goes, "status", "the default variant goes with its product; archive that");
    faults
}

/// Lets this many items of a variant be promised before they are there; whether that differs.
pub(super) async fn allow(
    tx: &mut Tx,
    product: ProductId,
    variant: VariantId,
    items: u32,
) -> Result<bool, Error> {
    let place = stock::open(tx.conn(), product, variant, None).await?;
    let place = place.ok_or(Error::BackorderInUse(items))?;
    let allowed = stock::allow_backorder(tx.conn(), variant, place, i64::from(items)).await?;
    allowed.ok_or(Error::BackorderInUse(items))
}
