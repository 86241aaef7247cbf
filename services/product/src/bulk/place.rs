//! What the faults of a product are called in its file: by line and column, or by line and field.

use super::{Format, RowFault};
use crate::domain::draft::Fault;

/// A fault of a product at its place in the file. A variant of a table is on a line of its own; a variant of a line of JSON
/// is not.
pub fn fault(format: Format, lines: &[u64], Fault { field, text }: Fault) -> RowFault {
    let (nth, name) = variant(&field);
    let line = lines.get(nth).or(lines.first()).copied().unwrap_or(0);
    let field = match format {
        Format::Csv => column(name),
        Format::Jsonl => member(&field, nth, name),
    };
    RowFault { line, field: Some(field).filter(|field| !field.is_empty()), reason: text }
}

/// Which variant a field is of, and what it is called there: `variants[0].price` is the price of the second.
fn variant(field: &str) -> (usize, &str) {
    let within = field.strip_prefix("variants[").and_then(|rest| rest.split_once("]."));
    let parsed = within.and_then(|(n, name)| Some((n.parse::<usize>().ok()? + 1, name)));
    parsed.unwrap_or((0, field))
}

/// The first name of a field.
fn head(name: &str) -> &str {
    name.split(['.', '[']).next().unwrap_or(name)
}

/// The column that a field is made of.
fn column(name: &str) -> String {
    match head(name) {
        "price" => "price_minor".into(),
        "compare_at" => "compare_at_minor".into(),
        "option_values" | "options" => "options".into(),
        "measures" => name.trim_start_matches("measures.").into(),
        "translations" => language(name),
        head => head.into(),
    }
}

/// The column of a text in a language: `translations.en.name` is in `name:en`.
fn language(name: &str) -> String {
    let mut steps = name.split('.').skip(1);
    let tag = steps.next().unwrap_or_default();
    format!("{}:{tag}", steps.next().unwrap_or("name"))
}

/// The field of a line of JSON.
fn member(field: &str, nth: usize, name: &str) -> String {
    let (is_variants, name) = match head(name) {
        "price" => (true, "price_minor"),
        "compare_at" => (true, "compare_at_minor"),
        head => (VARIANT.contains(&head), name),
    };
    if is_variants || nth > 0 { format!("variants[{nth}].{name}") } else { field.to_owned() }
}

/// Fields of a variant that have one name everywhere.
const VARIANT: [&str; 10] = [
    "sku",
    "option_values",
    "measures",
    "barcode",
    "max_quantity",
    "low_stock_at",
    "stock",
    "stock_was",
    "stock_movement",
    "backorder",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(format: Format, field: &str) -> (u64, String) {
        let told = fault(format, &[4, 5, 9], Fault { field: field.into(), text: String::new() });
        (told.line, told.field.unwrap_or_default())
    }

    #[test]
    fn a_fault_of_a_table_is_in_a_cell() {
        for (field, line, column) in [
            ("price.currency", 4, "price_minor"),
            ("variants[1].compare_at", 9, "compare_at_minor"),
            ("variants[0].measures.weight_grams", 5, "weight_grams"),
            ("variants[0].option_values", 5, "options"),
            ("options[0].values[1]", 4, "options"),
            ("media[3].url", 4, "media"),
            ("translations.en.description", 4, "description:en"),
            ("translations.x y", 4, "name:x y"),
            ("name", 4, "name"),
            ("", 4, ""),
        ] {
            assert_eq!(told(Format::Csv, field), (line, column.to_owned()), "{field}");
        }
    }

    #[test]
    fn a_fault_of_a_line_of_json_is_at_a_field() {
        for (field, line, name) in [
            ("price", 4, "variants[0].price_minor"),
            ("sku", 4, "variants[0].sku"),
            ("variants[0].measures.weight_grams", 5, "variants[1].measures.weight_grams"),
            ("variants", 4, "variants"),
            ("options[0].values[1]", 4, "options[0].values[1]"),
            ("translations.en.name", 4, "translations.en.name"),
        ] {
            assert_eq!(told(Format::Jsonl, field), (line, name.to_owned()), "{field}");
        }
    }
}
