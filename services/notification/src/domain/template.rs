//! Messages from templates: `templates/<language>/<event>.txt`, the first line is the subject.

use include_dir::{Dir, include_dir};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, Value, context};
use serde::{Deserialize as _, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
use warung_contracts::money::Money;

use super::{amount, language::Language};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub subject: String,
    pub body: String,
}

/// What every message may mention beside its event.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub shop: &'a str,
    /// What the reader is called.
    pub name: &'a str,
    /// What the order is called; empty where there is none.
    pub number: &'a str,
}

/// The templates.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Parses all templates.
    ///
    /// # Errors
    ///
    /// When one is malformed.
    pub fn new() -> anyhow::Result<Self> {
        let mut environment = Environment::new();
        // A word that a template takes and the event does not have is a fault, not a gap in a letter.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("money", money);
        environment.add_filter("moment", moment);
        for language in Language::ALL {
            for file in FILES.get_dir(language.tag()).into_iter().flat_map(Dir::files) {
                let name = file.path().to_str().unwrap_or_default();
                environment.add_template(name, file.contents_utf8().unwrap_or_default())?;
            }
        }
        Ok(Self(environment))
    }

    /// The message that tells of an event.
    ///
    /// # Errors
    ///
    /// When there is no template for it or the template does not fit it.
    pub fn render(
        &self,
        event_type: &str,
        event: &impl Serialize,
        language: Language,
        facts: Facts<'_>,
    ) -> anyhow::Result<Text> {
        let Facts { shop, name, number } = facts;
        let file = format!("{}/{}.txt", language.tag(), event_type.trim_start_matches("warung."));
        let values = context! { event => Value::from_serialize(event), language => language.tag(), shop, name, number };
        let text = self.0.get_template(&file)?.render(values)?;
        let (subject, body) = text.split_once('\n').unwrap_or((&text, ""));
        // A subject is one line of a header, whatever a name holds.
        let subject = subject.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned();
        Ok(Text { subject, body: format!("{}\n", body.trim()) })
    }
}

fn money(state: &State<'_, '_>, value: Value) -> Result<String, Error> {
    let money = Money::deserialize(value)?;
    let tag = state.lookup("language").map(|tag| tag.to_string()).unwrap_or_default();
    Ok(amount::format(money, Language::of(&tag)))
}

fn moment(text: &str) -> Result<String, Error> {
    let wrong = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| wrong(error.to_string()))?;
    let form = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    at.to_offset(time::UtcOffset::UTC).format(&form).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(event_type: &str) -> serde_json::Value {
        let path = format!("{}/../contracts/golden/{event_type}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn facts() -> Facts<'static> {
        Facts { shop: "Kopi", name: "Siti", number: "KOPI-000042" }
    }

    #[test]
    fn every_consumed_event_has_a_message_in_every_language() {
        let templates = Templates::new().unwrap();
        for consumed in &warung_contracts::manifest::get("notification").consumes {
            for language in Language::ALL {
                let text = templates.render(&consumed.event, &golden(&consumed.event), language, facts());
                let text = text.unwrap_or_else(|error| panic!("{} {language:?}: {error:#}", consumed.event));
                assert!(!text.subject.is_empty() && text.body.contains("Siti"), "{text:?}");
                assert!(!text.body.contains("{{") && !text.body.contains("{%"), "{text:?}");
            }
        }
    }

    #[test]
    fn a_message_holds_amounts_as_the_reader_writes_them() {
        let event = serde_json::json!({"amount": {"amount_minor": 1_500_000, "currency": "IDR"}});
        let render = |language| {
            Templates::new()
                .unwrap()
                .render("warung.payment.refunded.v1", &event, language, facts())
                .unwrap()
                .body
        };
        assert!(render(Language::Indonesian).contains("IDR 15.000,00"));
        assert!(render(Language::English).contains("IDR 15,000.00"));
    }

    #[test]
    fn an_event_that_does_not_fit_its_template_is_a_fault() {
        let templates = Templates::new().unwrap();
        let (event, language) = (serde_json::json!({}), Language::English);
        assert!(templates.render("warung.payment.refunded.v1", &event, language, facts()).is_err());
        assert!(templates.render("warung.made.up.v1", &event, language, facts()).is_err());
    }

    #[test]
    fn a_name_can_add_no_header() {
        let event = golden("warung.auth.user_registered.v1");
        let facts = Facts { name: "Siti\r\nBcc: x@example.com", ..facts() };
        let templates = Templates::new().unwrap();
        let text =
            templates.render("warung.auth.user_registered.v1", &event, Language::English, facts).unwrap();
        assert!(!text.subject.contains(['\r', '\n']), "{text:?}");
    }
}
