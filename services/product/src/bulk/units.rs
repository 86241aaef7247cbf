//! Records → units: everything that a file says of one product.

use warung_chassis::http::{
    json::{self, Misfit},
    problem::FieldError,
};

use super::{
    Format, RowFault,
    lines::{Line, Lines},
    record::Record,
    table::{CellFault, Header, Row, extend},
};
use crate::domain::variant::VARIANTS_MAX;

/// Faults of one product that are kept.
const FAULTS_MAX: usize = 100;

/// A product of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The lines of its variants, the first of them the product's.
    pub lines: Vec<u64>,
    /// None when a row is no row, or nobody knows whose. Where a field can't be read, something stands in that fits: what
    /// else is wrong can be seen then.
    pub record: Option<Record>,
    /// The SKUs of its variants, as far as they can be read, each with its line.
    pub skus: Vec<(String, u64)>,
    /// What can't be read.
    pub faults: Vec<RowFault>,
    /// Faults beyond those that are kept.
    pub more_faults: u64,
    /// Rows of the file, also those that can't be read.
    pub rows: u64,
    /// The first line that can't be read, and may be of this product or of another.
    pub lost: Option<u64>,
}

/// Takes chunks of a file and gives units.
#[derive(Debug)]
pub struct Units {
    lines: Lines,
    format: Format,
    header: Option<Header>,
    /// The product under way, and the SKU of its default variant.
    open: Option<(String, Unit)>,
    /// The header is wrong: nothing of the file can be read.
    dead: bool,
    /// Rows under such a header.
    headless: u64,
    /// Whether there was a row, or a header that is wrong.
    began: bool,
}

impl Units {
    /// A reader of this format.
    pub fn new(format: Format) -> Self {
        Self {
            lines: Lines::new(format),
            format,
            header: None,
            open: None,
            dead: false,
            headless: 0,
            began: false,
        }
    }

    /// Rows that can't be read because the header is wrong.
    pub fn headless(&self) -> u64 {
        self.headless
    }

    /// Whether there was anything yet that becomes a product or a fault.
    pub fn began(&self) -> bool {
        self.began
    }

    /// The products that end within this chunk. An empty chunk is the end of the file.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Unit> {
        let mut units = Vec::new();
        for line in self.lines.push(chunk) {
            match self.format {
                Format::Csv => self.row(line, &mut units),
                Format::Jsonl => units.push(object(line)),
            }
        }
        self.began |= self.open.is_some() || !units.is_empty();
        if chunk.is_empty() {
            units.extend(self.open.take().map(|(_, unit)| unit));
        }
        units
    }

    fn row(&mut self, line: Line, units: &mut Vec<Unit>) {
        if self.dead {
            self.headless += 1;
            return;
        }
        let number = line.number;
        let Some(header) = &self.header else {
            let cells = line.cells.map_err(|reason| vec![(String::new(), reason.to_owned())]);
            match cells.and_then(Header::read) {
                Ok(header) => self.header = Some(header),
                Err(faults) => {
                    self.dead = true;
                    units.push(broken_all(number, faults));
                }
            }
            return;
        };
        let row = line.cells.map_err(|reason| (String::new(), reason.to_owned()));
        match row.and_then(|cells| header.row(cells)) {
            Ok(row) => self.add(number, &row, units),
            Err(fault) => match &mut self.open {
                // Whose row it was can't be known: the product under way is not whole, and neither is what follows it.
                Some((_, unit)) if header.groups() => {
                    unit.lost.get_or_insert(number);
                    unit.miss(number, fault);
                }
                // Every row is a product of its own.
                open => {
                    units.extend(open.take().map(|(_, unit)| unit));
                    units.push(broken(number, fault));
                }
            },
        }
    }

    fn add(&mut self, number: u64, row: &Row, units: &mut Vec<Unit>) {
        let sku = row.product_sku().to_owned();
        if let Some((open, unit)) = &mut self.open
            && *open == sku
        {
            unit.add(number, row);
            return;
        }
        units.extend(self.open.take().map(|(_, unit)| unit));
        self.open = Some((sku, Unit::begin(number, row)));
    }
}

fn broken(number: u64, fault: CellFault) -> Unit {
    broken_all(number, [fault])
}

fn broken_all(number: u64, faults: impl IntoIterator<Item = CellFault>) -> Unit {
    let mut unit = Unit {
        lines: vec![number],
        record: None,
        skus: vec![],
        faults: vec![],
        more_faults: 0,
        rows: 1,
        lost: None,
    };
    faults.into_iter().for_each(|fault| unit.fail(number, fault));
    unit
}

fn object(line: Line) -> Unit {
    let number = line.number;
    let text = match line.cells {
        Ok(cells) => cells.concat(),
        Err(reason) => return broken(number, (String::new(), reason.to_owned())),
    };
    match json::read::<Record>("line", text.as_bytes()) {
        Ok(record) => Unit::of_line(number, Some(record), []),
        Err(Misfit::Whole(reason)) => broken(number, (String::new(), reason)),
        Err(Misfit::Fields(mended)) => {
            let faults = mended.faults.into_iter().map(|FieldError { field, detail }| (field, detail));
            Unit::of_line(number, mended.value, faults)
        }
    }
}

impl Unit {
    /// What a line of JSON says: every variant stands on the one line.
    fn of_line(number: u64, record: Option<Record>, faults: impl IntoIterator<Item = CellFault>) -> Self {
        let variants = record.iter().flat_map(|record| &record.variants);
        let skus: Vec<(String, u64)> = variants.map(|variant| (variant.sku.clone(), number)).collect();
        Self { lines: vec![number; skus.len().max(1)], record, skus, ..broken_all(number, faults) }
    }

    fn begin(number: u64, row: &Row) -> Self {
        let mut faults = Vec::new();
        let mut record = Some(row.product(&mut faults));
        if !row.is_first() {
            record = None;
            faults.push(("product_sku".into(), "the row of that SKU has to come just before".into()));
        }
        Self { record, skus: vec![(row.sku().to_owned(), number)], ..broken_all(number, faults) }
    }

    fn add(&mut self, number: u64, row: &Row) {
        if self.lines.len() > VARIANTS_MAX {
            return self
                .miss(number, ("product_sku".into(), format!("has more than {VARIANTS_MAX} variants")));
        }
        self.rows += 1;
        self.lines.push(number);
        self.skus.push((row.sku().to_owned(), number));
        let mut faults = Vec::new();
        let variant = row.variant(&mut faults);
        faults.into_iter().for_each(|fault| self.fail(number, fault));
        if let Some(record) = &mut self.record {
            extend(&mut record.options, &variant.option_values);
            record.variants.push(variant);
        }
    }

    /// A row is lost: what it said of the product is not known.
    fn miss(&mut self, line: u64, fault: CellFault) {
        self.rows += 1;
        self.record = None;
        self.fail(line, fault);
    }

    fn fail(&mut self, line: u64, (field, reason): CellFault) {
        if self.faults.len() < FAULTS_MAX {
            let field = Some(field).filter(|field| !field.is_empty());
            self.faults.push(RowFault { line, field, reason });
        } else {
            self.more_faults += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bulk::table;

    fn read(format: Format, text: &[u8]) -> Vec<Unit> {
        let mut units = Units::new(format);
        let mut all = units.push(text);
        all.extend(units.push(b""));
        all
    }

    #[test]
    fn rows_of_one_product_become_one_unit() {
        let text = "product_sku,sku,name,price_minor,options,name:en\n\
            K-M,K-M,Kaos,100,Size:M,Shirt\nK-M,K-L,,120,Size:L,\nT,T,Teh,5,,\n";
        let units = read(Format::Csv, text.as_bytes());
        assert_eq!(units.len(), 2);
        let shirt = units[0].record.as_ref().unwrap();
        assert_eq!((units[0].lines.as_slice(), shirt.variants.len()), ([2, 3].as_slice(), 2));
        assert_eq!(shirt.options[0].values, ["M", "L"]);
        assert_eq!(shirt.translations["en"].name, "Shirt");
        assert_eq!(units[1].record.as_ref().unwrap().name, "Teh");
    }

    #[test]
    fn each_fault_has_its_line_and_its_field() {
        let faults = |text: &str| -> Vec<(u64, Option<String>)> {
            let units = read(Format::Csv, text.as_bytes());
            units.into_iter().flat_map(|unit| unit.faults).map(|fault| (fault.line, fault.field)).collect()
        };
        let field = |name: &str| Some(name.to_owned());
        assert_eq!(faults("sku,name\nA,B\n"), [(1, field("price_minor"))], "a column is missing");
        assert_eq!(
            faults("sku,name,colour,weight\n"),
            [(1, field("colour")), (1, field("weight")), (1, field("price_minor"))],
            "all that is wrong with the header"
        );
        assert_eq!(faults("sku,name,price_minor\nA,B,1.5\n"), [(2, field("price_minor"))]);
        assert_eq!(
            faults("sku,name,price_minor,weight_grams,options,status,stock\nA,B,,heavy,Size,new,-1\n"),
            ["options", "price_minor", "weight_grams", "stock", "status"].map(|name| (2, field(name))),
            "all that is wrong with a row"
        );
        assert_eq!(faults("sku,name,price_minor\nA,B\nC,D,1\n"), [(2, field("row"))]);
        let orphan = "product_sku,sku,name,price_minor\nX,A,B,1\n";
        assert_eq!(faults(orphan), [(2, field("product_sku"))]);
        let units = read(Format::Jsonl, b"{\"name\": 1}\n\n{\"name\":\"a\",\"variants\":[],\"x\":1}\n");
        assert_eq!(units.iter().map(|unit| unit.faults[0].line).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn a_row_that_is_lost_takes_no_product_of_one_row_with_it() {
        let told = |text: &str| -> Vec<(u64, bool, Option<u64>)> {
            let units = read(Format::Csv, text.as_bytes());
            units.iter().map(|unit| (unit.rows, unit.record.is_some(), unit.lost)).collect()
        };
        assert_eq!(
            told("sku,name,price_minor\nA,A,1\nB\nC,C,1\n"),
            [(1, true, None), (1, false, None), (1, true, None)],
            "rows that name no product are products"
        );
        assert_eq!(
            told("product_sku,sku,name,price_minor\nA,A,A,1\n,B,B,1\nC\n,D,D,1\n"),
            [(1, true, None), (2, false, Some(4)), (1, true, None)],
            "it may be the one's before it"
        );
    }

    #[test]
    fn what_is_not_kept_of_a_product_is_counted() {
        let text = format!("product_sku,sku,name,price_minor\nA,A,A,1\n{}", "x\n".repeat(150));
        let units = read(Format::Csv, text.as_bytes());
        assert_eq!((units[0].faults.len(), units[0].more_faults, units[0].rows), (100, 50, 151));
        let mut units = Units::new(Format::Csv);
        units.push(b"colour\nA\nB\n");
        assert_eq!(units.headless(), 2);
    }

    #[test]
    fn a_line_of_json_says_which_fields_are_wrong() {
        let told = |line: &str| -> Vec<String> {
            let units = read(Format::Jsonl, line.as_bytes());
            let faults = units.into_iter().flat_map(|unit| unit.faults);
            faults.map(|fault| format!("{} {}", fault.field.unwrap_or_default(), fault.reason)).collect()
        };
        let line =
            r#"{"name": 1, "colour": "red", "variants": [{"sku": "A"}, {"sku": "B", "price_minor": "1"}]}"#;
        let mut faults = told(line);
        faults.sort();
        let all = [
            "colour is not known; there is slug, name, description, category, status, tax_class, options, variants, media, \
             translations",
            "name must be text",
            "variants[0].price_minor is missing",
            "variants[1].price_minor must be a whole number",
        ];
        assert_eq!(faults, all);
        assert_eq!(told(r#"["Kaos", []]"#), [" The line must be an object."]);
        assert_eq!(told(r#"{"name": "Kaos", "variants": [["A", 1]]}"#), ["variants[0] must be an object"]);
        assert_eq!(told("kaos"), [" The line is not JSON: it goes wrong at column 1."]);
        assert_eq!(told("{\"name\""), [" The line is not JSON: it ends too early."]);
    }

    fn record() -> impl Strategy<Value = Record> {
        let text = "[a-z|=+'@\\\\ ,;\"\n]{1,8}";
        let trimmed = "[a-z=+'@][a-z|:\\\\,\"\n]{0,8}";
        (text, "[a-z]{1,3}", prop::option::of(1..9_u32), prop::collection::btree_set(trimmed, 1..4)).prop_map(
            |(name, sku, stock, sizes)| {
                let sizes: Vec<String> = sizes.into_iter().collect();
                // One that no variant has.
                let all: Vec<String> = std::iter::once("0".to_owned()).chain(sizes.clone()).collect();
                let line = |(n, size): (usize, &String)| {
                    serde_json::json!({"sku": format!("{sku}-{n}"), "option_values": {"Si,ze": size},
                        "price_minor": n + 1, "stock": stock, "stock_was": stock, "stock_movement": stock, "backorder": stock, "compare_at_minor": 99})
                };
                let variants: Vec<_> = sizes.iter().enumerate().map(line).collect();
                let media = serde_json::json!([{"url": "/a|b", "alt": name}]);
                serde_json::from_value(serde_json::json!({"name": name, "description": name, "media": media,
                    "options": [{"name": "Si,ze", "values": all}], "variants": variants,
                    "translations": {"en": {"name": name, "description": name}}}))
                .unwrap()
            },
        )
    }

    proptest! {
        /// What an export writes, an import reads: the same products, in both formats.
        #[test]
        fn a_product_survives_its_file(records in prop::collection::vec(record(), 1..4)) {
            let locales = vec!["en".to_owned()];
            let csv: String = records.iter().map(|record| table::rows(record, &locales)).collect();
            let jsonl: String = records.iter().map(|r| serde_json::to_string(r).unwrap() + "\n").collect();
            let read = |format, text: String| -> Vec<Option<Record>> {
                read(format, text.as_bytes()).into_iter().map(|unit| unit.record).collect()
            };
            let mut expected: Vec<Option<Record>> = records.iter().cloned().map(Some).collect();
            prop_assert_eq!(read(Format::Jsonl, jsonl), expected.clone());
            // Neighbours of one SKU are one product to a table.
            expected.dedup_by_key(|r| r.as_ref().map(|r| r.variants[0].sku.clone()));
            if expected.len() == records.len() {
                prop_assert_eq!(read(Format::Csv, table::header(&locales) + &csv), expected);
            }
        }

        #[test]
        fn no_file_makes_it_panic(text in "(sku,name,price_minor,options,product_sku\n)?[a,\"\n1=|{}:]{0,80}") {
            read(Format::Csv, text.as_bytes());
            read(Format::Jsonl, text.as_bytes());
        }
    }
}
