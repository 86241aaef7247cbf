//! `warung events`: the dead letters of a shop.

use std::io::{self, Read as _};

use anyhow::{Context as _, bail};
use async_nats::jetstream;
use clap::{Args as Arguments, Subcommand};
use time::format_description::well_known::Rfc3339;
use warung_chassis::{
    config::Env,
    events::letters::{Letter, Letters, Which},
    service::BuildError,
};

/// Events that services gave up
#[derive(Debug, Arguments)]
pub struct Args {
    /// User at NATS who may read and publish everything; WARUNG_NATS_USER says the same
    #[arg(long, global = true, value_name = "NAME")]
    user: Option<String>,
    /// Read that user's password from standard input
    #[arg(long, global = true, requires = "user")]
    password_stdin: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them, the oldest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// JSON lines instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Show one with its headers and data, as JSON
    Show { sequence: u64 },
    /// Send them again to the subjects they had
    Replay(Chosen),
    /// Throw them away for good
    Purge(Chosen),
}

#[derive(Debug, Arguments)]
struct Filter {
    /// Only those this service gave up
    #[arg(long)]
    service: Option<String>,
    /// Only this type of event, such as warung.order.placed.v1
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only those about this: an id such as usr_… or ord_…, or an email address
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    about: Option<String>,
}

#[derive(Debug, Arguments)]
struct Chosen {
    /// Their numbers, as `list` shows them
    #[arg(required_unless_present = "all")]
    sequences: Vec<u64>,
    /// All of them, or all that the filters let through
    #[arg(long, conflicts_with = "sequences")]
    all: bool,
    #[command(flatten)]
    filter: Filter,
}

impl From<Filter> for Which {
    fn from(Filter { service, event_type, about }: Filter) -> Self {
        Self { service, event_type, about }
    }
}

/// Does what the verb says.
///
/// # Errors
///
/// When NATS is away or refuses, or there is no such letter.
pub async fn run(args: Args, env: &Env) -> Result<(), BuildError> {
    let letters = Letters::open(connect(&args, env).await?).await?;
    match args.verb {
        Verb::List { filter, limit, json } => list(&letters.list(&filter.into(), limit).await?, json)?,
        Verb::Show { sequence } => {
            let letter = letters.get(sequence).await?;
            super::print(&serde_json::to_string_pretty(&letter).map_err(anyhow::Error::from)?)?;
        }
        Verb::Replay(chosen) => {
            for sequence in pick(&letters, chosen).await? {
                letters.replay(sequence).await?;
                super::print(&format!("{sequence} sent again"))?;
            }
        }
        Verb::Purge(chosen) => {
            for sequence in pick(&letters, chosen).await? {
                letters.purge(sequence).await?;
                super::print(&format!("{sequence} thrown away"))?;
            }
        }
    }
    Ok(())
}

async fn connect(args: &Args, env: &Env) -> anyhow::Result<jetstream::Context> {
    let url = env.get("events", "WARUNG_NATS_URL").unwrap_or("nats://127.0.0.1:4222");
    let user = args.user.as_deref().or_else(|| env.get("events", "WARUNG_NATS_USER"));
    let password = match args.password_stdin {
        true => Some(password_from(io::stdin().lock())?),
        false => env.get("events", "WARUNG_NATS_PASSWORD").map(str::to_owned),
    };
    let mut options = async_nats::ConnectOptions::new().name("warung events");
    if let (Some(user), Some(password)) = (user, password) {
        options = options.user_and_password(user.to_owned(), password);
    }
    let client = options.connect(url).await.context("NATS at WARUNG_NATS_URL does not let us in")?;
    Ok(jetstream::new(client))
}

/// The first line, without its end.
fn password_from(mut input: impl io::Read) -> anyhow::Result<String> {
    let mut text = String::new();
    input
        .by_ref()
        .take(4096)
        .read_to_string(&mut text)
        .context("no password can be read from standard input")?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => bail!("standard input holds no password; pipe it in"),
    }
}

async fn pick(letters: &Letters, chosen: Chosen) -> anyhow::Result<Vec<u64>> {
    if !chosen.all {
        return Ok(chosen.sequences);
    }
    let all = letters.list(&chosen.filter.into(), usize::MAX).await?;
    Ok(all.into_iter().map(|letter| letter.sequence).collect())
}

fn list(letters: &[Letter], json: bool) -> anyhow::Result<()> {
    if json {
        return letters.iter().try_for_each(|letter| super::print(&serde_json::to_string(letter)?));
    }
    if letters.is_empty() {
        return super::print("no dead letters");
    }
    super::print(&format!(
        "{:>8}  {:20}  {:12}  {:38}  {}",
        "SEQUENCE", "AT", "SERVICE", "TYPE", "AGGREGATE: REASON"
    ))?;
    for letter in letters {
        let Letter { sequence, service, event_type, aggregate, reason, .. } = letter;
        let at = letter.at.replace_nanosecond(0)?.format(&Rfc3339)?;
        super::print(&format!(
            "{sequence:>8}  {at:20}  {service:12}  {event_type:38}  {aggregate}: {reason}"
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_of_what_is_piped_in() {
        assert_eq!(password_from("geheim\r\nmore".as_bytes()).unwrap(), "geheim");
        assert!(password_from("".as_bytes()).unwrap_err().to_string().contains("pipe it in"));
    }
}
