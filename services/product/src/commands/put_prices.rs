//! Writes price lists and their prices.

use std::collections::{BTreeMap, BTreeSet};

use warung_chassis::db::Tx;
use warung_contracts::{
    currency::Currency,
    id::{PriceListId, ProductId, VariantId},
    money::Money,
};

use super::{Error, tell, trail};
use crate::{
    domain::{
        draft::{Faults, check_price},
        price_list::{Period, PriceList},
    },
    store::price_lists,
};

/// A list that is to be.
#[derive(Debug, Clone)]
pub struct NewList {
    pub name: String,
    pub priority: i32,
    pub active: bool,
    pub period: Period,
}

/// Adds a list without prices.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn add(tx: &mut Tx, new: NewList, actor: &str) -> Result<PriceList, Error> {
    let NewList { name, priority, active, period } = new;
    let list = PriceList { id: PriceListId(tx.new_uuid()), name, priority, active, period, version: 1 };
    save(tx, &list).await?;
    trail::added(tx, actor, &list).await?;
    Ok(list)
}

/// What to change; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub name: Option<String>,
    pub priority: Option<i32>,
    pub active: Option<bool>,
    /// `Some(None)` takes the bound away.
    pub from: Option<Option<time::OffsetDateTime>>,
    /// `Some(None)` takes the bound away.
    pub until: Option<Option<time::OffsetDateTime>>,
}

/// Edits a list, if it is at the version `expected`; none means any.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn edit(
    tx: &mut Tx,
    id: PriceListId,
    expected: Option<i64>,
    patch: Patch,
    actor: &str,
) -> Result<PriceList, Error> {
    let old = lock(tx, id, expected).await?;
    let Patch { name, priority, active, from, until } = patch;
    let period = Period { from: from.unwrap_or(old.period.from), until: until.unwrap_or(old.period.until) };
    let new = PriceList {
        id,
        name: name.unwrap_or_else(|| old.name.clone()),
        priority: priority.unwrap_or(old.priority),
        active: active.unwrap_or(old.active),
        period,
        version: old.version,
    };
    if new == old {
        return Ok(old);
    }
    let new = PriceList { version: old.version + 1, ..new };
    save(tx, &new).await?;
    trail::edited(tx, actor, &old, &new).await?;
    let products = price_lists::products_of(tx.conn(), id).await?;
    tell::changed(tx, products).await?;
    Ok(new)
}

/// The list at the version that is expected.
async fn lock(tx: &mut Tx, id: PriceListId, expected: Option<i64>) -> Result<PriceList, Error> {
    let list = price_lists::lock(tx.conn(), id).await?.ok_or(Error::NoPriceList(id))?;
    Error::unless_at(expected, list.version)?;
    Ok(list)
}

async fn save(tx: &mut Tx, list: &PriceList) -> Result<(), Error> {
    if !list.period.is_sound() {
        return Err(Error::field("valid_until", "must be after valid_from"));
    }
    let now = tx.now();
    Ok(price_lists::put(tx.conn(), list, now).await?)
}

/// Takes a list away, if it is at the version `expected`; none means any. What it made cheaper or dearer costs what other lists
/// say, or its own price.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn remove(tx: &mut Tx, id: PriceListId, expected: Option<i64>, actor: &str) -> Result<(), Error> {
    let old = lock(tx, id, expected).await?;
    let (products, now) = (price_lists::products_of(tx.conn(), id).await?, tx.now());
    price_lists::delete(tx.conn(), id, actor, now).await?;
    trail::removed(tx, actor, &old).await?;
    Ok(tell::changed(tx, products).await?)
}

/// Sets prices of a list; none takes a variant out of it.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn set(
    tx: &mut Tx,
    id: PriceListId,
    prices: &[(VariantId, Option<Money>)],
    currency: Currency,
    actor: &str,
) -> Result<(), Error> {
    price_lists::lock(tx.conn(), id).await?.ok_or(Error::NoPriceList(id))?;
    let mut faults = Faults::default();
    let mut distinct = BTreeSet::new();
    for (n, (variant, price)) in prices.iter().enumerate() {
        if let Some(price) = price {
            check_price(&mut faults, &format!("items[{n}].price"), *price, currency);
        }
        faults.unless(distinct.insert(*variant), format!("items[{n}].variant_id"), "is named twice");
    }
    let ids: Vec<VariantId> = distinct.into_iter().collect();
    let known: BTreeMap<VariantId, ProductId> =
        price_lists::variants(tx.conn(), &ids).await?.into_iter().collect();
    for (n, (variant, _)) in prices.iter().enumerate() {
        let there = known.contains_key(variant);
        faults.unless(there, format!("items[{n}].variant_id"), "there is no such variant");
    }
    faults.none()?;
    let minors: Vec<(VariantId, Option<i64>)> =
        prices.iter().map(|(variant, price)| (*variant, price.map(|price| price.amount_minor))).collect();
    let now = tx.now();
    price_lists::set_prices(tx.conn(), id, &minors, actor, now).await?;
    let products: BTreeSet<ProductId> = known.into_values().collect();
    Ok(tell::changed(tx, products).await?)
}
