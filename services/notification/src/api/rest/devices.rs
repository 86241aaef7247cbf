//! Devices and browsers of the caller, for push messages.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    http::{Json, Path, Problem, Reply, problem::ProblemBody},
};
use warung_contracts::id::DeviceId;

use super::Shared;
use crate::{
    channels::push::{Address, net, web::Subscription},
    commands::register_device,
    store::devices::{self, Listed},
};

/// A device that is registered: an application by its FCM token, or a browser by its subscription.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// FCM's registration token. Exactly one of this and `web_push` is given.
    #[garde(inner(length(min = 1, max = 4096), ascii))]
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4096)]
    fcm_token: Option<String>,
    /// What `PushManager.subscribe()` gave.
    #[garde(dive)]
    #[serde(default)]
    web_push: Option<WebPushSubscription>,
}

/// A browser's subscription.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebPushSubscription {
    /// `https`, on the public internet.
    #[garde(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    endpoint: String,
    #[garde(dive)]
    keys: WebPushKeys,
    /// Taken and not used: browsers send it.
    #[garde(skip)]
    #[serde(default, rename = "expirationTime")]
    _expiration_time: Option<u64>,
}

/// A browser's keys, base64url (RFC 8291).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebPushKeys {
    #[garde(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    p256dh: String,
    #[garde(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    auth: String,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceBody {
    id: DeviceId,
    /// `fcm` or `web_push`.
    kind: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// What browsers subscribe with.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushKey {
    /// Base64url of a point of P-256 (RFC 8292): `applicationServerKey`.
    public_key: String,
}

impl From<Listed> for DeviceBody {
    fn from(Listed { device_id, kind, created_at }: Listed) -> Self {
        Self { id: DeviceId(device_id), kind, created_at }
    }
}

impl NewDevice {
    fn into_address(self, any: bool) -> Result<Address, Problem> {
        match (self.fcm_token, self.web_push) {
            (Some(token), None) => Ok(Address::Fcm(token)),
            (None, Some(web)) => web.into_address(any),
            _ => Err(Problem::field("fcm_token", "give exactly one of fcm_token and web_push")),
        }
    }
}

impl WebPushSubscription {
    fn into_address(self, any: bool) -> Result<Address, Problem> {
        let Self { endpoint, keys: WebPushKeys { p256dh, auth }, _expiration_time } = self;
        net::endpoint(&endpoint, any).map_err(|error| Problem::field("web_push.endpoint", error))?;
        let subscription = Subscription { endpoint, p256dh, auth };
        match subscription.keys() {
            Some(_) => Ok(Address::Web(subscription)),
            None => Err(Problem::field("web_push.keys", "are no keys of a browser, in base64url")),
        }
    }
}

/// The caller's devices.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceList {
    /// Newest first, at most 20.
    items: Vec<DeviceBody>,
}

/// List my devices
#[utoipa::path(
    get, path = "/api/v1/me/devices", operation_id = "list_devices", tag = "notification",
    responses(
        (status = 200, description = "All of them", body = DeviceList),
    ),
)]
pub async fn list_devices(
    State(shared): State<Arc<Shared>>,
    Customer(caller): Customer,
) -> Result<axum::Json<DeviceList>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let devices = devices::list(&mut conn, caller.sub).await?;
    Ok(axum::Json(DeviceList { items: devices.into_iter().map(DeviceBody::from).collect() }))
}

/// Register a device for push messages
///
/// One that is known already keeps its id, and is the caller's from now on. Of more than 20, the oldest goes.
#[utoipa::path(
    post, path = "/api/v1/me/devices", operation_id = "register_device", tag = "notification", request_body = NewDevice,
    responses(
        (status = 201, description = "Registered", body = DeviceBody),
        (status = 400, description = "A field is not valid", body = ProblemBody),
    ),
)]
pub async fn register_device(
    State(shared): State<Arc<Shared>>,
    Customer(caller): Customer,
    Json(body): Json<NewDevice>,
) -> Result<Reply<DeviceBody>, Problem> {
    let address = body.into_address(shared.push_any)?;
    let mut tx = shared.db.begin().await?;
    let listed = register_device::run(&mut tx, caller.sub, address).await?;
    tx.commit().await?;
    let device = DeviceBody::from(listed.ok_or_else(Problem::account_gone)?);
    Ok(Reply::created(format!("/api/v1/me/devices/{}", device.id), device))
}

/// Forget a device
#[utoipa::path(
    delete, path = "/api/v1/me/devices/{device_id}", operation_id = "delete_device", tag = "notification",
    params(("device_id" = DeviceId, Path, description = "The device")),
    responses(
        (status = 204, description = "Forgotten"),
        (status = 404, description = "No such device of the caller", body = ProblemBody),
    ),
)]
pub async fn delete_device(
    State(shared): State<Arc<Shared>>,
    Customer(caller): Customer,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    match devices::delete(&mut conn, caller.sub, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("device")),
    }
}

/// Show the key that browsers subscribe with
#[utoipa::path(
    get, path = "/api/v1/push/key", operation_id = "get_push_key", tag = "notification",
    responses((status = 200, description = "The key", body = PushKey)),
)]
pub async fn get_push_key(State(shared): State<Arc<Shared>>) -> axum::Json<PushKey> {
    axum::Json(PushKey { public_key: shared.web.clone() })
}
