use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::goods::Item;

fn idr(minor: i64) -> Money {
    Money::new(minor, "IDR".parse().unwrap())
}

fn place(country: &str, province: Option<&str>) -> Place {
    Place { country: country.into(), province: province.map(Into::into) }
}

fn rate(n: u128, service: &str, places: &[Place], base: i64) -> Rate {
    let terms = Terms {
        service: service.into(),
        name: service.into(),
        places: places.to_vec(),
        base: idr(base),
        by_weight: None,
        free_from_minor: None,
        weight_max_grams: None,
        days_min: 1,
        days_max: 3,
        active: true,
    };
    Rate { id: RateId(Uuid::from_u128(n)), terms, version: 1, created_at: OffsetDateTime::UNIX_EPOCH }
}

fn to(country: &str, province: &str) -> Destination {
    let (postal_code, city) = (String::new(), String::new());
    Destination { country: country.into(), province: province.into(), postal_code, city }
}

fn goods(weight_grams: u32, sides_mm: [u32; 3], quantity: u32) -> Goods {
    Goods { items: vec![Item { weight_grams, sides_mm, quantity }], subtotal: idr(5_000_000) }
}

fn by_weight(step_grams: u32, step_minor: i64, divisor: Option<u32>) -> Terms {
    Terms { by_weight: Some(ByWeight { step_grams, step_minor, divisor }), ..rate(1, "a", &[], 0).terms }
}

#[test]
fn the_closest_rate_of_a_service_counts() {
    let rates = [
        rate(1, "regular", &[], 900),
        rate(2, "regular", &[place("ID", None)], 700),
        rate(3, "regular", &[place("ID", Some("Papua"))], 800),
        rate(4, "express", &[place("ID", None)], 100),
    ];
    let priced = |country, province| {
        let offers = offers(&rates, &to(country, province), &goods(1, [0; 3], 1));
        offers
            .iter()
            .map(|(rate, price)| (rate.terms.service.clone(), price.amount_minor))
            .collect::<Vec<_>>()
    };
    assert_eq!(priced("ID", " PAPUA "), [("express".into(), 100), ("regular".into(), 800)]);
    assert_eq!(priced("ID", "Bali"), [("express".into(), 100), ("regular".into(), 700)]);
    assert_eq!(priced("SG", "Bali"), [("regular".into(), 900)]);
}

#[test]
fn of_two_that_fit_alike_the_cheaper_counts_and_what_is_switched_off_does_not() {
    let mut rates = [rate(1, "a", &[], 900), rate(2, "a", &[], 700)];
    let price = |rates: &[Rate]| offers(rates, &to("ID", ""), &goods(1, [0; 3], 1))[0].1.amount_minor;
    assert_eq!(price(&rates), 700);
    rates[1].terms.active = false;
    assert_eq!(price(&rates), 900);
}

#[test]
fn each_begun_step_costs() {
    let terms = by_weight(1000, 900_000, None);
    for (grams, minor) in [(0, 900_000), (1, 900_000), (1000, 900_000), (1001, 1_800_000), (2500, 2_700_000)]
    {
        assert_eq!(terms.price(&goods(grams, [0; 3], 1)), Some(idr(minor)), "{grams} g");
    }
}

#[test]
fn bulk_counts_where_it_is_more_than_weight() {
    // 30 cm × 30 cm × 40 cm = 36,000 cm³: 6 kg at IATA's divisor.
    let pillow = goods(800, [300, 300, 400], 1);
    assert_eq!(pillow.chargeable_grams(Some(6000)), 6000);
    assert_eq!(by_weight(1000, 10, Some(6000)).price(&pillow), Some(idr(60)));
    assert_eq!(by_weight(1000, 10, None).price(&pillow), Some(idr(10)));
    assert_eq!(goods(9000, [300, 300, 400], 1).chargeable_grams(Some(6000)), 9000);
}

#[test]
fn what_is_too_heavy_is_not_offered() {
    let terms = Terms { weight_max_grams: Some(2000), ..rate(1, "a", &[], 5).terms };
    assert_eq!(terms.price(&goods(1000, [0; 3], 2)), Some(idr(5)));
    assert_eq!(terms.price(&goods(1000, [0; 3], 3)), None);
}

#[test]
fn above_its_amount_it_is_free() {
    let at = |from| {
        Terms { free_from_minor: Some(from), ..rate(1, "a", &[], 5).terms }.price(&goods(1, [0; 3], 1))
    };
    assert_eq!(at(5_000_000), Some(idr(0)));
    assert_eq!(at(5_000_001), Some(idr(5)));
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let side = || 0..=crate::domain::goods::SIDE_MAX_MM;
    let item = (any::<u32>(), side(), side(), side(), 1..=u32::MAX);
    let item = item.prop_map(|(weight_grams, l, w, h, quantity)| Item {
        weight_grams,
        sides_mm: [l, w, h],
        quantity,
    });
    prop::collection::vec(item, 1..500)
}

proptest! {
    /// Whatever is asked within the limits of the contract, a price is right or absent: never negative, never wrapped.
    #[test]
    fn no_goods_are_too_many_to_count(
        items in items(), step in 1..=u32::MAX, minor in 0..=i64::MAX, base in 0..=i64::MAX, divisor in prop::option::of(1..=u32::MAX)
    ) {
        let goods = Goods { items, subtotal: idr(0) };
        let terms = Terms { base: idr(base), ..by_weight(step, minor, divisor) };
        let steps = goods.chargeable_grams(divisor).max(1).div_ceil(u128::from(step));
        let exact = steps.checked_mul(u128::try_from(minor).unwrap()).and_then(|sum| sum.checked_add(u128::try_from(base).unwrap()));
        let fits = exact.and_then(|exact| i64::try_from(exact).ok());
        match terms.price(&goods) {
            Some(price) => prop_assert_eq!(Some(price.amount_minor), fits),
            // Free steps of goods beyond 64 bits of steps are not worth the arithmetic.
            None => prop_assert!(fits.is_none() || steps > i64::MAX as u128),
        }
    }

    /// More of the same never costs less.
    #[test]
    fn more_goods_never_cost_less(weight in 0..100_000_u32, side in 0..2000_u32, count in 1..50_u32, step in 1..5000_u32) {
        let terms = by_weight(step, 7, Some(6000));
        let price = |n| terms.price(&goods(weight, [side; 3], n)).unwrap().amount_minor;
        prop_assert!(price(count) <= price(count + 1));
    }
}

#[test]
fn a_shop_sends_where_some_rate_goes() {
    use crate::domain::destinations::{Destinations, of};
    assert_eq!(of(&[]), Destinations::Everywhere);
    let mut rates = vec![
        rate(1, "regular", &[place("ID", Some("Bali")), place("ID", Some("Papua"))], 1),
        rate(2, "regular", &[place("SG", Some("Central")), place("SG", None)], 1),
    ];
    let countries = |rates: &[Rate]| match of(rates) {
        Destinations::Everywhere => panic!("there are places"),
        Destinations::Countries(countries) => countries.into_iter().collect::<Vec<_>>(),
    };
    let none = std::collections::BTreeSet::new();
    let some = ["Bali", "Papua"].map(str::to_owned).into();
    assert_eq!(countries(&rates), [("ID".into(), some), ("SG".into(), none.clone())]);
    rates.push(rate(3, "express", &[place("ID", None)], 1));
    assert_eq!(countries(&rates), [("ID".into(), none.clone()), ("SG".into(), none)]);
    rates.push(rate(4, "world", &[], 1));
    assert_eq!(of(&rates), Destinations::Everywhere);
    rates[3].terms.active = false;
    assert_ne!(of(&rates), Destinations::Everywhere);
}
