//! Everything the simulators say, and everything they take, fits the companies' descriptions.

mod midtrans;
mod paypal;
mod xendit;

use std::collections::BTreeSet;

use warung_psp_sim::journal::{Exchange, Payload};

use crate::openapi::Description;

/// Holds exchanges against descriptions, of which each place belongs to one. `known` are places that no description
/// has, each with the reason beside it.
fn judge(descriptions: &mut [&mut Description], exchanges: &[Exchange], known: &[&str]) {
    let mut faults = Vec::new();
    for exchange in exchanges {
        let judged = descriptions.iter_mut().find_map(|description| description.judge(exchange));
        let undescribed = || match known.iter().any(|path| exchange.path.starts_with(path)) {
            true => Vec::new(),
            false => vec![format!("{} {} is not described", exchange.method, exchange.path)],
        };
        faults.extend(judged.unwrap_or_else(undescribed));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // A judge that lets everything pass is none: without a field that it demands, an answer is at fault.
    let spoilt = exchanges.iter().filter_map(spoil);
    let caught = spoilt.filter(|exchange| {
        descriptions
            .iter_mut()
            .find_map(|description| description.judge(exchange))
            .is_some_and(|faults| !faults.is_empty())
    });
    assert!(caught.count() > 0, "no spoilt exchange was noticed");
}

/// The exchange with an answer of which every value is of another type.
fn spoil(exchange: &Exchange) -> Option<Exchange> {
    let Payload::Json(serde_json::Value::Object(fields)) = &exchange.answer else { return None };
    let spoilt = fields.keys().map(|name| (name.clone(), serde_json::json!([[]]))).collect();
    Some(Exchange { answer: Payload::Json(spoilt), ..exchange.clone() })
}

/// That all these operations were judged.
fn covers(description: &Description, operations: &[&str]) {
    let wanted: BTreeSet<String> = operations.iter().map(|operation| (*operation).to_owned()).collect();
    let missing: Vec<&String> = wanted.difference(&description.used).collect();
    assert!(missing.is_empty(), "never used: {missing:?}");
}
