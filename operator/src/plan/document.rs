//! The data files beside the code (kong/, envoy/, istio/, dashboards/): parsed, filled in at named places, never
//! edited as text.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A data file that isn't what the code needs. The files are compiled in and every one is read by a test.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file is not YAML of the expected shape.
    #[error("{file} does not parse; fix the file and build again")]
    Parse {
        /// Path in the repository.
        file: &'static str,
        /// What the parser says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file lacks a place that is filled in.
    #[error("{file} has nothing at {place}; restore it and build again")]
    Missing {
        /// Path in the repository.
        file: &'static str,
        /// The place, as given to [`Document::at`].
        place: String,
    },
    /// A finished document can't be written as YAML.
    #[error("{file}, filled in, can't be written as YAML")]
    Write {
        /// Path in the repository.
        file: &'static str,
        /// What the writer says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A parsed data file.
#[derive(Debug, Clone)]
pub struct Document {
    file: &'static str,
    value: Value,
}

impl Document {
    /// Parses a YAML file; `file` is its path in the repository, for messages.
    ///
    /// # Errors
    ///
    /// [`Fault::Parse`].
    pub fn parse(file: &'static str, text: &str) -> Result<Self, Fault> {
        Ok(Self { file, value: parse(file, text)? })
    }

    /// The place that a path leads to. Segments are separated by `/`: a key, an index, or `@x` for the element of a
    /// list whose `name` is x.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`].
    pub fn at(&mut self, place: &str) -> Result<&mut Value, Fault> {
        let file = self.file;
        at(&mut self.value, place).ok_or_else(|| Fault::Missing { file, place: place.to_owned() })
    }

    /// Puts a value at an existing place.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`].
    pub fn set(&mut self, place: &str, value: impl Into<Value>) -> Result<(), Fault> {
        *self.at(place)? = value.into();
        Ok(())
    }

    /// The list at an existing place.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`], also when something else than a list is there.
    pub fn list(&mut self, place: &str) -> Result<&mut Vec<Value>, Fault> {
        let file = self.file;
        let list = self.at(place)?.as_array_mut();
        list.ok_or_else(|| Fault::Missing { file, place: format!("{place} (a list)") })
    }

    /// Adds a key to the object at an existing place; the empty place is the whole.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`], also when something else than an object is there.
    pub fn insert(&mut self, place: &str, key: &str, value: impl Into<Value>) -> Result<(), Fault> {
        let file = self.file;
        let object = if place.is_empty() { &mut self.value } else { self.at(place)? };
        let object = object
            .as_object_mut()
            .ok_or_else(|| Fault::Missing { file, place: format!("{place} (an object)") })?;
        object.insert(key.into(), value.into());
        Ok(())
    }

    /// The whole as it now is.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The whole as YAML.
    ///
    /// # Errors
    ///
    /// [`Fault::Write`].
    pub fn to_yaml(&self) -> Result<String, Fault> {
        to_yaml(self.file, &self.value)
    }
}

/// Parses a YAML file into a type.
///
/// # Errors
///
/// [`Fault::Parse`].
pub fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, Fault> {
    serde_saphyr::from_str(text).map_err(|error| Fault::Parse { file, source: Box::new(error) })
}

/// Writes YAML; `file` names the data file it came from, for messages.
///
/// # Errors
///
/// [`Fault::Write`].
pub fn to_yaml(file: &'static str, value: &impl Serialize) -> Result<String, Fault> {
    serde_saphyr::to_string(value).map_err(|error| Fault::Write { file, source: Box::new(error) })
}

fn at<'a>(value: &'a mut Value, place: &str) -> Option<&'a mut Value> {
    place.split('/').try_fold(value, |value, segment| match value {
        Value::Object(map) => map.get_mut(segment),
        Value::Array(list) => match segment.strip_prefix('@') {
            Some(name) => list.iter_mut().find(|element| element["name"] == name),
            None => list.get_mut(segment.parse::<usize>().ok()?),
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_key_index_and_name_and_a_missing_one_is_named() {
        let mut document = Document::parse("x.yaml", "a: [{name: b, c: [1, 2]}]").expect("YAML");
        document.set("a/@b/c/1", 3).expect("it is there");
        assert_eq!(document.value()["a"][0]["c"], serde_json::json!([1, 3]));
        let error = document.set("a/@z/c", 3).expect_err("there is no z");
        assert_eq!(error.to_string(), "x.yaml has nothing at a/@z/c; restore it and build again");
    }

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let value = serde_json::json!({"a": "1", "b": "true", "c": "0.0.0.0:80", "d": "a: b", "e": "", "f": "-----\nx\n"});
        let text = to_yaml("x.yaml", &value).expect("YAML");
        assert_eq!(parse::<Value>("x.yaml", &text).expect("YAML"), value, "{text}");
    }
}
