//! The caller's addresses.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    db::Db,
    http::{
        Json, Page, PageQuery, Path, Problem, Query, Reply,
        etag::{self, IfMatch},
        problem::ProblemBody,
    },
};
use warung_contracts::id::AddressId;

use crate::{
    api::problems,
    commands::{add_address, change_address, remove_address},
    domain::address::{Address, Details},
    store,
};

/// An address as it is sent.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct AddressInput {
    /// What you call it, such as "home".
    label: Option<String>,
    recipient: String,
    /// International form, such as +62 812 3456 7890.
    phone: Option<String>,
    line1: String,
    line2: Option<String>,
    city: String,
    province: Option<String>,
    /// Five digits in Indonesia.
    postal_code: String,
    /// ISO 3166-1 alpha-2, such as ID.
    country: String,
    /// Makes it the default one. `false` leaves the default where it is.
    #[serde(default)]
    default: bool,
}

impl AddressInput {
    fn parse(self) -> Result<(Details, bool), Problem> {
        let Self { label, recipient, phone, line1, line2, city, province, postal_code, country, default } =
            self;
        let raw = Details { label, recipient, phone, line1, line2, city, province, postal_code, country };
        Ok((Details::parse(raw).map_err(problems::wrong_fields)?, default))
    }
}

/// An address.
#[derive(Serialize, ToSchema)]
pub struct AddressBody {
    id: AddressId,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    recipient: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    line1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line2: Option<String>,
    city: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    postal_code: String,
    country: String,
    /// Whether parcels go there when nothing else is said.
    default: bool,
    /// Grows with each change; the number in the entity tag.
    version: i64,
}

impl From<Address> for AddressBody {
    fn from(address: Address) -> Self {
        let Address { address_id, details, preferred, version } = address;
        let Details { label, recipient, phone, line1, line2, city, province, postal_code, country } = details;
        Self {
            id: address_id,
            label,
            recipient,
            phone,
            line1,
            line2,
            city,
            province,
            postal_code,
            country,
            default: preferred,
            version,
        }
    }
}

/// List my addresses
#[utoipa::path(
    get,
    path = "/api/v1/me/addresses",
    operation_id = "list_addresses",
    tag = "user",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of addresses, oldest first", body = Page<AddressBody>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody),
    )
)]
pub async fn list_addresses(
    Customer(caller): Customer,
    State(db): State<Db>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AddressBody>>, Problem> {
    let rows =
        store::addresses::page(db.pool(), caller.sub, query.after()?, i64::from(query.limit()) + 1).await?;
    let page = Page::of(rows, query.limit(), |address| address.address_id);
    Ok(Json(page.map(AddressBody::from)))
}

/// Add an address
///
/// The first becomes the default one.
#[utoipa::path(
    post,
    path = "/api/v1/me/addresses",
    operation_id = "create_address",
    tag = "user",
    request_body = AddressInput,
    responses(
        (status = 201, description = "The new address", body = AddressBody),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 404, description = "The profile is being prepared", body = ProblemBody),
        (status = 409, description = "There are 50 addresses already", body = ProblemBody),
    )
)]
pub async fn create_address(
    Customer(caller): Customer,
    State(db): State<Db>,
    Json(body): Json<AddressInput>,
) -> Result<(HeaderMap, Reply<AddressBody>), Problem> {
    let (details, preferred) = body.parse()?;
    let mut tx = db.begin().await?;
    let address = add_address::run(&mut tx, caller.sub, details, preferred).await?;
    tx.commit().await?;
    let location = format!("/api/v1/me/addresses/{}", address.address_id);
    Ok((etag::header(address.version), Reply::created(location, address.into())))
}

/// Show an address
#[utoipa::path(
    get,
    path = "/api/v1/me/addresses/{id}",
    operation_id = "get_address",
    tag = "user",
    params(("id" = AddressId, Path)),
    responses(
        (status = 200, description = "The address; ETag names its version", body = AddressBody),
        (status = 404, description = "No such address, or not yours", body = ProblemBody),
    )
)]
pub async fn get_address(
    Customer(caller): Customer,
    State(db): State<Db>,
    Path(id): Path<AddressId>,
) -> Result<(HeaderMap, Json<AddressBody>), Problem> {
    let address = store::addresses::find(db.pool(), caller.sub, id).await?;
    let address = address.ok_or_else(|| Problem::not_found("address"))?;
    Ok((etag::header(address.version), Json(address.into())))
}

/// Change an address
///
/// Replaces all of it. Send `If-Match` with the entity tag you read, so that nobody's change is lost.
#[utoipa::path(
    put,
    path = "/api/v1/me/addresses/{id}",
    operation_id = "update_address",
    tag = "user",
    params(("id" = AddressId, Path), ("If-Match" = Option<String>, Header, description = "The entity tag that was read")),
    request_body = AddressInput,
    responses(
        (status = 200, description = "The address as it is now", body = AddressBody),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 404, description = "No such address, or not yours", body = ProblemBody),
        (status = 412, description = "It has changed meanwhile", body = ProblemBody),
    )
)]
pub async fn update_address(
    Customer(caller): Customer,
    State(db): State<Db>,
    Path(address_id): Path<AddressId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<AddressInput>,
) -> Result<(HeaderMap, Json<AddressBody>), Problem> {
    let (details, preferred) = body.parse()?;
    let input = change_address::Input { user_id: caller.sub, address_id, expected, details, preferred };
    let mut tx = db.begin().await?;
    let address = change_address::run(&mut tx, input).await?;
    tx.commit().await?;
    Ok((etag::header(address.version), Json(address.into())))
}

/// Remove an address
///
/// When it was the default one, the oldest that is left becomes that.
#[utoipa::path(
    delete,
    path = "/api/v1/me/addresses/{id}",
    operation_id = "delete_address",
    tag = "user",
    params(("id" = AddressId, Path), ("If-Match" = Option<String>, Header, description = "The entity tag that was read")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such address, or not yours", body = ProblemBody),
        (status = 412, description = "It has changed meanwhile", body = ProblemBody),
    )
)]
pub async fn delete_address(
    Customer(caller): Customer,
    State(db): State<Db>,
    Path(address_id): Path<AddressId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let mut tx = db.begin().await?;
    remove_address::run(&mut tx, caller.sub, address_id, expected).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
