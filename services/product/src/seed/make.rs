//! Number → product: pure.

use uuid::Uuid;

use super::words::{COLOUR, COLOURS, GOODS, Goods, Kind, MANNERS, PACK, PACKS, PLACES, SIZE, SIZES};
use crate::domain::{
    product::{Axis, AxisText},
    slug,
    variant::{Choice, Measures},
};

/// Milliseconds since the epoch of the first product: 2026-01-01T00:00:00Z.
const BEGIN_MS: u64 = 1_767_225_600_000;
/// Between two products.
const STEP_MS: u64 = 60_000;

/// Names there are before they come again with a number.
const NAMES: usize = GOODS.len() * PLACES.len() * MANNERS.len();
/// From one product's name to the next one's: coprime to [`NAMES`], so that all come before one comes again.
const NAMES_STEP: usize = 7_919;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub name_en: String,
    pub description_en: String,
    pub category: &'static str,
    /// Its options, in both languages.
    pub axes: Vec<Axis>,
    pub variants: Vec<Variant>,
    pub created_ms: u64,
}

/// A variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub id: Uuid,
    pub sku: String,
    pub choice: Choice,
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub measures: Measures,
    pub barcode: String,
    pub stock: i64,
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same on every machine and in every version, which random crates don't promise.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// A UUIDv7 of this time.
    fn uuid(&mut self, ms: u64) -> Uuid {
        let (high, low) = (self.next(), self.next());
        let bits = (u128::from(ms) << 80) | (u128::from(high & 0xfff) << 64) | u128::from(low);
        let version = 0x7 << 76;
        let variant = 0b10_u128 << 62;
        Uuid::from_u128((bits & !(0b11 << 62)) | version | variant)
    }
}

/// The nth product of the catalogue with this number.
pub fn product(number: u64, n: u32) -> Product {
    let mut random = Random(number.wrapping_mul(0x1_0000_0001).wrapping_add(u64::from(n) << 20));
    random.next();
    let created_ms = BEGIN_MS + STEP_MS * u64::from(n);
    let id = random.uuid(created_ms);
    let Named { goods, place, manner, round } = named(number, n);
    let name = format!("{} {place} {}{}", goods.id, manner.0, again(" Seri", round));
    let (description, description_en) = describe(&mut random, goods, place, manner);
    // Of several seeds in one shop, too.
    let slug = format!("{}-{number}-{n}", slug::of(&name).unwrap_or_default());
    let sku = format!("{}{number}-{n:06}", &goods.category[..2].to_ascii_uppercase());
    let price = goods.price * 10_000 + 50_000 * i64::try_from(random.below(20)).unwrap_or(0);
    let (axes, variants) = variants(&mut random, goods, id, &sku, price, created_ms);
    Product {
        id,
        slug,
        name,
        description,
        name_en: format!("{} {} from {place}{}", manner.1, goods.en, again(", Series", round)),
        description_en,
        category: goods.category,
        axes,
        variants,
        created_ms,
    }
}

/// Of what a name is made.
struct Named {
    goods: &'static Goods,
    place: &'static str,
    manner: (&'static str, &'static str),
    /// How often the name was given before.
    round: usize,
}

/// The nth name of the catalogue with this number: none comes twice in a round.
fn named(number: u64, n: u32) -> Named {
    let n = usize::try_from(n).unwrap_or(0);
    let begin = usize::try_from(number % NAMES as u64).unwrap_or(0);
    let nth = (begin + n % NAMES * NAMES_STEP) % NAMES;
    let (goods, rest) = (&GOODS[nth % GOODS.len()], nth / GOODS.len());
    let (place, manner) = (PLACES[rest % PLACES.len()], MANNERS[rest / PLACES.len()]);
    Named { goods, place, manner, round: n / NAMES }
}

/// What tells a name from its likes of earlier rounds.
fn again(word: &str, round: usize) -> String {
    if round == 0 { String::new() } else { format!("{word} {}", round + 1) }
}

fn describe(random: &mut Random, goods: &Goods, place: &str, manner: (&str, &str)) -> (String, String) {
    let (made, sent) = (random.below(3), random.below(3));
    let id = ["dibuat tangan", "dibuat dalam jumlah kecil", "dipilih satu per satu"][made];
    let en = ["made by hand", "made in small batches", "picked one by one"][made];
    let id_sent = ["dikirim dalam sehari", "dikemas rapi", "siap dikirim ke seluruh Indonesia"][sent];
    let en_sent = ["sent within a day", "packed with care", "ready to be sent all over Indonesia"][sent];
    (
        format!("{} {} dari {place}: {id}, {id_sent}.", goods.id, manner.0.to_lowercase()),
        format!("{} {} from {place}: {en}, {en_sent}.", manner.1, goods.en.to_lowercase()),
    )
}

/// A word in Indonesian and English.
type Word = (&'static str, &'static str);
/// An option with its values.
fn axis((name, english): Word, values: &[Word]) -> Axis {
    let own = values.iter().map(|(value, _)| (*value).to_owned()).collect();
    // What is called the same is left out.
    let other = values.iter().filter(|(value, called)| value != called);
    let called = other.map(|(value, called)| ((*value).to_owned(), (*called).to_owned())).collect();
    let text = AxisText { name: english.to_owned(), values: called };
    Axis { translations: [("en".to_owned(), text)].into(), ..Axis::new(name, own) }
}

/// Values, grams and percent of the price of a variant.
type Made = (Vec<&'static str>, u32, i64);

fn variants(
    random: &mut Random,
    goods: &Goods,
    id: Uuid,
    sku: &str,
    price: i64,
    created_ms: u64,
) -> (Vec<Axis>, Vec<Variant>) {
    let (axes, kinds) = kinds(random, goods);
    let sale = random.below(5) == 0;
    let variant = |(position, (values, grams, percent)): (usize, Made)| {
        // A multiple of 50.000 minor units: the sandbox provider declines by the last digits of an amount.
        let price_minor = (price * percent / 100) / 50_000 * 50_000;
        let end = if position == 0 { String::new() } else { format!("-{position}") };
        Variant {
            id: if position == 0 { id } else { random.uuid(created_ms) },
            sku: format!("{sku}{end}"),
            choice: axes
                .iter()
                .zip(&values)
                .map(|(axis, value)| (axis.name.clone(), (*value).to_owned()))
                .collect(),
            price_minor,
            compare_at_minor: sale.then_some(price_minor / 4 * 5),
            measures: Measures { weight_grams: grams, length_mm: 250, width_mm: 180, height_mm: 60 },
            barcode: barcode(random),
            stock: stock(random),
        }
    };
    let variants = kinds.into_iter().enumerate().map(variant).collect();
    (axes, variants)
}

/// In what the goods come.
fn kinds(random: &mut Random, goods: &Goods) -> (Vec<Axis>, Vec<Made>) {
    match goods.kind {
        Kind::Single => {
            (vec![], vec![(vec![], 300 + 50 * u32::try_from(random.below(40)).unwrap_or(0), 100)])
        }
        Kind::Packed => {
            let packs = &PACKS[..1 + random.below(PACKS.len())];
            let kinds = packs.iter().map(|(pack, grams, percent)| (vec![*pack], grams + 30, *percent));
            let words: Vec<Word> = packs.iter().map(|(pack, ..)| (*pack, *pack)).collect();
            (vec![axis(PACK, &words)], kinds.collect())
        }
        Kind::Worn => {
            let first = random.below(COLOURS.len() - 1);
            let colours = &COLOURS[first..=first + random.below(2)];
            let sizes = SIZES.iter().flat_map(|(size, percent)| {
                colours.iter().map(move |(colour, _)| (vec![*size, *colour], 250, *percent))
            });
            let axes = vec![axis(SIZE, &SIZES.map(|(size, _)| (size, size))), axis(COLOUR, colours)];
            (axes, sizes.collect())
        }
    }
}

/// Most things are there in numbers, some are few, some are out.
fn stock(random: &mut Random) -> i64 {
    let count = |n: usize| i64::try_from(n).unwrap_or(0);
    match random.below(20) {
        0 => 0,
        1..=3 => count(1 + random.below(9)),
        _ => count(50 + random.below(950)),
    }
}

/// An EAN-13 of the numbers for use inside a shop, with its check digit.
fn barcode(random: &mut Random) -> String {
    let digits = format!("20{:010}", random.next() % 10_000_000_000);
    let weighted =
        digits.bytes().enumerate().map(|(n, digit)| u32::from(digit - b'0') * if n % 2 == 0 { 1 } else { 3 });
    let check = (10 - weighted.sum::<u32>() % 10) % 10;
    format!("{digits}{check}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_number_makes_the_same_catalogue_for_ever() {
        assert_eq!(product(7, 42), product(7, 42));
        assert_ne!(product(7, 42).id, product(8, 42).id);
        // A change here changes every seeded shop: it has to be meant.
        assert_eq!(product(1, 0).id.to_string(), "019b76da-a800-7811-9d15-73f64cbd37a8");
        assert_eq!(product(1, 0).name, "Kopi Robusta Gayo Premium");
    }

    #[test]
    fn twenty_thousand_products_share_nothing_that_is_unique() {
        let all: Vec<Product> = (0..20_000).map(|n| product(1, n)).collect();
        let distinct = |count: usize, what: &str| assert_eq!(count, all.len(), "{what}");
        distinct(all.iter().map(|p| p.id).collect::<BTreeSet<_>>().len(), "ids");
        distinct(all.iter().map(|p| &p.name).collect::<BTreeSet<_>>().len(), "names");
        distinct(all.iter().map(|p| &p.name_en).collect::<BTreeSet<_>>().len(), "English names");
        distinct(all.iter().map(|p| &p.slug).collect::<BTreeSet<_>>().len(), "slugs");
        let variants = || all.iter().flat_map(|p| &p.variants);
        assert_eq!(variants().map(|v| &v.sku).collect::<BTreeSet<_>>().len(), variants().count());
        assert_eq!(variants().map(|v| v.id).collect::<BTreeSet<_>>().len(), variants().count());
        for product in &all {
            assert_eq!(slug::fault(&product.slug), None, "{}", product.slug);
            assert_eq!((product.id.get_version_num(), product.variants[0].id), (7, product.id));
            assert!(product.variants.iter().all(|v| v.price_minor > 0 && v.price_minor % 50_000 == 0));
        }
        let places: BTreeSet<&str> = all.iter().flat_map(|p| p.name.split(' ')).collect();
        assert!(places.len() > 60, "the words are many: {}", places.len());
    }

    #[test]
    fn options_have_names_in_both_languages() {
        let worn = (0..200).map(|n| product(1, n)).find(|p| p.axes.len() == 2).unwrap();
        let english = |n: usize| worn.axes[n].translations["en"].clone();
        assert_eq!((english(0).name.as_str(), english(0).values.len()), ("Size", 0), "S is S");
        assert_eq!(english(1).name, "Colour");
        assert_eq!(english(1).values.len(), worn.axes[1].values.len());
    }

    #[test]
    fn a_barcode_ends_with_its_check_digit() {
        let code = barcode(&mut Random(1));
        let sum: u32 =
            code.bytes().enumerate().map(|(n, d)| u32::from(d - b'0') * if n % 2 == 0 { 1 } else { 3 }).sum();
        assert_eq!((code.len(), sum % 10), (13, 0));
    }
}
