//! An OpenAPI document as a page for people: HTML that needs no network, or Markdown that code hosts show.

use std::collections::BTreeMap;

use anyhow::Context as _;
use minijinja::{AutoEscape, Environment, context};
use serde_json::{Map, Value};

/// What a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Html,
    Markdown,
}

/// The page of the document of a service, or of `all`.
///
/// # Errors
///
/// When the document has no paths, or the template does not fit it.
pub fn render(document: &Value, service: &str, form: Form) -> anyhow::Result<String> {
    let (template, escaping) = match form {
        Form::Html => (include_str!("page.html"), AutoEscape::Html),
        Form::Markdown => (include_str!("page.md.j2"), AutoEscape::None),
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(move |_| escaping);
    environment.add_filter("cell", cell);
    environment.add_template("page", template)?;
    let groups = groups(document["paths"].as_object().context("the document has no paths")?);
    Ok(environment.get_template("page")?.render(context! { document, groups, service })?)
}

/// A text as a cell of a Markdown table: on one line, and without what would end the cell.
fn cell(value: &minijinja::Value) -> String {
    value.to_string().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Operations under their first tag, each with its method and path.
fn groups(paths: &Map<String, Value>) -> Vec<Value> {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            let mut operation = operation.clone();
            operation["method"] = method.to_uppercase().into();
            operation["path"] = path.as_str().into();
            groups.entry(tag).or_default().push(operation);
        }
    }
    groups
        .into_iter()
        .map(|(name, operations)| serde_json::json!({ "name": name, "operations": operations }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_ends_where_its_text_does() {
        assert_eq!(cell(&"a|b\nc  d".into()), "a\\|b c d");
    }
}
