//! Web Push (RFC 8030) to browsers' subscriptions.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    Message, Pushed, net,
    seal::{self, Keys},
    vapid::Vapid,
};
use crate::channels::{client, fault, retry_after};

/// Seconds a push service keeps a message for a browser that is away.
const TTL: &str = "86400";

/// What a browser gave its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub endpoint: String,
    /// Base64url, with or without padding.
    pub p256dh: String,
    pub auth: String,
}

/// Sends to browsers.
#[derive(Debug)]
pub struct WebPush {
    vapid: Vapid,
    client: reqwest::Client,
    /// Endpoints on private addresses are called, too.
    any: bool,
}

impl Subscription {
    /// The keys, if they are keys.
    pub fn keys(&self) -> Option<Keys> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let keys = Keys { p256dh: bytes(&self.p256dh)?, auth: bytes(&self.auth)? };
        // Whether the point is one, the first message says.
        (keys.p256dh.len() == 65 && keys.p256dh[0] == 4 && keys.auth.len() == 16).then_some(keys)
    }
}

impl WebPush {
    /// Sends as the owner of this key; `any` also to private addresses.
    ///
    /// # Errors
    ///
    /// When the key is none, or the client can't be made.
    pub fn new(key: &SecretString, subject: String, any: bool) -> anyhow::Result<Self> {
        let client = client();
        let client = if any { client } else { client.dns_resolver(net::resolver()).https_only(true) };
        Ok(Self { vapid: Vapid::new(key, subject)?, client: client.build()?, any })
    }

    /// What browsers subscribe with.
    pub fn public_key(&self) -> &str {
        &self.vapid.public
    }

    /// Whether an endpoint may be called.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self, endpoint: &str) -> Result<url::Url, &'static str> {
        net::endpoint(endpoint, self.any)
    }

    /// Hands a message to a browser's push service.
    pub async fn send(&self, to: &Subscription, message: &Message, now: OffsetDateTime) -> Pushed {
        let request = match self.request(to, message, now) {
            Ok(request) => request,
            Err(error) => return Pushed::Gone(error),
        };
        match request.send().await {
            Ok(response) => answered(&response),
            Err(error) => Pushed::Later(fault(error), None),
        }
    }

    fn request(
        &self,
        to: &Subscription,
        message: &Message,
        now: OffsetDateTime,
    ) -> Result<reqwest::RequestBuilder, String> {
        let url = self.check(&to.endpoint).map_err(|error| format!("the endpoint {error}"))?;
        let keys = to.keys().ok_or("the keys are no keys")?;
        let key = message.key.simple().to_string();
        let plain = json!({"title": message.title, "body": message.body, "event": message.event, "tag": key});
        let body = seal::seal(&keys, plain.to_string().as_bytes()).map_err(|_| "the keys are no keys")?;
        let authorization = self.vapid.authorization(&url, now).map_err(|error| error.to_string())?;
        let request = self.client.post(url).body(body);
        let request = request.header("ttl", TTL).header("urgency", "normal");
        // RFC 8030, section 5.4: 32 characters; a message that waits is replaced by a copy of it.
        let request = request.header("topic", key).header("authorization", authorization);
        Ok(request.header("content-encoding", "aes128gcm").header("content-type", "application/octet-stream"))
    }
}

fn answered(response: &reqwest::Response) -> Pushed {
    let status = response.status();
    let text = format!("the push service answered {status}");
    match status {
        status if status.is_success() => Pushed::Sent,
        StatusCode::NOT_FOUND | StatusCode::GONE => Pushed::Gone(text),
        // Our own key or clock: somebody will mend it.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            Pushed::Later(text, retry_after(response.headers()))
        }
        status if status.is_server_error() => Pushed::Later(text, retry_after(response.headers())),
        _ => Pushed::Refused(text),
    }
}
