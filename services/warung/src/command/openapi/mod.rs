//! `warung openapi`

mod page;

use anyhow::Context as _;
use clap::Args as Arguments;
use utoipa::openapi::{OpenApi, OpenApiBuilder};
use warung_chassis::{config::Env, openapi, run, service::BuildError};

use self::page::Form;

#[derive(Debug, Arguments)]
pub struct Args {
    /// Name of a service, or `all`
    service: String,
    /// As one HTML page that needs no network, instead of JSON
    #[arg(long)]
    html: bool,
    /// As Markdown, instead of JSON
    #[arg(long, conflicts_with = "html")]
    markdown: bool,
}

impl Args {
    /// The page that is wanted; none for JSON.
    fn form(&self) -> Option<Form> {
        let html = self.html.then_some(Form::Html);
        html.or_else(|| self.markdown.then_some(Form::Markdown))
    }
}

/// Prints the OpenAPI document of the named services.
///
/// # Errors
///
/// When a service can't be built or the document can't be written.
pub async fn run(args: &Args, env: &Env) -> Result<(), BuildError> {
    let document = document(&args.service, env).await?;
    let text = match args.form() {
        Some(form) => {
            let document = serde_json::to_value(&document).map_err(anyhow::Error::from)?;
            page::render(&document, &args.service, form)?
        }
        None => document.to_pretty_json().map_err(anyhow::Error::from)?,
    };
    Ok(super::print(&text)?)
}

/// The document of a service as the service serves it, or one of all.
async fn document(name: &str, env: &Env) -> Result<OpenApi, BuildError> {
    let mut documents = Vec::new();
    for service in super::services(name)? {
        documents.push(run::openapi(service, env).await?);
    }
    if name != "all" {
        return Ok(documents.into_iter().next().context("there is no such service")?);
    }
    let info = openapi::info("Warung", "The public routes of a Warung shop, of all its services");
    let mut all = OpenApiBuilder::new().info(info).build();
    documents.into_iter().for_each(|document| all.merge(document));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use warung_contracts::manifest::{self, Access};

    use super::*;

    async fn printed(name: &str) -> Value {
        let document = document(name, &Env::default()).await.expect("no store is needed");
        serde_json::to_value(document).unwrap()
    }

    /// Checks what every document keeps to, for the routes of one service.
    fn check(document: &Value, manifest: &manifest::Manifest) {
        let schemes = &document["components"]["securitySchemes"];
        for route in &manifest.routes {
            let name = format!("{} {}", route.method.as_str(), route.path);
            let operation = &document["paths"][&route.path][route.method.as_str().to_lowercase()];
            check_summary(&name, operation["summary"].as_str().unwrap_or_default());
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{name}: no security"));
            assert_eq!(security.is_empty(), route.access == Access::Public, "{name}: {security:?}");
            for scheme in security.iter().flat_map(|one| one.as_object().unwrap().keys()) {
                assert!(schemes[scheme].is_object(), "{name}: {scheme} is declared nowhere");
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("429") && responses.contains_key("default"), "{name}");
            assert!(responses.contains_key("401") || !route.access.needs_token(), "{name}");
            for (status, response) in responses {
                for (media, content) in response["content"].as_object().into_iter().flatten() {
                    let problem = content["schema"]["$ref"] == "#/components/schemas/Problem";
                    assert_eq!(problem, media == openapi::PROBLEM_JSON, "{name} {status}: {media}");
                }
            }
        }
    }

    /// A title: what it does, in one short line; sentences follow in the description.
    fn check_summary(name: &str, summary: &str) {
        let is_title =
            summary.starts_with(char::is_uppercase) && !summary.ends_with('.') && !summary.contains(". ");
        assert!(is_title && summary.len() <= 60, "{name}: {summary:?} is no title");
    }

    fn page_shows_everything(document: &Value) {
        let page = page::render(document, "all", Form::Html).unwrap();
        for operation in document["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|path| path.as_object().unwrap().values())
        {
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.contains(&format!("<section id=\"{id}\">")), "{id} is not on the page");
        }
        for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
        }
        assert!(!page.contains("src=") && !page.contains("@import"), "it needs no network");
    }

    /// Writes a file again where that is asked for; else it must be as it is written now.
    fn is_current(name: &str, text: &str) {
        let path = format!("{}/../../docs/api/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let how = "run UPDATE=1 cargo test -p warung --bin warung openapi";
        assert!(committed == text, "docs/api/{name} lags behind the code; {how}");
    }

    #[tokio::test]
    async fn the_committed_documents_are_those_of_the_code() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        for manifest in manifest::all() {
            let (name, document) = (&manifest.name, printed(&manifest.name).await);
            is_current(&format!("{name}.json"), &format!("{document:#}\n"));
            let page = page::render(&document, name, Form::Markdown).unwrap();
            is_current(&format!("{name}.md"), &page);
        }
    }

    #[tokio::test]
    async fn every_document_says_whose_it_is_who_may_call_and_how_it_fails() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let all = printed("all").await;
        assert_eq!(all["info"]["title"], "Warung");
        assert_eq!(all["info"]["license"]["name"], "Apache-2.0");
        page_shows_everything(&all);
        for manifest in manifest::all() {
            check(&all, manifest);
            let own = printed(&manifest.name).await;
            check(&own, manifest);
            assert_eq!(own["info"]["title"], format!("Warung {}", manifest.name));
            assert_eq!(own["info"]["description"], manifest.summary);
            assert!(own["info"].get("contact").is_none());
        }
    }
}
