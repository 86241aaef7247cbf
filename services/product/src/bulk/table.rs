//! Rows of CSV ↔ products: one row a variant, the default variant's row holds what is the product's.

use std::collections::BTreeMap;

use warung_chassis::csv;

use super::{
    cells,
    record::{Record, VariantRecord},
};
use crate::domain::{
    product::{Axis, Medium, Status, TAX_CLASS_DEFAULT, Text, Translations},
    variant::{Choice, Measures},
    written,
};

/// The columns there can be, in the order of an export; then `name:<language>` and `description:<language>`.
pub const COLUMNS: [&str; 24] = [
    "product_sku",
    "sku",
    "slug",
    "name",
    "description",
    "category",
    "status",
    "tax_class",
    "all_options",
    "options",
    "price_minor",
    "compare_at_minor",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "barcode",
    "max_quantity",
    "low_stock_at",
    "stock",
    "stock_was",
    "stock_movement",
    "backorder",
    "media",
];
/// The columns there must be.
const REQUIRED: [&str; 3] = ["sku", "name", "price_minor"];

/// A fault of a cell: its column and why.
pub type CellFault = (String, String);

/// What the columns of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(Vec<String>);

impl Header {
    /// Reads the first row.
    ///
    /// # Errors
    ///
    /// Every column that is not known, missing or there twice.
    pub fn read(cells: Vec<String>) -> Result<Self, Vec<CellFault>> {
        let names: Vec<String> =
            cells.iter().map(|cell| cell.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        // As spreadsheets write CSV where the comma is in numbers.
        if let [name] = names.as_slice()
            && let Some(separator) = name.chars().find(|c| matches!(c, ';' | '\t'))
        {
            let told =
                format!("columns are separated by {separator:?}: save the file with commas between them");
            return Err(vec![(String::new(), told)]);
        }
        let mut faults: Vec<CellFault> = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let text = name.split_once(':').is_some_and(|(kind, _)| kind == "name" || kind == "description");
            if !text && !COLUMNS.contains(&name.as_str()) {
                faults.push((name.clone(), format!("is not known; there is {}", COLUMNS.join(", "))));
            } else if names[..n].contains(name) {
                faults.push((name.clone(), "is there twice".into()));
            }
        }
        let missing = REQUIRED.iter().filter(|column| !names.iter().any(|name| name == *column));
        faults.extend(missing.map(|column| ((*column).to_owned(), "is missing".to_owned())));
        if faults.is_empty() { Ok(Self(names)) } else { Err(faults) }
    }

    /// Whether rows can say that they are of one product.
    pub fn groups(&self) -> bool {
        self.0.iter().any(|name| name == "product_sku")
    }

    /// A row by the names of its columns.
    ///
    /// # Errors
    ///
    /// When it has another number of cells.
    pub fn row(&self, cells: Vec<String>) -> Result<Row, CellFault> {
        if cells.len() != self.0.len() {
            let text = format!("has {} cells and the header {}", cells.len(), self.0.len());
            return Err(("row".into(), text));
        }
        let cells = cells.iter().map(|cell| csv::unguard(cell).to_owned());
        Ok(Row(self.0.iter().cloned().zip(cells).collect()))
    }
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row(BTreeMap<String, String>);

impl Row {
    fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    fn some(&self, column: &str) -> Option<String> {
        Some(self.get(column)).filter(|cell| !cell.is_empty()).map(str::to_owned)
    }

    /// SKU of its variant.
    pub fn sku(&self) -> &str {
        self.get("sku")
    }

    /// SKU of its product's default variant.
    pub fn product_sku(&self) -> &str {
        match self.get("product_sku") {
            "" => self.sku(),
            sku => sku,
        }
    }

    /// Whether it is the row of a default variant.
    pub fn is_first(&self) -> bool {
        self.product_sku() == self.sku()
    }

    /// The variant it is. Where a cell can't be read, that is noted, and the variant is as if it were empty.
    pub fn variant(&self, faults: &mut Vec<CellFault>) -> VariantRecord {
        let mut cells = Cells { row: self, faults };
        VariantRecord {
            sku: self.sku().to_owned(),
            option_values: cells.options(),
            price_minor: cells.price(),
            compare_at_minor: cells.number("compare_at_minor"),
            measures: Measures {
                weight_grams: cells.count("weight_grams"),
                length_mm: cells.count("length_mm"),
                width_mm: cells.count("width_mm"),
                height_mm: cells.count("height_mm"),
            },
            barcode: self.some("barcode"),
            max_quantity: cells.count("max_quantity"),
            low_stock_at: cells.count("low_stock_at"),
            stock: cells.number("stock"),
            stock_was: cells.number("stock_was"),
            stock_movement: cells.number("stock_movement"),
            backorder: cells.number("backorder"),
        }
    }

    /// The product it begins, with its variant. What can't be read is noted.
    pub fn product(&self, faults: &mut Vec<CellFault>) -> Record {
        let variant = self.variant(faults);
        Record {
            slug: self.some("slug"),
            name: self.get("name").to_owned(),
            description: self.get("description").to_owned(),
            category: self.some("category"),
            status: Cells { row: self, faults }.status(),
            options: self.axes(faults),
            tax_class: self.some("tax_class").unwrap_or_else(|| TAX_CLASS_DEFAULT.to_owned()),
            variants: vec![variant],
            media: self.media(),
            translations: self.translations(),
        }
    }

    /// All options and values that the product has, then those of its first variant, in the order in which the cells name
    /// them.
    fn axes(&self, faults: &mut Vec<CellFault>) -> Vec<Axis> {
        let all = Cells { row: self, faults }.pairs("all_options");
        // What is wrong with these, the variant notes.
        let own = written::read(self.get("options")).unwrap_or_default();
        written::axes(all.into_iter().chain(own))
    }

    fn media(&self) -> Vec<Medium> {
        let parts = cells::split(self.get("media"), '|').into_iter().filter(|part| !part.is_empty());
        let medium = |part: String| {
            let (url, alt) = part.split_once(' ').unwrap_or((&part, ""));
            Medium { url: url.to_owned(), alt: alt.to_owned() }
        };
        parts.map(medium).collect()
    }

    fn translations(&self) -> Translations {
        let names = self.0.iter().filter_map(|(column, cell)| Some((column.strip_prefix("name:")?, cell)));
        let text = |(tag, name): (&str, &String)| {
            let description = self.get(&format!("description:{tag}")).to_owned();
            (tag.to_owned(), Text { name: name.clone(), description })
        };
        names.filter(|(_, name)| !name.is_empty()).map(text).collect()
    }
}

/// Reads cells, and notes those that can't be read.
struct Cells<'r, 'f> {
    row: &'r Row,
    faults: &'f mut Vec<CellFault>,
}

impl Cells<'_, '_> {
    fn fail(&mut self, column: &str, reason: impl Into<String>) {
        self.faults.push((column.to_owned(), reason.into()));
    }

    /// A number; none in an empty cell.
    fn number<T: std::str::FromStr>(&mut self, column: &str) -> Option<T> {
        let cell = self.row.get(column).trim();
        if cell.is_empty() {
            return None;
        }
        let number = cell.parse().ok();
        if number.is_none() {
            self.fail(column, format!("{cell:?} is no whole number that fits"));
        }
        number
    }

    /// A number that is 0 in an empty cell.
    fn count(&mut self, column: &str) -> u32 {
        self.number(column).unwrap_or(0)
    }

    /// What it costs; the least that anything may, where that can't be read, so that what else is wrong can be seen.
    fn price(&mut self) -> i64 {
        if self.row.get("price_minor").trim().is_empty() {
            self.fail("price_minor", "is empty");
        }
        self.number("price_minor").unwrap_or(1)
    }

    fn options(&mut self) -> Choice {
        self.pairs("options").into_iter().collect()
    }

    /// Options with values.
    fn pairs(&mut self, column: &str) -> Vec<(String, String)> {
        let pairs = written::read(self.row.get(column));
        if pairs.is_none() {
            self.fail(column, "is not like Size:L,Colour:Red");
        }
        pairs.unwrap_or_default()
    }

    fn status(&mut self) -> Status {
        let text = self.row.get("status");
        let status = if text.is_empty() { Ok(Status::Active) } else { text.parse() };
        status.unwrap_or_else(|_| {
            self.fail("status", "must be draft, active or archived");
            Status::Active
        })
    }
}

/// Adds a variant's values to the options of its product, where they are new.
pub fn extend(axes: &mut Vec<Axis>, choice: &Choice) {
    for (name, value) in choice {
        match axes.iter_mut().find(|axis| axis.name == *name) {
            Some(axis) if axis.values.contains(value) => {}
            Some(axis) => axis.values.push(value.clone()),
            None => axes.push(Axis::new(name, vec![value.clone()])),
        }
    }
}

/// The header of an export with these languages.
pub fn header(locales: &[String]) -> String {
    let texts = locales.iter().flat_map(|tag| [format!("name:{tag}"), format!("description:{tag}")]);
    let all: Vec<String> = COLUMNS.iter().map(|&column| column.to_owned()).chain(texts).collect();
    row(&all)
}

/// The rows of a product.
pub fn rows(record: &Record, locales: &[String]) -> String {
    let first = record.variants.first().map(|variant| variant.sku.clone()).unwrap_or_default();
    let line = |(n, variant): (usize, &VariantRecord)| {
        let mut line = vec![first.clone(), variant.sku.clone()];
        line.extend(product_cells(record, n == 0));
        let choice = record.options.iter().filter_map(|axis| variant.option_values.get_key_value(&axis.name));
        line.push(written::write(choice.map(|(name, value)| (name.as_str(), value.as_str()))));
        line.extend(variant_cells(variant));
        let media = record.media.iter().map(|medium| format!("{} {}", medium.url, medium.alt));
        line.push(if n == 0 { cells::join(media) } else { String::new() });
        line.extend(text_cells(record, locales, n == 0));
        row(&line)
    };
    record.variants.iter().enumerate().map(line).collect()
}

fn product_cells(record: &Record, first: bool) -> Vec<String> {
    if !first {
        return vec![String::new(); 7];
    }
    vec![
        record.slug.clone().unwrap_or_default(),
        record.name.clone(),
        record.description.clone(),
        record.category.clone().unwrap_or_default(),
        record.status.as_str().to_owned(),
        record.tax_class.clone(),
        written::write_axes(&record.options),
    ]
}

fn variant_cells(variant: &VariantRecord) -> Vec<String> {
    let Measures { weight_grams, length_mm, width_mm, height_mm } = variant.measures;
    let counts = [weight_grams, length_mm, width_mm, height_mm].map(|count| count.to_string());
    let mut cells = vec![
        variant.price_minor.to_string(),
        variant.compare_at_minor.map(|minor| minor.to_string()).unwrap_or_default(),
    ];
    cells.extend(counts);
    cells.push(variant.barcode.clone().unwrap_or_default());
    cells.push(variant.max_quantity.to_string());
    cells.push(variant.low_stock_at.to_string());
    let items = |items: Option<u32>| items.map(|items| items.to_string()).unwrap_or_default();
    cells.extend([variant.stock, variant.stock_was].map(items));
    cells.push(variant.stock_movement.map(|number| number.to_string()).unwrap_or_default());
    cells.push(items(variant.backorder));
    cells
}

fn text_cells(record: &Record, locales: &[String], first: bool) -> Vec<String> {
    let text = |tag: &String| record.translations.get(tag).filter(|_| first);
    let pair =
        |tag| text(tag).map_or([String::new(), String::new()], |t| [t.name.clone(), t.description.clone()]);
    locales.iter().flat_map(pair).collect()
}

fn row(cells: &[String]) -> String {
    csv::row(&cells.iter().map(|cell| csv::text(cell)).collect::<Vec<_>>())
}
