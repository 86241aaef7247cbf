//! An address.

use warung_contracts::{country, id::AddressId, phone};

use super::text;

/// Addresses of one user at most: enough for anybody, few enough for one answer.
pub const COUNT_MAX: i64 = 50;
/// Characters of a line at most; carriers cut longer ones off.
pub const LINE_MAX: usize = 120;
/// Characters of a postal code at most.
pub const POSTAL_CODE_MAX: usize = 12;

/// What an address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    pub label: Option<String>,
    pub recipient: String,
    pub phone: Option<String>,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub province: Option<String>,
    pub postal_code: String,
    pub country: String,
}

/// An address of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub address_id: AddressId,
    pub details: Details,
    /// Where parcels go when nothing else is said.
    pub preferred: bool,
    pub version: i64,
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub field: &'static str,
    pub detail: String,
}

impl Details {
    /// Brings what somebody wrote into the one form that is kept.
    ///
    /// # Errors
    ///
    /// Every field that is wrong.
    pub fn parse(raw: Self) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut check = |field, result: Result<String, String>| match result {
            Ok(text) => text,
            Err(detail) => {
                wrong.push(Wrong { field, detail });
                String::new()
            }
        };
        let mut optional = |field, text: Option<String>, parse: &dyn Fn(&str) -> Result<String, String>| {
            text.filter(|text| !text.trim().is_empty()).map(|text| check(field, parse(&text)))
        };
        let line = |text: &str| text::line(text, LINE_MAX);
        let label = optional("label", raw.label, &line);
        let phone = optional("phone", raw.phone, &phone::parse);
        let line2 = optional("line2", raw.line2, &line);
        let province = optional("province", raw.province, &line);
        let parsed = Self {
            label,
            phone,
            line2,
            province,
            recipient: check("recipient", line(&raw.recipient)),
            line1: check("line1", line(&raw.line1)),
            city: check("city", line(&raw.city)),
            country: check("country", country::parse(&raw.country)),
            postal_code: check("postal_code", postal_code(&raw.postal_code, &raw.country)),
        };
        if wrong.is_empty() { Ok(parsed) } else { Err(wrong) }
    }
}

/// Indonesian codes are five digits; elsewhere anything short is taken.
fn postal_code(code: &str, country: &str) -> Result<String, String> {
    let code = text::line(code, POSTAL_CODE_MAX)?;
    let five_digits = code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit());
    match country.trim().eq_ignore_ascii_case("ID") && !five_digits {
        true => Err("must have five digits in Indonesia, such as 40115".into()),
        false => Ok(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> Details {
        Details {
            label: Some(" ".into()),
            recipient: " Siti Rahma ".into(),
            phone: Some("+62 812 3456 7890".into()),
            line1: "Jl. Braga 1".into(),
            line2: None,
            city: "Bandung".into(),
            province: Some("Jawa Barat".into()),
            postal_code: "40111".into(),
            country: "id".into(),
        }
    }

    #[test]
    fn what_was_parsed_stays_as_it_is() {
        let parsed = Details::parse(details()).unwrap();
        assert_eq!(
            (parsed.label.as_deref(), parsed.recipient.as_str(), parsed.country.as_str()),
            (None, "Siti Rahma", "ID")
        );
        assert_eq!(Details::parse(parsed.clone()), Ok(parsed));
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let raw = Details {
            city: String::new(),
            postal_code: "1234".into(),
            phone: Some("12".into()),
            ..details()
        };
        let mut fields: Vec<_> =
            Details::parse(raw).unwrap_err().into_iter().map(|wrong| wrong.field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["city", "phone", "postal_code"]);
        assert!(
            Details::parse(Details { postal_code: "1234".into(), country: "NO".into(), ..details() }).is_ok()
        );
    }
}
