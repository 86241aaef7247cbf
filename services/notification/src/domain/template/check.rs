//! Words of the shop's own, before anybody is told in them: filled in with a sample of their event.

use minijinja::Value;

use super::{Facts, Kind, Templates, file, part, sample, values};
use crate::domain::{
    channel::Channel,
    topic::Topic,
    wording::{Flaw, Wording},
};

/// What templates may name.
const WORDS: [&str; 8] = ["event", "language", "shop", "reader", "name", "number", "link", "unsubscribe"];

impl Templates {
    /// The built-in words; none where there are none.
    pub fn built_in(&self, kind: Kind<'_>) -> Option<Wording> {
        let template = self.0.get_template(&file(kind)).ok()?;
        let (subject, body) = part(kind.channel, template.source());
        Some(Wording { subject, body: body.trim().to_owned() })
    }

    /// Whether a message can be told in these words, tried on the event's sample.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn check(&self, kind: Kind<'_>, wording: &Wording, facts: Facts<'_>) -> Result<(), Flaw> {
        match (kind.channel == Channel::Sms, wording.subject.trim().is_empty()) {
            (true, false) => return Err(Flaw::of_subject("must be empty: text messages have none")),
            (false, true) => return Err(Flaw::of_subject("is empty; write what the reader sees first")),
            _ => {}
        }
        let event = sample(kind.event_type).map_err(|error| Flaw::of_body(error.to_string()))?;
        let values = values(kind, &event, facts);
        self.try_out(&wording.subject, &values).map_err(Flaw::of_subject)?;
        let body = self.try_out(&wording.body, &values).map_err(Flaw::of_body)?;
        let needs_link = Topic::of(kind.event_type) == Topic::Security
            && self.built_in(kind).is_some_and(|built_in| built_in.body.contains("{{ link }}"));
        match needs_link && !body.contains(facts.link) {
            true => Err(Flaw::of_body("has no {{ link }}, without which the message is of no use")),
            false => Ok(()),
        }
    }

    /// A template filled in; what is wrong with it in words otherwise.
    fn try_out(&self, source: &str, values: &Value) -> Result<String, String> {
        let template = self.0.template_from_str(source).map_err(|error| told(&error))?;
        let named = template.undeclared_variables(false);
        let is_known =
            |name: &str| WORDS.contains(&name) || self.0.globals().any(|(function, _)| function == name);
        if let Some(unknown) = named.iter().filter(|name| !is_known(name)).min() {
            return Err(format!("names {unknown}, which no message has; there are {}", WORDS.join(", ")));
        }
        template.render(values).map_err(|error| told(&error))
    }
}

/// What the template engine says, with the line and without the name of a file that there is not.
fn told(error: &minijinja::Error) -> String {
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    format!("can't be filled in: {}{detail}{line}", error.kind())
}
