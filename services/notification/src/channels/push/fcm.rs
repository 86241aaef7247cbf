//! Firebase Cloud Messaging, HTTP v1, with an access token for a JWT of the service account (RFC 7523).

use std::sync::Arc;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use super::{Message, Pushed};
use crate::channels::{client, fault, retry_after};

/// What the access token is for.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// How long a JWT is good; Google takes an hour at most.
const JWT_TTL: Duration = Duration::minutes(60);
/// An access token that ends within this is not used any more.
const MARGIN: Duration = Duration::minutes(1);

/// The part of a service account's key file that is used.
#[derive(Deserialize)]
pub struct Credentials {
    project_id: String,
    client_email: String,
    private_key: SecretString,
    token_uri: String,
}

/// Sends by FCM.
pub struct Fcm {
    url: String,
    credentials: Credentials,
    key: EncodingKey,
    client: reqwest::Client,
    token: Arc<Mutex<Option<(SecretString, OffsetDateTime)>>>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Token {
    access_token: SecretString,
    /// Seconds.
    expires_in: i64,
}

impl Fcm {
    /// Sends by this project; `url` is such as `https://fcm.googleapis.com`.
    ///
    /// # Errors
    ///
    /// When the credentials are not a service account's key file; they are not repeated.
    pub fn new(url: String, credentials: &SecretString) -> anyhow::Result<Self> {
        let wrong = |_| anyhow::anyhow!("it is not the JSON key file of a service account");
        let credentials: Credentials = serde_json::from_str(credentials.expose_secret()).map_err(wrong)?;
        let key = EncodingKey::from_rsa_pem(credentials.private_key.expose_secret().as_bytes());
        let key = key.map_err(|_| anyhow::anyhow!("its private_key is no RSA key in PEM"))?;
        Ok(Self { url, credentials, key, client: client().build()?, token: Arc::default() })
    }

    /// Hands a message to a device.
    pub async fn send(&self, device: &str, message: &Message, now: OffsetDateTime) -> Pushed {
        let token = match self.token(now).await {
            Ok(token) => token,
            Err(error) => return Pushed::Later(error, None),
        };
        let url = format!("{}/v1/projects/{}/messages:send", self.url, self.credentials.project_id);
        let request = self.client.post(url).bearer_auth(token.expose_secret()).json(&body(device, message));
        match request.send().await {
            Ok(response) if response.status().is_success() => Pushed::Sent,
            Ok(response) => self.refused(response).await,
            Err(error) => Pushed::Later(fault(error), None),
        }
    }

    async fn refused(&self, response: reqwest::Response) -> Pushed {
        let (status, after) = (response.status(), retry_after(response.headers()));
        let answer: Value = response.json().await.unwrap_or_default();
        let code = error_code(&answer);
        let text = format!(
            "{} {code}: {}",
            status.as_u16(),
            answer["error"]["message"].as_str().unwrap_or_default()
        );
        match (status, code.as_str()) {
            (_, "UNREGISTERED") => Pushed::Gone(text),
            // Any other of these may be a slip in the settings, which must not forget every device there is.
            (_, "SENDER_ID_MISMATCH") => Pushed::Refused(text),
            (StatusCode::NOT_FOUND, _) => Pushed::Later(text, after),
            (StatusCode::UNAUTHORIZED, _) => {
                *self.token.lock().await = None;
                Pushed::Later(text, after)
            }
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN, _) => Pushed::Later(text, after),
            (status, _) if status.is_server_error() => Pushed::Later(text, after),
            _ => Pushed::Refused(text),
        }
    }

    /// An access token; one asks for it, the others wait.
    async fn token(&self, now: OffsetDateTime) -> Result<SecretString, String> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = held.as_ref().filter(|(_, until)| *until - MARGIN > now) {
            tracing::trace!(%until, "the access token is still good");
            return Ok(token.clone());
        }
        let fresh = self.ask(now).await?;
        let token = fresh.access_token.clone();
        *held = Some((fresh.access_token, now + Duration::seconds(fresh.expires_in)));
        Ok(token)
    }

    async fn ask(&self, now: OffsetDateTime) -> Result<Token, String> {
        let (iat, exp) = (now.unix_timestamp(), (now + JWT_TTL).unix_timestamp());
        let Credentials { client_email, token_uri, .. } = &self.credentials;
        let claims = Claims { iss: client_email, scope: SCOPE, aud: token_uri, iat, exp };
        let jwt = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key);
        let jwt = jwt.map_err(|error| format!("no JWT can be signed: {error}"))?;
        let form =
            [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", jwt.as_str())];
        let response = self.client.post(token_uri).form(&form).send().await.map_err(fault)?;
        let response = response.error_for_status().map_err(fault)?;
        response.json().await.map_err(fault)
    }
}

/// The body of a request; `key` lets a device replace a copy of the message.
fn body(device: &str, message: &Message) -> Value {
    let key = message.key.simple().to_string();
    json!({"message": {
        "token": device,
        "notification": {"title": message.title, "body": message.body},
        "data": {"event": message.event, "notification_id": key},
        "android": {"collapseKey": key, "ttl": "86400s", "notification": {"tag": key}},
        "apns": {"headers": {"apns-collapse-id": key}},
    }})
}

fn error_code(answer: &Value) -> String {
    let details = answer["error"]["details"].as_array();
    let own = details.into_iter().flatten().find_map(|detail| detail["errorCode"].as_str());
    own.or(answer["error"]["status"].as_str()).unwrap_or_default().to_owned()
}

impl std::fmt::Debug for Fcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fcm({})", self.credentials.project_id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use warung_testbed::outside::contract;

    #[test]
    fn a_request_fits_the_contract() {
        let Some(contract) = contract("fcm/fcm_v1.openapi.json") else { return };
        let message = Message {
            key: Uuid::from_u128(7),
            title: "Pesanan KOPI-1".into(),
            body: "Sudah tiba".into(),
            event: "warung.shipment.delivered.v1".into(),
        };
        let schema = json!({
            "$ref": "#/components/schemas/SendMessageRequest", "components": strict(contract["components"].clone()),
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let sent = body("device", &message);
        let errors: Vec<String> = validator.iter_errors(&sent).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let mut wrong = sent.clone();
        wrong["message"]["data"]["n"] = json!(1);
        assert!(!validator.is_valid(&wrong), "data are strings");
        let mut unknown = sent;
        unknown["message"]["colour"] = json!("red");
        assert!(!validator.is_valid(&unknown), "unknown fields are refused by FCM");
    }

    /// FCM answers 400 to fields that it does not know.
    fn strict(mut components: Value) -> Value {
        for schema in components["schemas"].as_object_mut().unwrap().values_mut() {
            if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
                schema["additionalProperties"] = json!(false);
            }
        }
        components
    }

    #[test]
    fn the_narrowest_code_of_an_error_counts() {
        let answer = json!({"error": {"status": "NOT_FOUND", "details": [{"@type": "x"}, {"errorCode": "UNREGISTERED"}]}});
        assert_eq!(error_code(&answer), "UNREGISTERED");
        assert_eq!(error_code(&json!({"error": {"status": "UNAVAILABLE"}})), "UNAVAILABLE");
        assert_eq!(error_code(&Value::Null), "");
    }
}
