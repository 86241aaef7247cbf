//! Pages by cursor: stable under inserts, as cheap for the last page as for the first.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use garde::Validate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::Problem;

/// Items of a page when the caller says nothing.
pub const LIMIT_DEFAULT: u32 = 20;
/// Items of a page at most.
pub const LIMIT_MAX: u32 = 100;

/// Characters of a cursor at most: one of a list by name holds a name.
const CURSOR_MAX: usize = 1024;

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before; the first page when left out.
    #[garde(inner(length(max = CURSOR_MAX)))]
    pub cursor: Option<String>,
    /// Items at most, 1 to 100; 20 when left out.
    #[garde(inner(range(min = 1, max = LIMIT_MAX)))]
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

impl PageQuery {
    /// Items at most.
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
    }

    /// The position after which the page begins.
    ///
    /// # Errors
    ///
    /// When the cursor is not one of ours.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let value: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let ours = value.filter(|value| !holds_nul(value));
        match ours.and_then(|value| serde_json::from_value(value).ok()) {
            Some(key) => Ok(Some(key)),
            None => {
                Err(Problem::field("cursor", "is not a cursor of this list; take next_cursor as it came"))
            }
        }
    }
}

/// Whether a text of it has a NUL, which PostgreSQL's text holds none of.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.values().any(holds_nul),
        _ => false,
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were read with `limit + 1`: the one too many says that there is a next page.
    pub fn of<K: Serialize>(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next_cursor =
            last.and_then(|last| serde_json::to_vec(&key(last)).ok()).map(|key| URL_SAFE_NO_PAD.encode(key));
        Self { items: rows, next_cursor }
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let rows: Vec<i64> = (1..=5).collect();
        let mut query = PageQuery { cursor: None, limit: Some(2) };
        let mut seen = Vec::new();
        loop {
            let after: i64 = query.after().unwrap().unwrap_or(0);
            let read: Vec<i64> = rows.iter().copied().filter(|id| *id > after).take(3).collect();
            let page = Page::of(read, query.limit(), |id| *id);
            seen.extend(page.items);
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, rows);
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        let query = PageQuery { cursor: Some("nonsense".into()), limit: None };
        assert!(query.after::<i64>().is_err());
        for (key, taken) in [("[\"kopi\", 1]", true), ("[\"kopi\\u0000\", 1]", false)] {
            let query = PageQuery { cursor: Some(URL_SAFE_NO_PAD.encode(key)), limit: None };
            assert_eq!(query.after::<(String, i64)>().is_ok(), taken, "{key}");
        }
    }
}
