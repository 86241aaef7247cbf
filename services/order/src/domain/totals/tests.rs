use proptest::prelude::*;

use super::*;

fn item(unit_price: i64, quantity: u32, tax_rate_ppm: u32) -> Item {
    Item { unit_price, quantity, tax_rate_ppm }
}

fn basket<'a>(items: &'a [Item], discounts: &'a [Discount]) -> Basket<'a> {
    Basket { items, discounts, shipping: 0, shipping_rate_ppm: 0, prices_include_tax: false, step: 1 }
}

#[test]
fn tax_comes_on_top_of_the_price_after_the_discount() {
    let items = [item(10_000, 2, 110_000), item(3_333, 3, 0)];
    let discounts = [all(Off::Percent { ppm: 100_000 })];
    let bill =
        bill(&Basket { shipping: 9_000, shipping_rate_ppm: 11_000, ..basket(&items, &discounts) }).unwrap();
    assert_eq!((bill.subtotal, bill.discount), (29_999, 3_000));
    assert_eq!(bill.lines[0], Line { subtotal: 20_000, discount: 2_000, tax: 1_980, total: 19_980 });
    assert_eq!(bill.lines[1], Line { subtotal: 9_999, discount: 1_000, tax: 0, total: 8_999 });
    assert_eq!((bill.shipping, bill.shipping_tax, bill.tax), (9_000, 99, 2_079));
    assert_eq!(bill.total, 29_999 - 3_000 + 9_000 + 2_079);
}

#[test]
fn prices_that_hold_their_tax_are_what_is_paid() {
    let items = [item(11_100, 1, 110_000)];
    let bill = bill(&Basket { prices_include_tax: true, shipping: 555, ..basket(&items, &[]) }).unwrap();
    assert_eq!((bill.total, bill.tax), (11_655, 1_100));
}

#[test]
fn discounts_follow_one_another_in_an_order_of_their_own() {
    let items = [item(1_000, 1, 0)];
    let fixed_first = [Off::Fixed { minor: 300 }, Off::FreeShipping, Off::Percent { ppm: 500_000 }].map(all);
    let bill = bill(&Basket { shipping: 70, ..basket(&items, &fixed_first) }).unwrap();
    assert_eq!(bill.taken, [300, 70, 500]);
    assert_eq!((bill.discount, bill.shipping, bill.total), (800, 0, 200));
}

#[test]
fn nothing_is_taken_off_that_is_not_there() {
    let items = [item(1_000, 1, 110_000)];
    let discounts = [Off::Fixed { minor: 5_000 }, Off::Percent { ppm: WHOLE_PPM }].map(all);
    let bill = bill(&basket(&items, &discounts)).unwrap();
    assert_eq!((bill.taken, bill.total, bill.tax), (vec![0, 1_000], 0, 0));
}

#[test]
fn rupiah_are_whole_where_nobody_takes_sen() {
    // 15 % off Rp 12.990 is Rp 1.948,50.
    let items = [item(1_299_000, 1, 110_000)];
    let discounts = [all(Off::Percent { ppm: 150_000 })];
    let with = |step| bill(&Basket { step, ..basket(&items, &discounts) }).unwrap();
    assert_eq!((with(1).discount, with(1).tax, with(1).total), (194_850, 121_457, 1_225_607));
    assert_eq!((with(100).discount, with(100).tax, with(100).total), (194_900, 121_500, 1_225_600));
    let fixed = [all(Off::Fixed { minor: 100_050 })];
    let off = bill(&Basket { step: 100, ..basket(&items, &fixed) }).unwrap();
    assert_eq!((off.discount, off.total % 100), (100_000, 0));
    // A price in sen is what the seller says.
    let sen = [item(1_299_050, 1, 0)];
    assert_eq!(bill(&Basket { step: 100, ..basket(&sen, &[]) }).unwrap().total, 1_299_050);
}

#[test]
fn what_does_not_fit_is_refused() {
    assert_eq!(bill(&basket(&[item(i64::MAX, 2, 0)], &[])), Err(TooLarge));
    assert_eq!(bill(&basket(&[item(i64::MAX, 1, 0), item(1, 1, 0)], &[])), Err(TooLarge));
    assert_eq!(bill(&basket(&[item(i64::MAX, 1, 110_000)], &[])), Err(TooLarge));
}

#[test]
fn what_is_for_some_goods_is_taken_off_those_alone_and_first() {
    let items = [item(1_000, 1, 0), item(1_000, 2, 0), item(500, 1, 0)];
    let half_of_two = Discount { goods: Goods::Some(vec![0, 2]), off: Off::Percent { ppm: 500_000 } };
    let discounts = [all(Off::Percent { ppm: 100_000 }), half_of_two];
    let bill = bill(&basket(&items, &discounts)).unwrap();
    // 750 off the two, then a tenth of the 2,750 that are left.
    assert_eq!(bill.taken, [275, 750]);
    assert_eq!(bill.lines.iter().map(|line| line.discount).collect::<Vec<_>>(), [550, 200, 275]);
    let too_much = Discount { goods: Goods::Some(vec![2]), off: Off::Fixed { minor: 9_000 } };
    assert_eq!(super::bill(&basket(&items, &[too_much])).unwrap().taken, [500], "as far as they go");
}

fn all(off: Off) -> Discount {
    Discount { goods: Goods::All, off }
}

fn any_off() -> impl Strategy<Value = Off> {
    prop_oneof![
        (0..=WHOLE_PPM).prop_map(|ppm| Off::Percent { ppm }),
        (0_i64..=100_000_000).prop_map(|minor| Off::Fixed { minor }),
        Just(Off::FreeShipping),
    ]
}

/// A discount of any kind, of all or of some of up to 40 items.
fn any_discount() -> impl Strategy<Value = Discount> {
    let goods = prop_oneof![
        Just(Goods::All),
        prop::collection::btree_set(0..40_usize, 1..8)
            .prop_map(|places| Goods::Some(places.into_iter().collect())),
    ];
    (goods, any_off()).prop_map(|(goods, off)| Discount { goods, off })
}

proptest! {
    /// Amounts as they are in yen (no decimals), rupiah (two) and dinar (three): from one unit to thousands of millions.
    #[test]
    fn the_lines_add_up_to_the_whole_to_the_minor_unit(
        rows in prop::collection::vec((0_i64..=5_000_000_000, 1_u32..=999, 0..=WHOLE_PPM), 1..40),
        discounts in prop::collection::vec(any_discount(), 0..=5),
        shipping in 0_i64..=50_000_000,
        shipping_rate_ppm in 0..=WHOLE_PPM,
        prices_include_tax: bool,
    ) {
        let items: Vec<Item> = rows.iter().map(|(price, quantity, rate)| item(*price, *quantity, *rate)).collect();
        let basket =
            Basket { items: &items, discounts: &discounts, shipping, shipping_rate_ppm, prices_include_tax, step: 1 };
        let bill = bill(&basket).unwrap();
        let of = |part: fn(&Line) -> i64| bill.lines.iter().map(part).sum::<i64>();
        let on_top = |tax: i64| if prices_include_tax { 0 } else { tax };
        prop_assert_eq!(of(|line| line.subtotal), bill.subtotal);
        prop_assert_eq!(of(|line| line.discount), bill.discount);
        prop_assert_eq!(of(|line| line.tax) + bill.shipping_tax, bill.tax);
        prop_assert_eq!(of(|line| line.total) + bill.shipping + on_top(bill.shipping_tax), bill.total);
        prop_assert_eq!(bill.subtotal - bill.discount + bill.shipping + on_top(bill.tax), bill.total);
        for line in &bill.lines {
            prop_assert!((0..=line.subtotal).contains(&line.discount));
            prop_assert_eq!(line.total, line.subtotal - line.discount + on_top(line.tax));
            prop_assert!(line.tax >= 0 && line.total >= 0);
        }
        let free = discounts.iter().any(|discount| discount.off == Off::FreeShipping);
        prop_assert_eq!(bill.shipping, if free { 0 } else { shipping });
        prop_assert_eq!(bill.shipping + bill.shipping_discount, shipping);
        prop_assert_eq!(bill.taken.iter().sum::<i64>(), bill.discount + bill.shipping_discount);
    }

    #[test]
    fn a_line_that_no_discount_is_for_is_paid_in_full(
        rows in prop::collection::vec((0_i64..=5_000_000_000, 1_u32..=999), 1..40),
        some in prop::collection::vec((prop::collection::btree_set(0..40_usize, 0..8), any_off()), 1..=5),
    ) {
        let items: Vec<Item> = rows.iter().map(|(price, quantity)| item(*price, *quantity, 110_000)).collect();
        let reached: std::collections::BTreeSet<usize> =
            some.iter().flat_map(|(places, _)| places).copied().collect();
        let discounts: Vec<Discount> = some
            .into_iter()
            .map(|(places, off)| Discount { goods: Goods::Some(places.into_iter().collect()), off })
            .collect();
        let bill = bill(&basket(&items, &discounts)).unwrap();
        for (place, line) in bill.lines.iter().enumerate() {
            prop_assert!(reached.contains(&place) || line.discount == 0);
        }
    }

    /// Prices in whole steps come to totals, taxes and shares in whole steps, which add up as those in minor units do.
    #[test]
    fn what_is_priced_in_steps_is_paid_in_steps(
        rows in prop::collection::vec((0_i64..=50_000_000, 1_u32..=999, 0..=WHOLE_PPM), 1..40),
        discounts in prop::collection::vec(any_discount(), 0..=5),
        shipping in 0_i64..=500_000,
        shipping_rate_ppm in 0..=WHOLE_PPM,
        prices_include_tax: bool,
        step in prop::sample::select(vec![10_i64, 100]),
    ) {
        let items: Vec<Item> =
            rows.iter().map(|(price, quantity, rate)| item(*price * step, *quantity, *rate)).collect();
        let shipping = shipping * step;
        let basket =
            Basket { items: &items, discounts: &discounts, shipping, shipping_rate_ppm, prices_include_tax, step };
        let bill = bill(&basket).unwrap();
        let on_top = if prices_include_tax { 0 } else { bill.tax };
        prop_assert_eq!(bill.subtotal - bill.discount + bill.shipping + on_top, bill.total);
        prop_assert_eq!(bill.lines.iter().map(|line| line.tax).sum::<i64>() + bill.shipping_tax, bill.tax);
        let figures = bill.lines.iter().flat_map(|line| [line.discount, line.tax, line.total]);
        for figure in figures.chain(bill.taken.iter().copied()).chain([bill.tax, bill.shipping_tax, bill.total]) {
            prop_assert_eq!(figure % step, 0);
        }
    }

    #[test]
    fn the_order_in_which_coupons_are_written_changes_nothing(
        rows in prop::collection::vec((1_i64..=5_000_000_000, 1_u32..=99), 1..6),
        discounts in prop::collection::vec(any_discount(), 2..=5),
    ) {
        let items: Vec<Item> = rows.iter().map(|(price, quantity)| item(*price, *quantity, 110_000)).collect();
        let mut turned = discounts.clone();
        turned.reverse();
        let (one, other) = (bill(&basket(&items, &discounts)).unwrap(), bill(&basket(&items, &turned)).unwrap());
        prop_assert_eq!((one.total, one.discount, one.tax), (other.total, other.discount, other.tax));
    }
}
