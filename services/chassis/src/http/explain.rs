//! What serde says of a value that does not fit, in the words of whoever sent it.

/// What is wrong with a value, and at which field: `path` is where serde was (`.` at the top), `message` what it said.
/// No field means the whole.
pub fn explain(path: &str, message: &str) -> (Option<String>, String) {
    let here = (path != "." && !path.is_empty()).then(|| path.to_owned());
    let named = |name: &str| match &here {
        // serde may have stepped into the name already.
        Some(path) if path == name || path.ends_with(&format!(".{name}")) => Some(path.clone()),
        Some(path) => Some(format!("{path}.{name}")),
        None => Some(name.to_owned()),
    };
    if let Some(name) = quoted(message, "missing field ") {
        return (named(name), "is missing".into());
    }
    if let Some(name) = quoted(message, "duplicate field ") {
        return (named(name), "is given more than once".into());
    }
    if let Some(name) = quoted(message, "unknown field ") {
        let known =
            message.split_once(", expected ").map(|(_, known)| names(known.trim_start_matches("one of ")));
        return (
            named(name),
            known.map_or("is not known".into(), |known| format!("is not known; there is {known}")),
        );
    }
    if message.starts_with("unknown variant ")
        && let Some((_, known)) = message.split_once(", expected ")
    {
        return (here, format!("must be {}", names(known)));
    }
    let misfit = ["invalid type: ", "invalid value: ", "invalid length "];
    if let Some(rest) = misfit.iter().find_map(|start| message.strip_prefix(start))
        && let Some((got, expected)) = rest.rsplit_once(", expected ")
    {
        return (here, must_be(got, expected));
    }
    (here, parsed(message).unwrap_or(message).to_owned())
}

/// What garde says of a value that breaks its rule, as what to write instead.
pub fn rule(message: &str) -> String {
    if message.starts_with("not a valid email") {
        return "must be an e-mail address such as ani@example.com".into();
    }
    if message == "length is lower than 1" {
        return "must not be empty".into();
    }
    let bounds = [
        ("length is lower than ", "must be at least ", " long"),
        ("length is greater than ", "must be at most ", " long"),
        ("lower than ", "must be ", " or more"),
        ("greater than ", "must be ", " or less"),
    ];
    let told = bounds.iter().find_map(|(said, before, after)| {
        message.strip_prefix(said).map(|bound| format!("{before}{bound}{after}"))
    });
    told.unwrap_or_else(|| message.to_owned())
}

/// The name in backticks after these words.
fn quoted<'m>(message: &'m str, words: &str) -> Option<&'m str> {
    message.strip_prefix(words)?.strip_prefix('`')?.split('`').next()
}

/// serde's list of names without its quotes.
fn names(list: &str) -> String {
    list.replace('`', "")
}

/// What a value must be: `expected` is a type as serde calls it, or JSON Schema; `got` what was there, where serde said it.
pub fn must_be(got: &str, expected: &str) -> String {
    let largest = match expected {
        "u8" => Some(u64::from(u8::MAX)),
        "u16" => Some(u64::from(u16::MAX)),
        "u32" => Some(u64::from(u32::MAX)),
        "u64" | "usize" => Some(u64::MAX),
        _ => None,
    };
    if let Some(largest) = largest {
        let is_larger = got.strip_prefix("integer `").is_some_and(|number| !number.starts_with('-'));
        return if is_larger {
            format!("must be a whole number of at most {largest}")
        } else {
            "must be a whole number, 0 or more".into()
        };
    }
    let words = match expected {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "integer" => "a whole number",
        "f32" | "f64" | "number" => "a number",
        "a string" | "a borrowed string" | "str" | "string" => "text",
        "a boolean" | "bool" | "boolean" => "true or false",
        "a sequence" | "array" => "a list",
        "a map" | "object" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("must be {words}")
}

/// What the standard library says of text that is no number.
fn parsed(message: &str) -> Option<&'static str> {
    match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            Some("must be a whole number in digits, such as 20")
        }
        "number too large to fit in target type" => Some("is too large"),
        "number too small to fit in target type" => Some("is too small"),
        "invalid float literal" | "cannot parse float from empty string" => Some("must be a number"),
        "provided string was not `true` or `false`" => Some("must be true or false"),
        _ if message.ends_with("component could not be parsed") => {
            Some("must be a date and time such as 2026-12-31T17:00:00Z")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{explain, rule};

    #[test]
    fn a_broken_rule_says_what_to_write() {
        for (message, told) in [
            ("lower than 1", "must be 1 or more"),
            ("greater than 99", "must be 99 or less"),
            ("length is lower than 1", "must not be empty"),
            ("length is lower than 8", "must be at least 8 long"),
            ("has a blank", "has a blank"),
            ("not a valid email: value is missing `@`", "must be an e-mail address such as ani@example.com"),
        ] {
            assert_eq!(rule(message), told);
        }
    }

    #[test]
    fn serde_is_put_into_plain_words_at_the_field() {
        for (path, message, field, detail) in [
            (".", "missing field `email`", "email", "is missing"),
            ("lines[0]", "missing field `quantity`", "lines[0].quantity", "is missing"),
            ("lines", "duplicate field `lines`", "lines", "is given more than once"),
            ("a.b", "unknown field `b`, expected `c` or `d`", "a.b", "is not known; there is c or d"),
            ("b", "unknown field `b`, expected one of `c`, `d`, `e`", "b", "is not known; there is c, d, e"),
            ("b", "unknown field `b`, there are no fields", "b", "is not known"),
            ("kind", "unknown variant `x`, expected one of `a`, `b`", "kind", "must be one of a, b"),
            ("n", "invalid type: integer `-5`, expected u32", "n", "must be a whole number, 0 or more"),
            ("n", "invalid value: integer `-5`, expected u32", "n", "must be a whole number, 0 or more"),
            (
                "n",
                "invalid type: string \"x, expected y\", expected u32",
                "n",
                "must be a whole number, 0 or more",
            ),
            ("n", "invalid value: integer `300`, expected u8", "n", "must be a whole number of at most 255"),
            ("n", "invalid type: null, expected i64", "n", "must be a whole number"),
            ("t", "invalid type: integer `1`, expected a string", "t", "must be text"),
            ("t", "invalid type: integer `1`, expected struct Address", "t", "must be an object"),
            (
                "limit",
                "invalid digit found in string",
                "limit",
                "must be a whole number in digits, such as 20",
            ),
            ("id", "no such prefix", "id", "no such prefix"),
        ] {
            let told = explain(path, message);
            assert_eq!(told, (Some(field.to_owned()), detail.to_owned()), "{path}: {message}");
        }
    }

    #[test]
    fn what_is_wrong_as_a_whole_names_no_field() {
        let told = explain(".", "invalid type: sequence, expected struct Note");
        assert_eq!(told, (None, "must be an object".to_owned()));
    }
}
