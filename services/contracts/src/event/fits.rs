//! Whether whatever one schema describes can be read by another: the part of JSON Schema that our types make. A keyword that
//! is not judged here is refused, so that nothing passes unseen.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that say nothing of values.
const WORDS_ONLY: [&str; 7] = ["$schema", "$defs", "$ref", "title", "description", "default", "examples"];
/// Keywords that are judged.
const JUDGED: [&str; 13] = [
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "pattern",
    "format",
    "minimum",
    "maximum",
];

/// A schema, and the document that its references lead into.
#[derive(Clone, Copy)]
struct Part<'a> {
    root: &'a Value,
    schema: &'a Value,
}

/// Checks it from the top.
///
/// # Errors
///
/// Where and why not.
pub fn fits(writer: &Value, reader: &Value) -> Result<(), String> {
    check(Part::of(writer, writer), Part::of(reader, reader), "")
}

impl<'a> Part<'a> {
    /// The schema itself, wherever it is written.
    fn of(root: &'a Value, schema: &'a Value) -> Self {
        match schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|place| root.pointer(place.trim_start_matches('#')))
        {
            Some(found) => Self::of(root, found),
            None => Self { root, schema },
        }
    }

    fn get(self, keyword: &str) -> Option<Self> {
        self.schema.get(keyword).map(|schema| Self::of(self.root, schema))
    }

    fn alternatives(self) -> Option<Vec<Self>> {
        let list = self.schema.get("anyOf").or_else(|| self.schema.get("oneOf"))?.as_array()?;
        Some(list.iter().map(|schema| Self::of(self.root, schema)).collect())
    }

    /// The only values there are, where they are listed.
    fn values(self) -> Option<Vec<&'a Value>> {
        match (self.schema.get("const"), self.schema.get("enum")) {
            (Some(one), _) => Some(vec![one]),
            (None, list) => list?.as_array().map(|list| list.iter().collect()),
        }
    }

    fn types(self) -> BTreeSet<&'a str> {
        match self.schema.get("type") {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            one => one.and_then(Value::as_str).into_iter().collect(),
        }
    }

    fn names(self, keyword: &str) -> BTreeSet<&'a str> {
        let list = self.schema.get(keyword).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn properties(self) -> impl Iterator<Item = (&'a String, Self)> {
        let all = self.schema.get("properties").and_then(Value::as_object);
        all.into_iter().flat_map(Map::iter).map(move |(name, schema)| (name, Self::of(self.root, schema)))
    }
}

fn check(writer: Part<'_>, reader: Part<'_>, at: &str) -> Result<(), String> {
    for keyword in [writer, reader].iter().filter_map(|part| part.schema.as_object()).flat_map(Map::keys) {
        if !WORDS_ONLY.contains(&keyword.as_str()) && !JUDGED.contains(&keyword.as_str()) {
            return Err(format!("{at}: the keyword {keyword} is not judged"));
        }
    }
    if let Some(all) = writer.alternatives() {
        return all.into_iter().try_for_each(|one| check(one, reader, at));
    }
    if let Some(all) = reader.alternatives() {
        let count = all.len();
        let why: Vec<String> = all.into_iter().map_while(|one| check(writer, one, at).err()).collect();
        return match why.len() < count {
            true => Ok(()),
            false => Err(format!("{at}: no alternative takes it ({})", why.join("; "))),
        };
    }
    listed(writer, reader, at)?;
    kinds(writer, reader, at)?;
    limits(writer, reader, at)?;
    objects(writer, reader, at)?;
    match (writer.get("items"), reader.get("items")) {
        (Some(written), Some(read)) => check(written, read, &format!("{at}[]")),
        (None, Some(_)) if writer.types().contains("array") => {
            Err(format!("{at}: its items may be anything"))
        }
        _ => Ok(()),
    }
}

fn listed(writer: Part<'_>, reader: Part<'_>, at: &str) -> Result<(), String> {
    let Some(known) = reader.values() else { return Ok(()) };
    let written = writer.values().ok_or_else(|| format!("{at}: other values than {known:?} may come"))?;
    match written.iter().find(|value| !known.contains(value)) {
        Some(value) => Err(format!("{at}: {value} may come, known is {known:?}")),
        None => Ok(()),
    }
}

fn kinds(writer: Part<'_>, reader: Part<'_>, at: &str) -> Result<(), String> {
    let (written, read) = (writer.types(), reader.types());
    // Without a type, the values say it.
    if read.is_empty() || (written.is_empty() && writer.values().is_some() && reader.values().is_some()) {
        return Ok(());
    }
    match written.is_subset(&read) && !written.is_empty() {
        true => Ok(()),
        false => Err(format!("{at}: {written:?} may come, {read:?} is read")),
    }
}

fn limits(writer: Part<'_>, reader: Part<'_>, at: &str) -> Result<(), String> {
    for keyword in ["pattern", "format", "minimum", "maximum"] {
        let (written, read) = (writer.schema.get(keyword), reader.schema.get(keyword));
        if read.is_some() && written != read {
            return Err(format!("{at}: {keyword} was {written:?} and is {read:?}"));
        }
    }
    Ok(())
}

fn objects(writer: Part<'_>, reader: Part<'_>, at: &str) -> Result<(), String> {
    if let Some(name) = reader.names("required").difference(&writer.names("required")).next() {
        return Err(format!("{at}.{name}: it must be there and may be absent"));
    }
    let closed = reader.schema.get("additionalProperties") == Some(&Value::Bool(false));
    for (name, written) in writer.properties() {
        match reader.properties().find(|(known, _)| *known == name) {
            Some((_, read)) => check(written, read, &format!("{at}.{name}"))?,
            None if closed => return Err(format!("{at}.{name}: nothing else than what is known may come")),
            None => {}
        }
    }
    Ok(())
}
