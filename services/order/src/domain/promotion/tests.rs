use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{event::ShippingChoice, id::CouponId, money::Money};

use super::*;
use crate::domain::{
    CartLine, Draft, Pick, Terms,
    coupon::Benefit,
    pick::{
        pick,
        tests::{id, offer},
    },
    scope::Scope,
    tax::{Place, TaxRate, TaxTable},
};

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

fn coupon(n: u128, benefit: Benefit, combines: bool) -> Counted {
    let at = OffsetDateTime::UNIX_EPOCH;
    let coupon = Coupon {
        id: CouponId(Uuid::from_u128(n)),
        code: format!("PROMO-{n}").parse().unwrap(),
        benefit,
        applies_to: None,
        minimum: None,
        starts_at: None,
        ends_at: None,
        limit_total: None,
        limit_per_user: None,
        combines,
        automatic: true,
        active: true,
        used: 0,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    (coupon, 0)
}

fn percent(n: u128, ppm: u32, combines: bool) -> Counted {
    coupon(n, Benefit::Percent { ppm }, combines)
}

fn picks(prices: &[(i64, u32)]) -> Vec<Pick> {
    let cart: Vec<CartLine> = (1_u128..)
        .zip(prices)
        .map(|(n, (_, quantity))| CartLine { product_id: id(n), variant_id: None, quantity: *quantity })
        .collect();
    let offers = (1_u128..).zip(prices).map(|(n, (price, _))| offer(n, *price, "IDR", 99)).collect();
    pick("IDR".parse().unwrap(), &cart, offers).unwrap()
}

fn taxes() -> TaxTable {
    TaxTable::new([TaxRate { class: "standard".into(), country: None, region: None, rate_ppm: 110_000 }])
}

fn draft(prices: &[(i64, u32)], sent: &[Counted], promotions: &[Counted], include: bool) -> Draft {
    let terms = Terms {
        step: 1,
        now: OffsetDateTime::UNIX_EPOCH,
        currency: "IDR".parse().unwrap(),
        prices_include_tax: include,
        taxes: &taxes(),
        place: Place::default(),
        coupons: sent,
        promotions,
        shipping: Some(ShippingChoice { service: "regular".into(), price: idr(900), quote_id: None }),
    };
    Draft::new(picks(prices), terms).unwrap()
}

fn codes(draft: &Draft) -> Vec<String> {
    draft.coupons.iter().map(|used| used.code.to_string()).collect()
}

#[test]
fn the_better_of_one_alone_and_all_together_applies() {
    let together = [percent(1, 100_000, true), coupon(2, Benefit::FreeShipping, true)];
    let [small, large] = [percent(3, 150_000, false), percent(4, 500_000, false)];
    let with = |one: &Counted| {
        codes(&draft(&[(1_000, 10)], &[], &[&together[..], std::slice::from_ref(one)].concat(), true))
    };
    assert_eq!(with(&small), ["PROMO-1", "PROMO-2"]);
    assert_eq!(with(&large), ["PROMO-4"]);
    let equal = [percent(6, 100_000, false), percent(5, 100_000, false)];
    assert_eq!(codes(&draft(&[(1_000, 10)], &[], &equal, true)), ["PROMO-5"], "the older of equal ones");
}

#[test]
fn a_coupon_that_was_sent_is_used_and_decides_what_joins_it() {
    let promotions = [percent(1, 100_000, true), percent(2, 900_000, false)];
    let sent = |combines| [percent(9, 50_000, combines)];
    assert_eq!(codes(&draft(&[(1_000, 1)], &sent(false), &promotions, true)), ["PROMO-9"]);
    assert_eq!(codes(&draft(&[(1_000, 1)], &sent(true), &promotions, true)), ["PROMO-9", "PROMO-1"]);
}

#[test]
fn what_takes_nothing_off_or_does_not_hold_is_not_used() {
    let mut late = percent(1, 100_000, true);
    late.0.minimum = Some(idr(1_001));
    let mut often = percent(2, 100_000, true);
    (often.0.limit_per_user, often.1) = (Some(1), 1);
    let whole = percent(3, 1_000_000, true);
    let nothing_left = coupon(4, Benefit::Fixed { amount: idr(5) }, true);
    let draft = draft(&[(1_000, 1)], &[], &[late, often, whole, nothing_left], true);
    assert_eq!((codes(&draft), draft.totals.total), (vec!["PROMO-3".to_owned()], idr(900)));
}

#[test]
fn a_promotion_for_some_goods_leaves_the_others_alone() {
    let mut some = percent(1, 500_000, true);
    some.0.applies_to = Some(Scope { product_ids: vec![id(2)], ..Scope::default() });
    // The minimum is of all goods.
    some.0.minimum = Some(idr(1_300));
    let mut others = percent(2, 900_000, true);
    others.0.applies_to = Some(Scope { product_ids: vec![id(9)], ..Scope::default() });
    let draft = draft(&[(1_000, 1), (300, 1)], &[], &[some, others], true);
    assert_eq!(codes(&draft), ["PROMO-1"]);
    let discounts: Vec<_> = draft.lines.iter().filter_map(|line| line.sold.discount).collect();
    assert_eq!((discounts, draft.totals.discount), (vec![idr(0), idr(150)], idr(150)));
}

fn any_promotion() -> impl Strategy<Value = (Benefit, bool, i64)> {
    let benefit = prop_oneof![
        (1..=1_000_000_u32).prop_map(|ppm| Benefit::Percent { ppm }),
        (1..50_000_i64).prop_map(|minor| Benefit::Fixed { amount: idr(minor) }),
        Just(Benefit::FreeShipping),
    ];
    (benefit, any::<bool>(), 1..60_000_i64)
}

proptest! {
    #[test]
    fn promotions_never_cost_anything_and_the_parts_add_up(
        prices in prop::collection::vec((0..20_000_i64, 1..5_u32), 1..6),
        all in prop::collection::vec(any_promotion(), 0..6),
        include in any::<bool>(),
    ) {
        let promotions: Vec<Counted> = (1_u128..).zip(&all).map(|(n, (benefit, combines, minimum))| {
            let (coupon, by_customer) = coupon(n, *benefit, *combines);
            (Coupon { minimum: Some(idr(*minimum)), ..coupon }, by_customer)
        }).collect();
        let reversed: Vec<Counted> = promotions.iter().rev().cloned().collect();
        let (without, with) = (draft(&prices, &[], &[], include), draft(&prices, &[], &promotions, include));
        prop_assert_eq!(&draft(&prices, &[], &reversed, include), &with, "whatever order they are read in");
        prop_assert!(with.totals.total.amount_minor <= without.totals.total.amount_minor);
        for alone in &promotions {
            let one = draft(&prices, &[], std::slice::from_ref(alone), include);
            prop_assert!(alone.0.combines || with.totals.total.amount_minor <= one.totals.total.amount_minor);
        }

        let minor = |money: Money| money.amount_minor;
        let totals = &with.totals;
        let lines: i64 = with.lines.iter().filter_map(|line| line.sold.total).map(minor).sum();
        let carriage = minor(totals.shipping) + if include { 0 } else { minor(totals.shipping_tax) };
        prop_assert_eq!(lines + carriage, minor(totals.total));
        let discounts: i64 = with.lines.iter().filter_map(|line| line.sold.discount).map(minor).sum();
        prop_assert_eq!(discounts, minor(totals.discount));
        prop_assert!(with.coupons.iter().all(|used| used.automatic && minor(used.amount) > 0));
        let alone = |used: &crate::domain::coupon::UsedCoupon| {
            promotions.iter().any(|(coupon, _)| coupon.id == used.coupon_id && !coupon.combines)
        };
        prop_assert!(with.coupons.len() < 2 || !with.coupons.iter().any(alone));
    }
}
