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
        created_at: now,
        updated_at: now,
    };
    if !coupons::insert(tx.conn(), &coupon).await? {
        return Ok(None);
    }
    changes::insert(tx, author, (Subject::Coupon, id.uuid()), (None::<Coupon>, Some(&coupon))).await?;
    Ok(Some(coupon))
}

/// Changes a coupon; none when there is no such. A limit below what is used already lets nobody use it any more.
///
/// # Errors
///
/// When the store is away.
pub async fn change(
    tx: &mut Tx,
    author: UserId,
    id: CouponId,
    change: impl FnOnce(Terms) -> Terms,
) -> Result<Option<Coupon>, sqlx::Error> {
    let Some(before) = coupons::lock(tx.conn(), id).await? else { return Ok(None) };
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
        ..before.clone()
    };
    coupons::update(tx.conn(), &coupon).await?;
    changes::insert(tx, author, (Subject::Coupon, id.uuid()), (Some(&before), Some(&coupon))).await?;
    Ok(Some(coupon))
}
