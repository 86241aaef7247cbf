//! Checkout.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    http::{Begun, IdempotencyKey, Json, Problem, problem::ProblemBody},
};
use warung_contracts::event::{PaymentChoice, ShippingAddress};

use super::{Shared, model::OrderDetail};
use crate::{api::problems, commands::place, domain::Draft, store::history};

/// How to pay, and where to.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Checkout {
    #[garde(dive)]
    pub payment: Payment,
    #[garde(dive)]
    pub shipping_address: Address,
}

/// How to pay.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckoutPayment)]
pub struct Payment {
    /// A provider that the shop has switched on, such as `sandbox`.
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(example = "sandbox")]
    pub provider: String,
    /// The provider's token for the customer's means of payment, where it uses one.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 255)))]
    #[schema(example = "tok_success")]
    pub token: Option<String>,
}

/// Where parcels go.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CheckoutAddress)]
pub struct Address {
    #[garde(length(chars, min = 1, max = 200))]
    pub recipient: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 40)))]
    pub phone: Option<String>,
    #[garde(length(chars, min = 1, max = 200))]
    pub line1: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    pub line2: Option<String>,
    #[garde(length(chars, min = 1, max = 100))]
    pub city: String,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    pub province: Option<String>,
    #[garde(length(chars, min = 1, max = 20))]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2, two capital letters.
    #[garde(custom(two_capitals))]
    #[schema(example = "ID")]
    pub country: String,
}

fn two_capitals(text: &str, (): &()) -> garde::Result {
    match text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Ok(()),
        false => Err(garde::Error::new("must be two capital letters (ISO 3166-1 alpha-2), such as ID")),
    }
}

impl From<Payment> for PaymentChoice {
    fn from(Payment { provider, token }: Payment) -> Self {
        Self { token, ..Self::of(provider) }
    }
}

impl From<Address> for ShippingAddress {
    fn from(address: Address) -> Self {
        let Address { recipient, phone, line1, line2, city, province, postal_code, country } = address;
        Self { recipient, phone, line1, line2, city, province, postal_code, country }
    }
}

/// Order what is in the cart
///
/// The order is `placed` at once; stock and payment follow. Watch it at `GET /api/v1/orders/{id}`.
#[utoipa::path(
    post, path = "/api/v1/checkout", operation_id = "create_order", tag = "orders",
    params(("Idempotency-Key" = String, Header, description = "New for each intent, the same for each retry")),
    request_body = Checkout,
    responses(
        (status = 201, description = "Placed", body = OrderDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 401, description = "Not logged in", body = ProblemBody),
        (status = 409, description = "Too little stock, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "The cart is empty or holds what can't be sold, or the key was used for another request", body = ProblemBody),
        (status = 503, description = "Cart, product or the store is away", body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub async fn create_order(
    State(shared): State<Arc<Shared>>,
    Customer(claims): Customer,
    key: IdempotencyKey,
    Json(body): Json<Checkout>,
) -> Result<Response, Problem> {
    if !shared.settings.providers.contains(&body.payment.provider) {
        let known = shared.settings.providers.join(", ");
        return Err(Problem::field(
            "payment.provider",
            format!("is not offered by this shop; write one of: {known}"),
        ));
    }
    let caller = claims.sub.to_string();
    let sent = serde_json::to_vec(&body).map_err(Problem::internal)?;
    if let Some(answer) = key.find(&shared.db, &caller, &sent).await? {
        return Ok(answer);
    }
    let cart = shared.peers.cart(claims.sub).await?;
    let offers = shared.peers.offers(&cart).await?;
    let draft = match Draft::new(shared.common.currency, &cart, offers) {
        Ok(draft) => draft,
        // A twin may have bought the cart empty since we looked: then its answer is ours.
        Err(refusal) => {
            let answer = key.find(&shared.db, &caller, &sent).await?;
            return answer.ok_or_else(|| problems::refusal(refusal));
        }
    };
    let mut work = match key.begin(&shared.db, &caller, &sent).await? {
        Begun::Fresh(work) => work,
        Begun::Replay(answer) => return Ok(answer),
    };
    let input = place::Input {
        user_id: claims.sub,
        draft,
        payment: body.payment.into(),
        shipping_address: body.shipping_address.into(),
        shop: shared.common.shop.to_uppercase(),
        deadline: shared.settings.deadline,
    };
    let order = place::run(&mut work.tx, &shared.metrics, input).await?;
    let entries = history::list(work.tx.conn(), order.id).await?;
    work.finish(StatusCode::CREATED, &OrderDetail::new(order, entries)).await
}
