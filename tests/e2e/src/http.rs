//! Requests to a shop.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use warung_contracts::manifest;

/// Time for one request.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where a shop is.
#[derive(Debug, Clone)]
pub struct Shop {
    client: Client,
    base: String,
    /// Whether each service has a port of its own there, for want of a gateway.
    direct: bool,
    /// Value of the Host header, where the URL is not the shop's own.
    host: Option<String>,
}

/// An answer with its body as JSON (null when empty).
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body, when the status is a success.
    ///
    /// # Errors
    ///
    /// The problem's detail otherwise.
    pub fn ok(self) -> Result<Value> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let detail = self.body.get("detail").and_then(Value::as_str).map(str::to_owned);
        bail!("{}: {}", self.status, detail.unwrap_or_else(|| self.body.to_string()))
    }
}

impl Shop {
    /// A shop at a base URL such as `http://127.0.0.1:30080`.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn at(base: &str, host: Option<&str>) -> Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).no_proxy().build().context("make an HTTP client")?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            direct: false,
            host: host.map(str::to_owned),
        })
    }

    /// A shop without a gateway: each service on its own port of `base`, such as `http://127.0.0.1`.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn services(base: &str) -> Result<Self> {
        Ok(Self { direct: true, ..Self::at(base, None)? })
    }

    fn url_of(&self, path: &str) -> Result<String> {
        let base = &self.base;
        if !self.direct {
            return Ok(format!("{base}{path}"));
        }
        let plain = path.split('?').next().unwrap_or(path);
        let owner = manifest::all().iter().find(|m| m.routes.iter().any(|route| fits(&route.path, plain)));
        let port = owner.with_context(|| format!("no service has the route {path}"))?.port;
        Ok(format!("{base}:{port}{path}"))
    }

    /// The base URL.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Sends one request.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        let mut request = self.client.request(method.clone(), self.url_of(path)?);
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.with_context(|| format!("{method} {path}"))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.with_context(|| format!("{method} {path}: read the answer"))?;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok(Answer { status, headers, body })
    }
}

/// Whether a path is one of a template's.
fn fits(template: &str, path: &str) -> bool {
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}
