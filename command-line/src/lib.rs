//! How every program of the project reads its arguments: help and version go out whole, anything wrong becomes one line
//! that says what, and exit code 2.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Command, Error, Parser};
use url::Url;

/// The exit code of a program that was called wrong: by a flag, a variable or a file.
pub const USAGE: u8 = 2;

/// The process's arguments and variables.
///
/// # Errors
///
/// There is nothing to run: help was asked for and printed (0), or something is wrong and was told ([`USAGE`]).
pub fn parse<P: Parser>() -> Result<P, ExitCode> {
    P::try_parse().map_err(|error| {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            // A reader that has seen enough is no failure.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        let command = P::command();
        eprintln!("{}: {}", command.get_name(), complaint(&command, &error));
        ExitCode::from(USAGE)
    })
}

/// For an argument that names a file there must be: the work before it is opened may take minutes.
///
/// # Errors
///
/// There is no such file.
pub fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err("there is no such file".to_owned()) }
}

/// For an argument that is the base URL of a server: `http` or `https`, without a `/` at its end.
///
/// # Errors
///
/// It is no such URL.
pub fn base_url(text: &str) -> Result<String, String> {
    let web = |url: &Url| matches!(url.scheme(), "http" | "https");
    match Url::parse(text).ok().filter(web) {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err("write http://host:port or https://host".to_owned()),
    }
}

/// What is wrong, in one line.
fn complaint(command: &Command, error: &Error) -> String {
    let text = error.render().to_string();
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("name a command: {}", one_of(called(command, &text)));
    }
    let told = |line: &&str| !line.starts_with("Usage") && !line.starts_with("For more information");
    let lines: Vec<&str> =
        text.lines().map(str::trim).take_while(told).filter(|line| !line.is_empty()).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// The command that a help text is of, by its usage: `Usage: program command [OPTIONS] <COMMAND>`.
fn called<'a>(program: &'a Command, help: &str) -> &'a Command {
    let usage = help.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap_or_default();
    usage
        .split(' ')
        .skip(1)
        .map_while(|word| Some(word).filter(|word| !word.starts_with(['[', '<'])))
        .fold(program, |command, word| command.find_subcommand(word).unwrap_or(command))
}

fn one_of(command: &Command) -> String {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    let names: Vec<&str> = shown.map(Command::get_name).filter(|name| *name != "help").collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Subcommand};

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "till")]
    struct Till {
        #[command(subcommand)]
        act: Act,
    }

    #[derive(Debug, Subcommand)]
    enum Act {
        Open {
            #[arg(long)]
            drawer: u8,
            #[arg(long, value_parser = base_url)]
            bank: Option<String>,
        },
        #[command(subcommand)]
        Count(Count),
        #[command(hide = true)]
        Inside,
    }

    #[derive(Debug, Subcommand)]
    enum Count {
        Coins,
        Notes,
    }

    fn said(arguments: &[&str]) -> String {
        let error = Till::try_parse_from([&["till"], arguments].concat()).unwrap_err();
        complaint(&Till::command(), &error)
    }

    #[test]
    fn whatever_is_wrong_is_one_line_that_says_what() {
        let cases: [(&[&str], &str); 6] = [
            (&[], "name a command: open or count"),
            (&["count"], "name a command: coins or notes"),
            (&["shut"], "unrecognized subcommand 'shut'"),
            (&["open"], "the following required arguments were not provided: --drawer <DRAWER>"),
            (
                &["open", "--drawer", "x"],
                "invalid value 'x' for '--drawer <DRAWER>': invalid digit found in string",
            ),
            (
                &["open", "--drawr", "1"],
                "unexpected argument '--drawr' found tip: a similar argument exists: '--drawer'",
            ),
        ];
        for (arguments, expected) in cases {
            assert_eq!(said(arguments), expected, "{arguments:?}");
        }
    }

    #[test]
    fn a_base_url_is_of_the_web_and_ends_without_a_slash() {
        assert_eq!(base_url("http://127.0.0.1:8080/"), Ok("http://127.0.0.1:8080".to_owned()));
        for wrong in ["nonsense", "ftp://a", "localhost:80", "http://"] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }
}
