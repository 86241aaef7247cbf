//! Guests who ask to be forgotten, for administrators.

use std::sync::Arc;

use axum::extract::State;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{Json, Problem, problem::ProblemBody},
};

use super::super::Shared;
use crate::{commands::forget, store::erase};

/// Who is to be forgotten.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseGuest {
    /// The address that was given at checkouts without an account.
    #[garde(email, length(max = 254))]
    #[schema(format = Email, max_length = 254)]
    pub email: String,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasedGuest {
    /// Orders of which what is personal is erased, of open ones at their end.
    pub orders: u64,
}

/// Erase what is personal of a guest's orders
///
/// Of all that were placed without an account under this address: name, contact, address but for the country, notes and
/// messages, in every service. Amounts, goods and times stay. An order that is still open needs its address, and is erased
/// at its end; nobody claims it any more. Sent again, it erases what came since. Make sure that the address is the asker's:
/// nothing here shows it.
#[utoipa::path(
    post, path = "/api/v1/admin/guests/erase", operation_id = "erase_guest", tag = "staff",
    request_body = EraseGuest,
    responses(
        (status = 200, description = "Erased", body = ErasedGuest),
        (status = 400, description = "The address is wrong or missing", body = ProblemBody),
    ),
)]
pub async fn erase_guest(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Json(body): Json<EraseGuest>,
) -> Result<axum::Json<ErasedGuest>, Problem> {
    let mut orders = 0;
    // Each order on its own: a request that breaks off is sent again, and goes on.
    for guest in erase::guests(shared.db.pool(), &body.email.to_lowercase()).await? {
        let mut tx = shared.db.begin().await?;
        orders += u64::from(forget::run(&mut tx, guest, claims.sub).await?);
        tx.commit().await?;
    }
    Ok(axum::Json(ErasedGuest { orders }))
}
