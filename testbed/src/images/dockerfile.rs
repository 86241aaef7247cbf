//! The final stage of the `Dockerfile`, as far as it is one copy of a prepared root and some settings.

use anyhow::{Context, Result, bail};

use super::archive::Config;

/// Where the build stage prepares the root that the final stage copies.
const PREPARED: &str = "COPY --from=build /rootfs/ /";

/// Reads the final stage's settings. Anything it could not build itself is an error, so that an image of the testbed
/// and one of a container engine can't drift apart.
pub(super) fn final_stage(text: &str) -> Result<Config> {
    let joined = text.replace("\\\n", " ");
    let lines: Vec<&str> =
        joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let from =
        lines.iter().rposition(|line| line.starts_with("FROM ")).context("the Dockerfile has no FROM")?;
    if lines[from] != "FROM scratch" {
        bail!("the Dockerfile's final stage must be FROM scratch, not '{}'", lines[from]);
    }
    let mut config = Config::default();
    let mut copied = false;
    for line in &lines[from + 1..] {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "COPY" if *line == PREPARED => copied = true,
            "ENV" => config.env.push(rest.trim().to_owned()),
            "USER" => rest.trim().clone_into(&mut config.user),
            "LABEL" => {
                let (name, value) = rest.split_once('=').with_context(|| format!("no value in '{line}'"))?;
                config.labels.push((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
            }
            _ => bail!(
                "the testbed can't build '{line}' of the Dockerfile's final stage; it knows '{PREPARED}', ENV, USER and LABEL"
            ),
        }
    }
    if !copied {
        bail!("the Dockerfile's final stage lacks '{PREPARED}'");
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::final_stage;

    #[test]
    fn the_projects_dockerfile_is_understood() {
        let text = include_str!("../../../Dockerfile");
        let config = final_stage(text).expect("a final stage");
        assert_eq!(config.user, "65532:65532");
        assert!(config.env.contains(&"PATH=/".to_owned()), "{config:?}");
    }

    #[test]
    fn what_the_testbed_could_not_build_is_refused() {
        let text = "FROM rust AS build\nFROM scratch\nCOPY --from=build /rootfs/ /\nRUN rm -rf /\n";
        let error = final_stage(text).expect_err("refused").to_string();
        assert!(error.contains("RUN rm -rf /"), "{error}");
    }
}
