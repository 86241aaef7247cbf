//! Coupons: what they take off, and when they do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{currency::Currency, id::CouponId, money::Money};

use super::{
    pick::Pick,
    scope::Scope,
    totals::{Discount, Goods, Off},
};

/// What a coupon takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Benefit {
    /// A part of the goods' price, in parts per million: 10 % is 100000.
    Percent {
        #[schema(minimum = 1, maximum = 1000000)]
        ppm: u32,
    },
    /// An amount of the goods' price, as far as there is so much.
    Fixed { amount: Money },
    /// What shipping costs.
    FreeShipping,
}

impl Benefit {
    /// What it does to a bill.
    fn off(self) -> Off {
        match self {
            Self::Percent { ppm } => Off::Percent { ppm },
            Self::Fixed { amount } => Off::Fixed { minor: amount.amount_minor },
            Self::FreeShipping => Off::FreeShipping,
        }
    }
}

/// What customers type: letters, digits and `-`, in capitals whatever was typed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 3 to 40 letters, digits or -, such as HEMAT-10")]
pub struct NoCode;

impl FromStr for Code {
    type Err = NoCode;

    fn from_str(text: &str) -> Result<Self, NoCode> {
        let code = text.trim().to_ascii_uppercase();
        let fits = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits && (3..=40).contains(&code.len()) { Ok(Self(code)) } else { Err(NoCode) }
    }
}

impl TryFrom<String> for Code {
    type Error = NoCode;

    fn try_from(text: String) -> Result<Self, NoCode> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A coupon. As JSON it is what people say of it, without what is counted and noted by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coupon {
    pub id: CouponId,
    pub code: Code,
    pub benefit: Benefit,
    /// The goods it is for; all when none.
    pub applies_to: Option<Scope>,
    /// What all goods of the order must come to before any discount.
    pub minimum: Option<Money>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub starts_at: Option<OffsetDateTime>,
    /// It is not taken any more from then on.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ends_at: Option<OffsetDateTime>,
    /// Orders in all that may use it.
    pub limit_total: Option<u32>,
    /// Orders of one customer that may use it.
    pub limit_per_user: Option<u32>,
    /// Whether other coupons may be used with it.
    pub combines: bool,
    /// Whether it applies by itself; nobody types its code.
    pub automatic: bool,
    /// Whether it is taken at all.
    pub active: bool,
    /// Orders that use it now.
    #[serde(skip)]
    pub used: u32,
    /// Grows by one with each edit; uses do not count.
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub created_at: OffsetDateTime,
    #[serde(skip)]
    pub updated_at: OffsetDateTime,
}

/// Who uses which coupons, when, for what.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    pub now: OffsetDateTime,
    pub currency: Currency,
    pub picks: &'a [Pick],
    /// What the goods come to, in minor units.
    pub subtotal: i64,
    /// Coupons of the order in all.
    pub together: usize,
    /// Orders of this customer that use it already.
    pub by_customer: u32,
}

/// A coupon that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} {why}")]
pub struct RefusedCoupon {
    /// Among the coupons as they were sent.
    pub place: usize,
    pub code: Code,
    pub why: Unfit,
}

/// Why a coupon is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("is not known, or not taken any more")]
    Unknown,
    #[error("is not taken yet")]
    TooEarly,
    #[error("has ended")]
    Ended,
    #[error("is for orders of at least {0}")]
    TooLittle(Money),
    #[error("is for other goods than these")]
    OtherGoods,
    #[error("is for another currency")]
    OtherCurrency,
    #[error("can't be used with other coupons")]
    Alone,
    #[error("is used up")]
    UsedUp,
    #[error("was used by you as often as it may be")]
    UsedByCustomer,
}

impl Coupon {
    /// What it does to a bill of these goods.
    pub fn discount(&self, picks: &[Pick]) -> Discount {
        let goods = self.applies_to.as_ref().map_or(Goods::All, |scope| scope.goods(picks));
        Discount { goods, off: self.benefit.off() }
    }

    /// Whether it may be used so.
    ///
    /// # Errors
    ///
    /// The first reason why not.
    pub fn check(&self, wanted: &Use<'_>) -> Result<(), Unfit> {
        let other = |amount: Money| amount.currency != wanted.currency;
        let fixed = match self.benefit {
            Benefit::Fixed { amount } => Some(amount),
            Benefit::Percent { .. } | Benefit::FreeShipping => None,
        };
        let faults = [
            (!self.active, Unfit::Unknown),
            (self.starts_at.is_some_and(|start| wanted.now < start), Unfit::TooEarly),
            (self.ends_at.is_some_and(|end| wanted.now >= end), Unfit::Ended),
            (fixed.into_iter().chain(self.minimum).any(other), Unfit::OtherCurrency),
            (self.applies_to.as_ref().is_some_and(|scope| !scope.holds_any(wanted.picks)), Unfit::OtherGoods),
            (wanted.together > 1 && !self.combines, Unfit::Alone),
            (self.limit_total.is_some_and(|limit| self.used >= limit), Unfit::UsedUp),
            (self.limit_per_user.is_some_and(|limit| wanted.by_customer >= limit), Unfit::UsedByCustomer),
        ];
        if let Some((_, unfit)) = faults.into_iter().find(|(is_so, _)| *is_so) {
            return Err(unfit);
        }
        match self.minimum {
            Some(minimum) if wanted.subtotal < minimum.amount_minor => Err(Unfit::TooLittle(minimum)),
            _ => Ok(()),
        }
    }
}

/// A coupon as an order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsedCoupon {
    pub coupon_id: CouponId,
    #[schema(value_type = String)]
    pub code: Code,
    /// What it took off.
    pub amount: Money,
    /// Whether it applied by itself.
    #[serde(default)]
    pub automatic: bool,
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use uuid::Uuid;

    use super::*;

    fn idr(minor: i64) -> Money {
        Money::new(minor, "IDR".parse().unwrap())
    }

    fn coupon() -> Coupon {
        let now = OffsetDateTime::UNIX_EPOCH;
        Coupon {
            id: CouponId(Uuid::nil()),
            code: "hemat-10".parse().unwrap(),
            benefit: Benefit::Percent { ppm: 100_000 },
            applies_to: None,
            minimum: Some(idr(1_000)),
            starts_at: Some(now),
            ends_at: Some(now + Duration::days(1)),
            limit_total: Some(10),
            limit_per_user: Some(1),
            combines: false,
            automatic: false,
            active: true,
            used: 9,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn wanted() -> Use<'static> {
        let now = OffsetDateTime::UNIX_EPOCH;
        Use { now, currency: idr(0).currency, picks: &[], subtotal: 1_000, together: 1, by_customer: 0 }
    }

    #[test]
    fn a_coupon_is_taken_within_its_limits_alone() {
        let (coupon, wanted) = (coupon(), wanted());
        let minute = Duration::minutes(1);
        assert_eq!(coupon.check(&wanted), Ok(()));
        let cases = [
            (Use { now: wanted.now - minute, ..wanted }, Unfit::TooEarly),
            (Use { now: wanted.now + Duration::days(1), ..wanted }, Unfit::Ended),
            (Use { subtotal: 999, ..wanted }, Unfit::TooLittle(idr(1_000))),
            (Use { currency: "USD".parse().unwrap(), ..wanted }, Unfit::OtherCurrency),
            (Use { together: 2, ..wanted }, Unfit::Alone),
            (Use { by_customer: 1, ..wanted }, Unfit::UsedByCustomer),
        ];
        for (wanted, unfit) in cases {
            assert_eq!(coupon.check(&wanted), Err(unfit));
        }
        assert_eq!(Coupon { used: 10, ..coupon.clone() }.check(&wanted), Err(Unfit::UsedUp));
        let applies_to = Some(Scope { skus: vec!["KOPI".into()], ..Scope::default() });
        assert_eq!(Coupon { applies_to, ..coupon.clone() }.check(&wanted), Err(Unfit::OtherGoods));
        assert_eq!(Coupon { active: false, ..coupon }.check(&wanted), Err(Unfit::Unknown));
    }

    #[test]
    fn codes_are_in_capitals() {
        assert_eq!(" hemat-10 ".parse::<Code>().unwrap().to_string(), "HEMAT-10");
        for text in ["", "ab", "a b c", "ümlaut", &"A".repeat(41)] {
            assert_eq!(text.parse::<Code>(), Err(NoCode), "{text}");
        }
    }
}
