//! Mails of orders: what is printed adds up.

use proptest::prelude::*;
use serde_json::{Value, json};
use warung_contracts::{
    event::{AppliedCoupon, OrderLine, Totals},
    id::ProductId,
    money::Money,
};

use super::*;

const MAILS: [&str; 2] = ["warung.order.placed.v1", "warung.order.confirmed.v1"];

/// An order as its events tell of it.
#[derive(Debug)]
struct Order {
    lines: Vec<OrderLine>,
    totals: Totals,
    coupons: Vec<AppliedCoupon>,
}

impl Order {
    fn event(&self) -> Value {
        let address = json!({
            "recipient": "Siti", "phone": "+62811", "line1": "Jl. Braga 1", "line2": "RT 2", "city": "Bandung",
            "province": "Jawa Barat", "postal_code": "40111", "country": "SG",
        });
        let Self { lines, totals, coupons } = self;
        let (shipping_address, total) = (address, totals.total);
        json!({"lines": lines, "totals": totals, "coupons": coupons, "total": total, "shipping_address": shipping_address})
    }
}

fn mail(event_type: &str, language: Language, event: &Value) -> Text {
    templates().render(kind(event_type, Channel::Email, language), None, event, facts()).unwrap()
}

/// Minor units of an amount as it is written.
fn read(text: &str, language: Language, exponent: u8) -> Option<i64> {
    let (group, point) = if language == Language::Indonesian { ('.', ',') } else { (',', '.') };
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (_, figure) = text.split_once(' ')?;
    let figure = figure.replace(group, "");
    let (major, minor) = figure.split_once(point).unwrap_or((&figure, ""));
    let minor: i64 = format!("{major}{minor:0<0$}", usize::from(exponent)).parse().ok()?;
    Some(if negative { -minor } else { minor })
}

/// The amounts of a paragraph's rows, in minor units: what stands behind the last two blanks of a line.
fn amounts(paragraph: &str, language: Language, exponent: u8) -> Vec<i64> {
    let amount = |line: &str| read(line.rsplit_once("  ")?.1, language, exponent);
    paragraph.lines().filter(|line| !line.starts_with(' ')).filter_map(amount).collect()
}

fn any_order() -> impl Strategy<Value = Order> {
    let lines = prop::collection::vec((0_i64..=5_000_000_000, 1_u32..=99, 0_i64..=100), 1..8);
    let rest = (0_i64..=9_000_000, any::<bool>(), 0_i64..=20, any::<bool>(), any::<bool>());
    (lines, rest, prop::sample::select(vec!["IDR", "USD", "JPY", "KWD"])).prop_map(
        |(lines, rest, currency)| {
            let money = |minor| Money::new(minor, currency.parse().unwrap());
            let (shipping, free, tax_percent, prices_include_tax, named) = rest;
            let line = |(price, quantity, off): (i64, u32, i64)| OrderLine {
                name: "Kopi Gayo".into(),
                sku: "GAYO".into(),
                discount: Some(money(price * i64::from(quantity) * off / 100)),
                ..OrderLine::new(ProductId(uuid::Uuid::nil()), quantity, money(price))
            };
            let lines: Vec<OrderLine> = lines.into_iter().map(line).collect();
            let sum = |of: &dyn Fn(&OrderLine) -> i64| lines.iter().map(of).sum::<i64>();
            let subtotal = sum(&|line| line.unit_price.amount_minor * i64::from(line.quantity));
            let discount = sum(&|line| line.discount.unwrap().amount_minor);
            let shipping_discount = if free { shipping } else { 0 };
            let shipping = shipping - shipping_discount;
            let tax = (subtotal - discount + shipping) * tax_percent / 100;
            let total = subtotal - discount + shipping + if prices_include_tax { 0 } else { tax };
            let coupon = |code: &str, minor| AppliedCoupon { code: code.into(), amount: money(minor) };
            let half = discount / 2;
            let coupons = vec![
                coupon("A-1", half),
                coupon("B-2", discount - half),
                coupon("ONGKIR", shipping_discount),
            ];
            let totals = Totals {
                subtotal: money(subtotal),
                discount: money(discount),
                shipping: money(shipping),
                shipping_discount: Some(money(shipping_discount)),
                shipping_tax: money(0),
                tax: money(tax),
                prices_include_tax,
                total: money(total),
            };
            Order { lines, totals, coupons: if named { coupons } else { vec![] } }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_numbers_of_a_mail_sum_to_the_total(order in any_order(), of in 0..2_usize, in_english: bool) {
        let language = if in_english { Language::English } else { Language::Indonesian };
        let exponent = order.totals.total.currency.exponent();
        let text = mail(MAILS[of], language, &order.event());
        let parts: Vec<Vec<i64>> =
            text.body.split("\n\n").map(|part| amounts(part, language, exponent)).filter(|part| !part.is_empty()).collect();
        let [items, figures] = &parts[..] else { panic!("{}", text.body) };
        prop_assert_eq!((items.len(), items.iter().sum::<i64>()), (order.lines.len(), figures[0]), "{}", text.body);
        let within = order.totals.prices_include_tax && order.totals.tax.amount_minor > 0;
        let (total, parts) = figures[..figures.len() - usize::from(within)].split_last().unwrap();
        prop_assert_eq!(parts.iter().sum::<i64>(), *total, "{}", text.body);
        prop_assert_eq!(*total, order.totals.total.amount_minor);
        if within {
            prop_assert_eq!(figures.last(), Some(&order.totals.tax.amount_minor));
        }
        let html = text.html.unwrap();
        for row in text.body.lines().filter(|line| amounts(line, language, exponent).len() == 1) {
            let amount = row.rsplit_once("  ").unwrap().1;
            prop_assert!(html.contains(&format!(">{amount}</td>")), "{amount}: {html}");
        }
    }
}

#[test]
fn amounts_of_a_mail_have_decimals_all_or_none() {
    let money = |minor| json!({"amount_minor": minor, "currency": "IDR"});
    let event = |tax: i64| {
        let line = json!({
            "product_id": ProductId(uuid::Uuid::nil()), "sku": "", "name": "Kaos", "quantity": 2, "unit_price": money(8_000_000),
        });
        json!({
            "lines": [line], "coupons": [], "total": money(16_000_000),
            "totals": {
                "subtotal": money(16_000_000), "discount": money(0), "shipping": money(0), "shipping_discount": money(0),
                "shipping_tax": money(0), "tax": money(tax), "prices_include_tax": true, "total": money(16_000_000),
            },
        })
    };
    let body = |tax| mail(MAILS[0], Language::English, &event(tax)).body;
    let (odd, even) = (body(3_703_701), body(3_703_700));
    assert!(odd.contains("IDR 37,037.01\n") && odd.contains("IDR 160,000.00\n"), "{odd}");
    assert_eq!(odd.matches("IDR ").count(), odd.matches(".0").count(), "{odd}");
    assert!(even.contains("IDR 37,037\n") && !even.contains(".0"), "{even}");
}

#[test]
fn an_order_that_costs_nothing_is_told_without_a_payment() {
    let zero = json!({"amount_minor": 0, "currency": "IDR"});
    let mut event = sample(MAILS[1]).unwrap();
    event["total"] = zero.clone();
    let cancelled = json!({"total": zero, "reason": "by_customer"});
    for language in Language::ALL {
        for channel in [Channel::Email, Channel::Push] {
            let told = |event_type, event: &Value| {
                let text =
                    templates().render(kind(event_type, channel, language), None, event, facts()).unwrap();
                // The bill says that it comes to nothing.
                let prose: Vec<&str> = text.body.lines().filter(|line| !line.contains("  ")).collect();
                format!("{}\n{}", text.subject, prose.join("\n"))
            };
            for text in [told(MAILS[1], &event), told("warung.order.cancelled.v1", &cancelled)] {
                for words in [
                    "IDR 0",
                    "Rp 0",
                    "have your payment",
                    "is paid",
                    "sudah dibayar",
                    "goes back",
                    "kembalikan",
                ] {
                    assert!(!text.contains(words), "{words}: {text}");
                }
            }
        }
    }
}

#[test]
fn a_mail_of_an_order_shows_all_of_it() {
    let money = |minor| json!({"amount_minor": minor, "currency": "IDR"});
    let event = json!({
        "lines": [{
            "product_id": ProductId(uuid::Uuid::nil()), "sku": "KAOS-ML", "name": "Kaos", "variant_name": "Merah / L",
            "quantity": 2, "unit_price": money(1_299_000), "discount": money(259_800),
        }],
        "totals": {
            "subtotal": money(2_598_000), "discount": money(259_800), "shipping": money(0),
            "shipping_discount": money(900_000), "shipping_tax": money(0), "tax": money(231_700),
            "prices_include_tax": true, "total": money(2_338_200),
        },
        "coupons": [{"code": "HEMAT-10", "amount": money(259_800)}, {"code": "ONGKIR", "amount": money(900_000)}],
        "total": money(2_338_200),
        "shipping_address": {
            "recipient": "Siti", "phone": null, "line1": "Jl. Braga 1", "line2": null, "city": "Bandung",
            "province": "Jawa Barat", "postal_code": "40111", "country": "SG",
        },
    });
    let shown = |rows: &[(&str, &str)], details: &[&str], language| {
        for event_type in MAILS {
            let body = mail(event_type, language, &event).body;
            for (words, amount) in rows {
                let found = body
                    .lines()
                    .any(|line| line.starts_with(words) && line.ends_with(&format!("  {amount}")));
                assert!(found, "{words} {amount}: {body}");
            }
            assert!(details.iter().all(|words| body.contains(words)), "{body}");
        }
    };
    let indonesian = [
        ("2 x Kaos, Merah / L (KAOS-ML)", "Rp 25.980"),
        ("Subtotal", "Rp 25.980"),
        ("Diskon (HEMAT-10)", "-Rp 2.598"),
        ("Diskon (ONGKIR)", "-Rp 9.000"),
        ("Ongkos kirim", "Rp 9.000"),
        ("Total", "Rp 23.382"),
        ("termasuk pajak", "Rp 2.317"),
    ];
    shown(
        &indonesian,
        &["@ Rp 12.990, diskon Rp 2.598", "Bandung, Jawa Barat 40111\nSingapura\n"],
        Language::Indonesian,
    );
    let english =
        [("Shipping", "IDR 9,000"), ("Discount (ONGKIR)", "-IDR 9,000"), ("of which tax", "IDR 2,317")];
    shown(&english, &["IDR 12,990 each, discount IDR 2,598", "\nSingapore\n"], Language::English);
}

#[test]
fn orders_of_before_there_were_totals_and_long_ones_are_told_too() {
    let money = json!({"amount_minor": 100, "currency": "IDR"});
    let line = json!({
        "product_id": ProductId(uuid::Uuid::nil()), "sku": "", "name": "Kopi", "quantity": 1, "unit_price": money,
    });
    let event = json!({"lines": vec![line; 500], "total": {"amount_minor": 50_000, "currency": "IDR"}});
    let text = mail(MAILS[0], Language::English, &event);
    assert_eq!(text.body.matches("1 x Kopi ").count(), 500);
    assert!(text.body.contains("IDR 500\n") && !text.body.contains("Subtotal"), "{}", text.body);
}
