//! One call to a provider.

use std::time::Duration;

use reqwest::{
    Method, RequestBuilder, Response, StatusCode, Url,
    header::{HeaderName, HeaderValue, RETRY_AFTER},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tracing::Instrument as _;

use super::{ANSWER_MAX, Client, Reply, patience};
use crate::providers::NoAnswer;

/// Pauses before a harmless call is repeated at once; what fails after that is made again by a job.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// A call in the making.
#[derive(Debug)]
pub struct Call<'a> {
    client: &'a Client,
    request: RequestBuilder,
    span: tracing::Span,
    /// Made twice, it acts once.
    harmless: bool,
    fault: Option<NoAnswer>,
}

/// A header value that prints as "Sensitive".
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a Client, method: Method, url: Url, shown: &str) -> Self {
        // Neither query nor user, which may hold what is nobody's business.
        let path = shown.split('?').next().unwrap_or_default();
        let span = tracing::info_span!(
            "provider call",
            otel.kind = "client",
            http.request.method = %method,
            server.address = url.host_str().unwrap_or_default(),
            url.path = path,
            http.response.status_code = tracing::field::Empty,
        );
        let harmless = method == Method::GET;
        Self { client, request: client.0.http.request(method, url), span, harmless, fault: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Adds a header that opens doors.
    #[must_use]
    pub fn secret_header(mut self, name: &'static str, value: &SecretString) -> Self {
        match sensitive(value.expose_secret()) {
            Some(value) => self.request = self.request.header(HeaderName::from_static(name), value),
            None => self.fault = Some(NoAnswer::new("a credential can't be a header")),
        }
        self
    }

    /// Says who calls: `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &SecretString) -> Self {
        let value = SecretString::from(format!("Bearer {}", token.expose_secret()));
        self.secret_header("authorization", &value)
    }

    /// Says who calls: a key as the user, no password (Stripe, Xendit, Midtrans), or both (PayPal's token endpoint).
    #[must_use]
    pub fn basic(mut self, user: &SecretString, password: Option<&SecretString>) -> Self {
        // Marked as sensitive by the builder.
        self.request =
            self.request.basic_auth(user.expose_secret(), Some(password.map_or("", |p| p.expose_secret())));
        self
    }

    /// Makes it harmless to repeat: the provider knows the key again.
    #[must_use]
    pub fn key(mut self, header: &'static str, key: &str) -> Self {
        self.harmless = true;
        self.header(header, key)
    }

    /// Its body, as a form.
    #[must_use]
    pub fn form<T: Serialize + ?Sized>(mut self, form: &T) -> Self {
        self.request = self.request.form(form);
        self
    }

    /// Its body, as JSON.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        self.request = self.request.json(body);
        self
    }

    /// Makes it.
    ///
    /// # Errors
    ///
    /// When it can't be known whether it acted; with the time before which the provider wants no other call.
    pub async fn send(mut self) -> Result<Reply, NoAnswer> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let span = self.span.clone();
        async {
            let mut pauses = PAUSES.into_iter().take(if self.harmless { PAUSES.len() } else { 0 });
            loop {
                self.client.0.patience.check()?;
                let request = self.request.try_clone();
                let request = request.ok_or_else(|| NoAnswer::new("the body can be sent only once"))?;
                let failed = match exchange(request).await {
                    Ok(reply) => {
                        tracing::Span::current().record("http.response.status_code", reply.status.as_u16());
                        match self.refused(&reply) {
                            None => return Ok(reply),
                            Some(refused) => refused,
                        }
                    }
                    Err(failed) => failed,
                };
                match pauses.next() {
                    Some(pause) if failed.soon => tokio::time::sleep(pause).await,
                    _ => return Err(failed.why),
                }
            }
        }
        .instrument(span)
        .await
    }

    /// An answer that doesn't say whether the call acted, or that it should be made later.
    fn refused(&self, reply: &Reply) -> Option<Failed> {
        let status = reply.status;
        let later = matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        );
        if !later && !status.is_server_error() {
            return None;
        }
        let mut after = retry_after(reply);
        if status == StatusCode::TOO_MANY_REQUESTS {
            let pause = after.unwrap_or(patience::UNSAID);
            self.client.0.patience.wait(pause);
            after = Some(pause);
        }
        // The gateway before the provider, not the provider: worth another try at once.
        let soon = after.is_none()
            && matches!(
                status,
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            );
        Some(Failed { why: NoAnswer { why: format!("it answered {status}"), after }, soon })
    }
}

/// An exchange without a usable answer.
struct Failed {
    why: NoAnswer,
    /// Whether to try again at once.
    soon: bool,
}

/// Seconds to wait (RFC 9110, section 10.2.3), no longer than is good for a shop; a date is not worth a clock's disagreement.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let seconds = reply.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(patience::LONGEST))
}

async fn exchange(request: RequestBuilder) -> Result<Reply, Failed> {
    let response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read(response).await?;
    Ok(Reply { status, headers, body })
}

async fn read(mut response: Response) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > ANSWER_MAX {
            let why = NoAnswer::new(format!("the answer has more than {ANSWER_MAX} bytes"));
            return Err(Failed { why, soon: false });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: reqwest::Error) -> Failed {
    let soon = error.is_connect();
    let what = match () {
        () if error.is_timeout() => "it took too long",
        () if soon => "it can't be reached",
        () => "the connection failed",
    };
    // The URL may hold a credential, and the error prints it.
    let cause = std::error::Error::source(&error.without_url()).map(ToString::to_string);
    let why = cause.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"));
    Failed { why: NoAnswer::new(why), soon }
}
