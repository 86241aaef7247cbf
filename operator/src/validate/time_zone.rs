//! The time zone that messages are told in.

use jiff::tz::TimeZone;

use super::Invalid;
use crate::api::ShopSpec;

/// Checks that there is such a zone: the service that reads it would not start with another.
///
/// # Errors
///
/// When there is none of this name.
pub fn check(spec: &ShopSpec) -> Result<(), Invalid> {
    match &spec.commerce.time_zone {
        Some(name) if TimeZone::get(name).is_err() => Err(Invalid::TimeZone { name: name.clone() }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn zones_that_there_are_are_taken_and_others_are_refused_with_what_to_write() {
        let checked = |commerce| {
            let spec = json!({
                "version": "0.1.0", "host": "kopi.example.com", "currency": "IDR", "commerce": commerce,
            });
            check(&serde_json::from_value(spec).unwrap()).map_err(|error| error.to_string())
        };
        for fine in [json!({}), json!({"timeZone": "UTC"}), json!({"timeZone": "Asia/Jakarta"})] {
            assert_eq!(checked(fine), Ok(()));
        }
        let told = checked(json!({"timeZone": "Asia/Jakatra"})).unwrap_err();
        assert!(
            told.contains("Asia/Jakatra is not a time zone") && told.contains("such as Asia/Jakarta"),
            "{told}"
        );
    }
}
