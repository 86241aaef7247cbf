//! A product as somebody writes it down, in a form or in a line of a file, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use warung_contracts::{currency::Currency, id::CategoryId, money::Money};

use super::{
    locale::{self, LANGUAGES_MAX},
    product::{Axis, Medium, Status, Text, Translations},
    slug,
    variant::{self, Choice, Measures, PRICE_MAX_MINOR, VARIANTS_MAX},
};

/// Options of a product at most.
const AXES_MAX: usize = 5;
/// Values of an option at most.
const VALUES_MAX: usize = 100;
/// Pictures of a product at most.
const MEDIA_MAX: usize = 50;
/// Items of a first stock or of a count at most.
const STOCK_MAX: u32 = 1_000_000;
/// What is said of half of a count of then.
const BOTH: &str =
    "is left out: take stock_was and stock_movement from an export, or neither for a count of now";

/// A product that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Made of the name when there is none.
    pub slug: Option<String>,
    pub text: Text,
    pub category_id: Option<CategoryId>,
    pub status: Status,
    pub tax_class: String,
    pub axes: Vec<Axis>,
    /// The first is the default variant; there is always one.
    pub variants: Vec<VariantDraft>,
    pub media: Vec<Medium>,
    pub translations: Translations,
}

/// A variant that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantDraft {
    pub sku: String,
    pub choice: Choice,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub measures: Measures,
    pub barcode: Option<String>,
    pub max_quantity: u32,
    pub low_stock_at: u32,
    /// Items that are there; none says nothing about it.
    pub stock: Option<u32>,
    /// How many there were when a file was written, and the last movement of any stock then: both or neither.
    pub stock_was: Option<u32>,
    pub stock_movement: Option<i64>,
    /// The file that says so, by which a count of now that was booked already is known.
    pub import: Option<Uuid>,
    /// Items that may be promised before they are there; none says nothing about it.
    pub backorder: Option<u32>,
}

/// What is said of a variant's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// There are so many now; a file's is booked once.
    Now { items: u32, import: Option<Uuid> },
    /// There should have been so many when there were others by the books, after this movement of any stock.
    Then { items: u32, was: u32, movement: i64 },
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Such as `variants[1].price`.
    pub field: String,
    pub text: String,
}

/// Collects faults.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, field: impl Into<String>, text: impl Into<String>) {
        self.0.push(Fault { field: field.into(), text: text.into() });
    }

    /// Notes a fault unless it holds.
    pub fn unless(&mut self, holds: bool, field: impl Into<String>, text: impl Into<String>) {
        if !holds {
            self.add(field, text);
        }
    }

    /// Checks what is said in several languages, by their tags.
    fn languages<T>(&mut self, field: &str, said: &BTreeMap<String, T>, check: impl Fn(&mut Self, &str, &T)) {
        let few = said.len() <= LANGUAGES_MAX;
        self.unless(few, field, format!("must have at most {LANGUAGES_MAX} languages"));
        for (tag, text) in said {
            let at = format!("{field}.{tag}");
            self.unless(locale::is_tag(tag), &at, "is no language tag such as en or pt-BR");
            check(self, &at, text);
        }
    }

    fn text(&mut self, field: &str, text: &str, characters: std::ops::RangeInclusive<usize>) {
        let (least, most) = (*characters.start(), *characters.end());
        let fits = characters.contains(&text.chars().count());
        self.unless(fits, field, format!("must be {least} to {most} characters long"));
        self.unless(!fits || least == 0 || !text.trim().is_empty(), field, "is blank");
        // PostgreSQL's text holds no NUL.
        self.unless(!text.contains('\0'), field, "leave out the character NUL");
    }

    /// A text on one line, as labels, lists and the subjects of mails repeat it.
    fn line(&mut self, field: &str, text: &str, characters: std::ops::RangeInclusive<usize>) {
        self.text(field, text, characters);
        let broken = text.contains(|c: char| c.is_control() && c != '\0');
        self.unless(!broken, field, "leave out line breaks and other control characters");
    }
}

impl Draft {
    /// Everything that is wrong with it in a shop of this currency.
    pub fn faults(&self, currency: Currency) -> Vec<Fault> {
        let mut faults = Faults::default();
        if let Some(text) = self.slug.as_deref().and_then(slug::fault) {
            faults.add("slug", text);
        }
        check_text(&mut faults, "", &self.text);
        check_tax_class(&mut faults, &self.tax_class);
        check_axes(&mut faults, &self.axes);
        check_media(&mut faults, &self.media);
        check_translations(&mut faults, &self.translations);
        self.check_variants(&mut faults, currency);
        faults.0
    }

    fn check_variants(&self, faults: &mut Faults, currency: Currency) {
        let count = (1..=VARIANTS_MAX).contains(&self.variants.len());
        faults.unless(count, "variants", format!("must have 1 to {VARIANTS_MAX} entries"));
        let (mut skus, mut choices) = (BTreeSet::new(), BTreeSet::new());
        for (n, variant) in self.variants.iter().enumerate() {
            // The default variant's fields are the product's own.
            let at = if n == 0 { String::new() } else { format!("variants[{}].", n - 1) };
            variant.check(faults, &at, currency);
            if let Some(text) = variant::misfit(&self.axes, &variant.choice) {
                faults.add(format!("{at}option_values"), text);
            }
            faults.unless(skus.insert(&variant.sku), format!("{at}sku"), "another variant has it");
            let new = choices.insert(&variant.choice);
            faults.unless(new, format!("{at}option_values"), "another variant has the same");
        }
    }
}

impl VariantDraft {
    /// What it says of its stock.
    pub fn count(&self) -> Option<Count> {
        let then = self.stock_was.zip(self.stock_movement);
        self.stock.map(|items| match then {
            Some((was, movement)) => Count::Then { items, was, movement },
            None => Count::Now { items, import: self.import },
        })
    }

    /// Notes what is wrong with it; `at` is what fields are called after.
    pub fn check(&self, faults: &mut Faults, at: &str, currency: Currency) {
        faults.unless(
            is_sku(&self.sku),
            format!("{at}sku"),
            "must be 1 to 64 letters, digits, '.', '_' and '-'",
        );
        check_price(faults, &format!("{at}price"), self.price, currency);
        if let Some(compare_at) = self.compare_at {
            check_price(faults, &format!("{at}compare_at"), compare_at, currency);
            let above = compare_at.amount_minor > self.price.amount_minor;
            faults.unless(above, format!("{at}compare_at"), "must be above the price, or left out");
        }
        check_measures(faults, at, self.measures);
        if let Some(barcode) = &self.barcode {
            faults.line(&format!("{at}barcode"), barcode, 1..=64);
        }
        let stock = self.stock.is_none_or(|stock| stock <= STOCK_MAX);
        faults.unless(stock, format!("{at}stock"), format!("must be at most {STOCK_MAX}"));
        // One without the other could be booked twice, or as a count that nobody made.
        let (was, movement) = (self.stock_was.is_some(), self.stock_movement.is_some());
        faults.unless(was || !movement, format!("{at}stock_was"), BOTH);
        faults.unless(movement || !was, format!("{at}stock_movement"), BOTH);
        let backorder = self.backorder.is_none_or(|items| items <= STOCK_MAX);
        faults.unless(backorder, format!("{at}backorder"), format!("must be at most {STOCK_MAX}"));
        faults.unless(
            self.low_stock_at <= STOCK_MAX,
            format!("{at}low_stock_at"),
            format!("must be at most {STOCK_MAX}"),
        );
        faults.unless(self.max_quantity <= 999, format!("{at}max_quantity"), "must be at most 999");
    }
}

/// Whether a text can be a SKU.
pub fn is_sku(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// Name and description; `at` is what fields are called after.
pub fn check_text(faults: &mut Faults, at: &str, text: &Text) {
    faults.line(&format!("{at}name"), &text.name, 1..=200);
    faults.text(&format!("{at}description"), &text.description, 0..=10_000);
}

/// The name of a tax class.
pub fn check_tax_class(faults: &mut Faults, class: &str) {
    let name = (1..=40).contains(&class.len())
        && class.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    faults.unless(name, "tax_class", "must be 1 to 40 lower-case letters, digits, '_' and '-'");
}

/// A price in the shop's currency.
pub fn check_price(faults: &mut Faults, field: &str, price: Money, currency: Currency) {
    if price.currency != currency {
        faults.add(format!("{field}.currency"), format!("this shop sells in {currency} alone"));
    }
    let range = (1..=PRICE_MAX_MINOR).contains(&price.amount_minor);
    faults.unless(
        range,
        field,
        format!("amount_minor is 1 to {PRICE_MAX_MINOR}, in minor units of the currency"),
    );
}

/// Weight and size.
pub fn check_measures(faults: &mut Faults, at: &str, measures: Measures) {
    let Measures { weight_grams, length_mm, width_mm, height_mm } = measures;
    faults.unless(weight_grams <= 1_000_000, format!("{at}measures.weight_grams"), "must be at most 1000000");
    let sizes = [("length_mm", length_mm), ("width_mm", width_mm), ("height_mm", height_mm)];
    for (name, size) in sizes {
        faults.unless(size <= 100_000, format!("{at}measures.{name}"), "must be at most 100000");
    }
}

/// Options and their values.
pub fn check_axes(faults: &mut Faults, axes: &[Axis]) {
    faults.unless(axes.len() <= AXES_MAX, "options", format!("must have at most {AXES_MAX} entries"));
    let mut names = BTreeSet::new();
    for (n, axis) in axes.iter().enumerate() {
        let at = format!("options[{n}]");
        faults.line(&format!("{at}.name"), &axis.name, 1..=40);
        faults.unless(names.insert(&axis.name), format!("{at}.name"), "another option has it");
        let count = (1..=VALUES_MAX).contains(&axis.values.len());
        faults.unless(count, format!("{at}.values"), format!("must have 1 to {VALUES_MAX} entries"));
        let distinct: BTreeSet<&String> = axis.values.iter().collect();
        faults.unless(distinct.len() == axis.values.len(), format!("{at}.values"), "names a value twice");
        for (m, value) in axis.values.iter().enumerate() {
            faults.line(&format!("{at}.values[{m}]"), value, 1..=60);
        }
        check_axis_texts(faults, &at, axis);
    }
}

/// What an option is called in other languages.
fn check_axis_texts(faults: &mut Faults, at: &str, axis: &Axis) {
    faults.languages(&format!("{at}.translations"), &axis.translations, |faults, at, text| {
        faults.line(&format!("{at}.name"), &text.name, 1..=40);
        for (value, called) in &text.values {
            let at = format!("{at}.values.{value}");
            faults.unless(axis.values.contains(value), &at, "is no value of the option");
            faults.line(&at, called, 1..=60);
        }
    });
}

/// References of pictures.
pub fn check_media(faults: &mut Faults, media: &[Medium]) {
    faults.unless(media.len() <= MEDIA_MAX, "media", format!("must have at most {MEDIA_MAX} entries"));
    for (n, Medium { url, alt }) in media.iter().enumerate() {
        let at = format!("media[{n}]");
        let place = url.starts_with("https://") || (url.starts_with('/') && !url.starts_with("//"));
        let plain = url.len() <= 2000 && !url.contains(|c: char| c.is_control() || c.is_whitespace());
        faults.unless(place && plain, format!("{at}.url"), "begins with https:// or / and has no spaces");
        faults.text(&format!("{at}.alt"), alt, 0..=500);
    }
}

/// Texts by language.
pub fn check_translations(faults: &mut Faults, translations: &BTreeMap<String, Text>) {
    faults.languages("translations", translations, |faults, at, text| {
        check_text(faults, &format!("{at}."), text);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idr(amount_minor: i64) -> Money {
        Money::new(amount_minor, "IDR".parse().unwrap())
    }

    fn variant(sku: &str, choice: &[(&str, &str)]) -> VariantDraft {
        VariantDraft {
            sku: sku.into(),
            choice: choice.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect(),
            price: idr(100),
            compare_at: None,
            measures: Measures::default(),
            barcode: None,
            max_quantity: 0,
            low_stock_at: 0,
            stock: None,
            stock_was: None,
            stock_movement: None,
            import: None,
            backorder: None,
        }
    }

    fn draft() -> Draft {
        Draft {
            slug: None,
            text: Text { name: "Kaos".into(), description: String::new() },
            category_id: None,
            status: Status::Active,
            tax_class: "standard".into(),
            axes: vec![Axis::new("Size", vec!["M".into(), "L".into()])],
            variants: vec![variant("K-M", &[("Size", "M")]), variant("K-L", &[("Size", "L")])],
            media: vec![],
            translations: Translations::new(),
        }
    }

    fn fields(draft: &Draft) -> Vec<String> {
        draft.faults("IDR".parse().unwrap()).into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_sound_draft_has_no_fault() {
        assert_eq!(fields(&draft()), Vec::<String>::new());
    }

    #[test]
    fn each_fault_names_its_field() {
        let with = |change: fn(&mut Draft)| {
            let mut draft = draft();
            change(&mut draft);
            fields(&draft)
        };
        assert_eq!(with(|d| d.slug = Some("A b".into())), ["slug"]);
        assert_eq!(with(|d| d.text.name = "a\0".into()), ["name"]);
        assert_eq!(with(|d| d.text.name = "a\r\nBcc: b".into()), ["name"]);
        assert_eq!(with(|d| d.text.description = "a\r\nb".into()), [""; 0]);
        assert_eq!(with(|d| d.text.name = "   ".into()), ["name"]);
        assert_eq!(with(|d| d.variants[1].sku = "K-M".into()), ["variants[0].sku"]);
        assert_eq!(
            with(|d| d.variants[1].choice = d.variants[0].choice.clone()),
            ["variants[0].option_values"]
        );
        assert_eq!(with(|d| d.variants[0].compare_at = Some(idr(100))), ["compare_at"]);
        assert_eq!(with(|d| d.variants[0].price = Money::new(1, "USD".parse().unwrap())), ["price.currency"]);
        assert_eq!(with(|d| d.axes[0].values.push("M".into())), ["options[0].values"]);
        assert_eq!(
            with(|d| d.media = vec![Medium { url: "//evil".into(), alt: String::new() }]),
            ["media[0].url"]
        );
        assert_eq!(with(|d| d.variants.clear()), ["variants"]);
    }
}
