//! Administrators add and change coupons.

use time::OffsetDateTime;
use warung_chassis::db::Tx;
use warung_contracts::{
    id::{CouponId, UserId},
    money::Money,
};

use crate::{
    domain::{
        coupon::{Benefit, Code, Coupon},
        scope::Scope,
    },
    store::{
        changes::{self, Subject},
        coupons,
    },
};

/// A new coupon.
#[derive(Debug)]
pub struct New {
    pub code: Code,
    pub benefit: Benefit,
    /// The goods it is for; all when none.
    pub applies_to: Option<Scope>,
    pub minimum: Option<Money>,
    /// Whether it applies by itself.
    pub automatic: bool,
    pub terms: Terms,
}

/// What may change of a coupon later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub starts_at: Option<OffsetDateTime>,
    pub ends_at: Option<OffsetDateTime>,
    pub limit_total: Option<u32>,
    pub limit_per_user: Option<u32>,
    pub combines: bool,
    pub active: bool,
}

/// Adds a coupon; none when its code is taken.
///
/// # Errors
///
/// When the store is away.
pub async fn add(tx: &mut Tx, author: UserId, new: New) -> Result<Option<Coupon>, sqlx::Error> {
    let New { code, benefit, applies_to, minimum, automatic, terms } = new;
    let (id, now) = (CouponId(tx.new_uuid()), tx.now());
    let Terms { starts_at, ends_at, limit_total, limit_per_user, combines, active } = terms;
    let coupon = Coupon {
        id,
        code,
        benefit,
        applies_to,
        minimum,
        starts_at,
        ends_at,
        limit_total,
        limit_per_user,
        combines,
        automatic,
        active,
        used: 0,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    if !coupons::insert(tx.conn(), &coupon).await? {
        return Ok(None);
    }
    changes::insert(tx, author, (Subject::Coupon, id.uuid()), (None::<Coupon>, Some(&coupon))).await?;
    Ok(Some(coupon))
}

/// Why a coupon can't be changed or taken away.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no coupon {0}")]
    Unknown(CouponId),
    /// Somebody edited it since the caller read it.
    #[error("the coupon is at version {0}")]
    Changed(i64),
    #[error("orders used the coupon {0}")]
    InUse(Code),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// The coupon, locked, at the version that is expected; none means any.
async fn lock(tx: &mut Tx, id: CouponId, expected: Option<i64>) -> Result<Coupon, Error> {
    let coupon = coupons::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    match expected.is_some_and(|expected| expected != coupon.version) {
        true => Err(Error::Changed(coupon.version)),
        false => Ok(coupon),
    }
}

/// Takes a coupon away that no order ever used; of the version `expected` alone, where one is.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn remove(tx: &mut Tx, author: UserId, id: CouponId, expected: Option<i64>) -> Result<(), Error> {
    let coupon = lock(tx, id, expected).await?;
    if !coupons::delete(tx.conn(), id).await? {
        return Err(Error::InUse(coupon.code));
    }
    Ok(changes::insert(tx, author, (Subject::Coupon, id.uuid()), (Some(&coupon), None::<Coupon>)).await?)
}

/// Changes a coupon; of the version `expected` alone, where one is. A limit below what is used already lets nobody use it
/// any more.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn change(
    tx: &mut Tx,
    author: UserId,
    id: CouponId,
    expected: Option<i64>,
    change: impl FnOnce(Terms) -> Terms,
) -> Result<Coupon, Error> {
    let before = lock(tx, id, expected).await?;
    let Coupon { starts_at, ends_at, limit_total, limit_per_user, combines, active, .. } = before;
    let terms = change(Terms { starts_at, ends_at, limit_total, limit_per_user, combines, active });
    let coupon = Coupon {
        starts_at: terms.starts_at,
        ends_at: terms.ends_at,
        limit_total: terms.limit_total,
        limit_per_user: terms.limit_per_user,
        combines: terms.combines,
        active: terms.active,
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    coupons::update(tx.conn(), &coupon).await?;
    changes::insert(tx, author, (Subject::Coupon, id.uuid()), (Some(&before), Some(&coupon))).await?;
    Ok(coupon)
}
