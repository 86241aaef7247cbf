//! Messages from templates: `templates/<language>/<event>.<ending>`, the first line is the subject or title.
//!
//! ```text
//!  .txt       email: the plain part, and what `layout.html` (or `<event>.html`) is filled with
//!  .sms.txt   a text message: all lines are the text
//!  .push.txt  a push message: title, then text
//! ```
//!
//! An event is told on a channel where there is a template for both. `bill.txt` is a part of others.

mod check;
mod filled;
mod filters;
mod grammar;

use include_dir::{Dir, include_dir};
use jiff::tz::TimeZone;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use self::filled::{OWN_MAX, PART_MAX, filled, told};
use super::{channel::Channel, html, language::Language, rows, wording::Wording};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
/// A sample of each event, which previews are made of.
static SAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../contracts/golden");

/// Steps of one text at most, in instructions of the template engine: a shop's own words may loop, and not for ever. The
/// longest built-in one, of an order with 500 lines, takes some 60,000.
const FUEL: u64 = 200_000;
/// Lines of a text in the shop's own words at most.
const LINES_MAX: usize = 4000;
/// Stands in links for the secret token, which is put in when the message is sent.
pub const TOKEN: &str = "__TOKEN__";
/// Ends a link to a guest's order. What follows a `#` is for the page alone: browsers send it to no server, nor as `Referer`
/// (RFC 9110 sections 7.1 and 10.1.3).
pub const FRAGMENT: &str = "#token=__TOKEN__";

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Empty for text messages.
    pub subject: String,
    pub body: String,
    /// Of emails.
    pub html: Option<String>,
}

/// What every message may mention beside its event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    pub shop: &'a str,
    /// `staff` or `customer`.
    pub reader: &'a str,
    /// What the reader is called.
    pub name: &'a str,
    /// What the order is called; empty where there is none.
    pub number: &'a str,
    /// The link the message is about; empty where there is none.
    pub link: &'a str,
    /// Where the reader switches such messages off; empty where nobody can.
    pub unsubscribe: &'a str,
}

/// Which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind<'a> {
    pub event_type: &'a str,
    pub channel: Channel,
    pub language: Language,
}

/// The templates.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Parses all templates; times are told in this zone.
    ///
    /// # Errors
    ///
    /// When one is malformed.
    pub fn new(zone: TimeZone) -> anyhow::Result<Self> {
        // Only what is named here: no filter and no function makes much of little.
        let mut environment = Environment::empty();
        environment.set_auto_escape_callback(minijinja::default_auto_escape_callback);
        // A word that a template takes and the event does not have is a fault, not a gap in a letter.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        filters::add_to(&mut environment, zone);
        let folders = Language::ALL.iter().filter_map(|language| FILES.get_dir(language.tag()));
        for file in FILES.files().chain(folders.flat_map(Dir::files)) {
            let name = file.path().to_str().unwrap_or_default();
            environment.add_template(name, file.contents_utf8().unwrap_or_default())?;
        }
        Ok(Self(environment))
    }

    /// Whether an event is told on a channel.
    pub fn has(&self, event_type: &str, channel: Channel) -> bool {
        let all = Language::ALL.map(|language| Kind { event_type, channel, language });
        all.iter().all(|kind| self.0.get_template(&file(*kind)).is_ok())
    }

    /// Every event that is told, with its channels.
    pub fn events(&self) -> Vec<(&'static str, Vec<Channel>)> {
        let channels = |event_type: &str| {
            Channel::ALL.into_iter().filter(|channel| self.has(event_type, *channel)).collect::<Vec<_>>()
        };
        let all = warung_contracts::event::TYPES.iter().map(|event_type| (*event_type, channels(event_type)));
        all.filter(|(_, channels)| !channels.is_empty()).collect()
    }

    /// The message that tells of an event, in these words or in the built-in ones.
    ///
    /// # Errors
    ///
    /// When there is no template for it or the template does not fit it.
    pub fn render(
        &self,
        kind: Kind<'_>,
        wording: Option<&Wording>,
        event: &impl Serialize,
        facts: Facts<'_>,
    ) -> anyhow::Result<Text> {
        let values = values(kind, event, facts);
        let (subject, body) = match wording {
            Some(wording) => {
                let own = |source| self.own(source, &values).map_err(anyhow::Error::msg);
                (own(&wording.subject)?, own(&wording.body)?)
            }
            None => part(kind.channel, &filled(&self.0.get_template(&file(kind))?, &values, PART_MAX)?),
        };
        if kind.channel == Channel::Sms {
            return Ok(Text { subject: String::new(), body: one_line(&body), html: None });
        }
        let subject = one_line(&subject);
        let body = body.trim();
        let footer = match (kind.channel, facts.unsubscribe) {
            (Channel::Email, "") | (Channel::Push | Channel::Sms, _) => None,
            (Channel::Email, _) => Some(self.footer(kind.language, &values)?),
        };
        // The line of two dashes tells readers of plain text what is a signature; in HTML it would be seen.
        let (shown, body) = match footer {
            Some(footer) => (format!("{body}\n\n{footer}\n"), format!("{body}\n\n-- \n{footer}\n")),
            None => (format!("{body}\n"), format!("{body}\n")),
        };
        let html = match kind.channel {
            Channel::Email => Some(self.html(kind, &subject, &shown, values)?),
            Channel::Push | Channel::Sms => None,
        };
        Ok(Text { subject, body: rows::lined_up(&body), html })
    }

    /// The same in the shop's own words where they fit this event: better the built-in ones than no message.
    ///
    /// # Errors
    ///
    /// When there is no template for it or the built-in one does not fit it.
    pub fn tell(
        &self,
        kind: Kind<'_>,
        own: Option<&Wording>,
        event: &impl Serialize,
        facts: Facts<'_>,
    ) -> anyhow::Result<Text> {
        if let Some(own) = own {
            match self.render(kind, Some(own), event, facts) {
                Ok(text) => return Ok(text),
                Err(error) => {
                    let (event_type, channel) = (kind.event_type, kind.channel.as_str());
                    tracing::warn!(event_type, channel, "the shop's own words do not fit: {error:#}");
                }
            }
        }
        self.render(kind, None, event, facts)
    }

    /// A message as it would be, told of the event's sample.
    ///
    /// # Errors
    ///
    /// When there is no such template, or the words do not fit.
    pub fn preview(
        &self,
        kind: Kind<'_>,
        wording: Option<&Wording>,
        facts: Facts<'_>,
    ) -> anyhow::Result<Text> {
        self.tell(kind, wording, &sample(kind.event_type)?, facts)
    }

    /// A template of the shop's own, filled in; what is wrong with it in words otherwise. Each time anew, since it may have been
    /// kept before there was such a rule.
    fn own(&self, source: &str, values: &Value) -> Result<String, String> {
        grammar::check(source)?;
        let template = self.0.template_from_str(source).map_err(|error| told(&error))?;
        let text = filled(&template, values, OWN_MAX).map_err(|error| told(&error))?;
        match text.lines().count() <= LINES_MAX {
            true => Ok(text),
            false => Err(format!("has more than {LINES_MAX} lines once it is filled in")),
        }
    }

    fn footer(&self, language: Language, values: &Value) -> anyhow::Result<String> {
        let text =
            filled(&self.0.get_template(&format!("{}/unsubscribe.txt", language.tag()))?, values, PART_MAX)?;
        Ok(text.trim().to_owned())
    }

    fn html(&self, kind: Kind<'_>, subject: &str, body: &str, values: Value) -> anyhow::Result<String> {
        let own = format!("{}/{}.html", kind.language.tag(), bare(kind.event_type));
        let template = self.0.get_template(&own).or_else(|_| self.0.get_template("layout.html"))?;
        let paragraphs = html::paragraphs(body);
        let values = context! { subject, paragraphs => Value::from_serialize(&paragraphs), ..values };
        Ok(filled(&template, &values, PART_MAX)?)
    }
}

fn values(kind: Kind<'_>, event: &impl Serialize, facts: Facts<'_>) -> Value {
    let Facts { shop, reader, name, number, link, unsubscribe } = facts;
    let language = kind.language.tag();
    let event = Value::from_serialize(event);
    let decimals = filters::decimals(&event);
    context! { event, language, shop, reader, name, number, link, unsubscribe, __decimals => decimals }
}

/// A sample of an event.
fn sample(event_type: &str) -> anyhow::Result<serde_json::Value> {
    let file = SAMPLES.get_file(format!("{event_type}.json"));
    let file = file.ok_or_else(|| anyhow::anyhow!("{event_type} has no sample"))?;
    Ok(serde_json::from_slice(file.contents())?)
}

/// The first line, which is the subject where the channel has one, and the rest.
fn part(channel: Channel, text: &str) -> (String, String) {
    let (subject, body) = match channel {
        Channel::Sms => ("", text),
        Channel::Email | Channel::Push => text.split_once('\n').unwrap_or((text, "")),
    };
    (subject.to_owned(), body.to_owned())
}

fn bare(event_type: &str) -> &str {
    event_type.trim_start_matches("warung.")
}

fn file(kind: Kind<'_>) -> String {
    format!("{}/{}.{}", kind.language.tag(), bare(kind.event_type), kind.channel.ending())
}

/// A subject is one line of a header, whatever a name holds; so is a text message.
pub fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
