//! Words of the shop's own, before anybody is told in them: filled in with a sample of their event.

use super::{Facts, Kind, Templates, file, part, sample, values};
use crate::domain::{
    channel::Channel,
    topic::Topic,
    wording::{Flaw, Wording},
};

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
        self.own(&wording.subject, &values).map_err(Flaw::of_subject)?;
        let body = self.own(&wording.body, &values).map_err(Flaw::of_body)?;
        let needs_link = Topic::of(kind.event_type) == Topic::Security
            && self.built_in(kind).is_some_and(|built_in| built_in.body.contains("{{ link }}"));
        if needs_link && !body.contains(facts.link) {
            return Err(Flaw::of_body("has no {{ link }}, without which the message is of no use"));
        }
        // The HTML part, which is made of the plain one, must have room too.
        let whole = self.render(kind, Some(wording), &event, facts);
        whole.map(drop).map_err(|error| Flaw::of_body(format!("can't be made a message: {error:#}")))
    }
}
