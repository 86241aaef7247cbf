//! What strangers can send to product, as functions from bytes. Run by the crate `fuzz`.

use serde_json::Value;
use warung_contracts::currency::Currency;

use crate::bulk::{
    Format, table,
    units::{Unit, Units},
};

/// A file of CSV.
pub fn import_csv(data: &[u8]) {
    for unit in import(Format::Csv, data) {
        let Some(record) = unit.record.filter(|_| unit.faults.is_empty()) else { continue };
        let locales: Vec<String> = record.translations.keys().cloned().collect();
        let text = table::header(&locales) + &table::rows(&record, &locales);
        let again = read(Format::Csv, &[text.as_bytes()]);
        assert!(again.len() == 1 && again[0].faults.is_empty(), "an export can't be imported: {text}");
    }
}

/// A file of JSON lines.
pub fn import_jsonl(data: &[u8]) {
    import(Format::Jsonl, data);
}

/// The units of a file, which are the same however it is cut; each is a draft or has a fault.
fn import(format: Format, data: &[u8]) -> Vec<Unit> {
    let whole = read(format, &[data]);
    let (first, last) = data.split_at(data.first().map_or(0, |&n| usize::from(n) % data.len()));
    assert_eq!(whole, read(format, &[first, last]), "chunks change what is read");
    let bytes: Vec<&[u8]> = data.chunks(1).collect();
    assert_eq!(whole, read(format, &bytes), "chunks change what is read");
    let currency: Currency = "IDR".parse().expect("ISO 4217");
    for unit in &whole {
        assert!(unit.record.is_some() || !unit.faults.is_empty(), "nobody is told what is wrong");
        if let Some(mut record) = unit.record.clone() {
            // Looked up, and only when it can be there.
            record.category = None;
            let value = serde_json::to_value(&record).expect("it is written as JSON elsewhere");
            let valid = record.draft(None, currency, None).faults(currency).is_empty();
            assert!(!valid || !holds_nul(&value), "it can't be stored: {value}");
        }
    }
    whole
}

/// Whether a text has the character that PostgreSQL does not take.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

fn read(format: Format, chunks: &[&[u8]]) -> Vec<Unit> {
    let mut units = Units::new(format);
    // An empty chunk is the end.
    let parts = chunks.iter().copied().filter(|chunk| !chunk.is_empty());
    parts.chain([&[][..]]).flat_map(|chunk| units.push(chunk)).collect()
}
