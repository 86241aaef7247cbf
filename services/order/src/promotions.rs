//! The shop's promotions, kept for a moment, and how often a customer has used them.

use sqlx::PgPool;

use crate::{
    domain::coupon::Coupon,
    recent::Recent,
    store::{
        coupons,
        redemptions::{self, Customer},
    },
};

/// Coupons that apply by themselves.
#[derive(Debug, Clone, Default)]
pub struct Promotions(Recent<Vec<Coupon>>);

impl Promotions {
    /// Those there are now, or were a moment ago, each with the number of orders of this customer that use it. That is asked
    /// for where one is limited by customer; else it is 0, and no limit reads it.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn of(&self, pool: &PgPool, customer: &Customer) -> Result<Vec<(Coupon, u32)>, sqlx::Error> {
        let known = self.0.get(coupons::promotions(pool)).await?;
        if known.iter().all(|coupon| coupon.limit_per_user.is_none()) {
            return Ok(known.iter().map(|coupon| (coupon.clone(), 0)).collect());
        }
        let codes: Vec<_> = known.iter().map(|coupon| coupon.code.clone()).collect();
        let mut counted = redemptions::find(pool, &codes, customer).await?;
        Ok(codes.iter().filter_map(|code| counted.remove(code)).collect())
    }

    /// Forgets them: one changed, or is used up.
    pub fn forget(&self) {
        self.0.forget();
    }
}
