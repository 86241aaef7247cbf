//! Another try of a payment: the customer takes another way.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Reader,
    http::{
        IdempotencyKey, Json, Path, Problem, Reply,
        problem::ProblemBody,
        rules::{is_page, is_text},
    },
};
use warung_contracts::{event::PaymentChoice, id::OrderId, manifest::means};

use super::{Shared, model::Payment, payments::visible};
use crate::{api::problems, commands::another, domain, store::refunds};

/// How to pay, as at checkout.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaymentAttemptRequest)]
pub struct Attempt {
    /// A provider that the shop has switched on, such as `sandbox`.
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(example = "sandbox")]
    pub provider: String,
    /// The provider's token for the customer's means of payment, where it uses one.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 255)), inner(custom(is_text)))]
    #[schema(example = "tok_success")]
    pub token: Option<String>,
    /// How, where the provider has several ways, such as `qris` or `bank_transfer`.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 40)), inner(custom(is_text)))]
    #[schema(example = "card")]
    pub method: Option<String>,
    /// Where the customer goes after a page of the provider; http or https.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 2000)), inner(custom(is_page)))]
    pub return_url: Option<String>,
}

impl From<Attempt> for PaymentChoice {
    fn from(Attempt { provider, token, method, return_url }: Attempt) -> Self {
        Self { provider, token, method, return_url }
    }
}

/// Pay an order in another way
///
/// While it is not paid: after a refusal, or instead of the way that was chosen before. The order keeps its number, its goods,
/// its coupons and the time to pay (`retry_until`). After a refusal the next try opens at once. What still waits for the
/// customer is called off first (`changing`), and the next try opens when its provider has agreed; what was paid in that
/// moment counts, and nothing else opens. A guest shows the order's token.
#[utoipa::path(
    post, path = "/api/v1/payments/{order_id}/attempts", operation_id = "pay_another_way", tag = "payments",
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    request_body = Attempt,
    responses(
        (status = 202, description = "The latest try: the new one, or the one that is called off for it", body = Payment),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No payment yet, or not the caller's", body = ProblemBody),
        (status = 409, description = "It is paid, the order has ended, the time is over, it was tried too often, the provider is being asked, an amount that differs waits for the shop, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "The provider can't write the total, or the key was used for another request", body = ProblemBody),
    ),
)]
pub async fn pay_another_way(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<Attempt>,
) -> Result<Response, Problem> {
    let owns = |payment: &domain::Payment| reader.owns(payment.user_id, payment.order_token_hash.as_deref());
    let total = visible(&shared, order_id, owns).await?.amount;
    let choice = PaymentChoice::from(body.clone());
    // As the order is priced, whatever the shop sells in since.
    let offered = shared.means.iter().cloned().filter_map(|means| means.within(total.currency));
    means::check_choice(&choice, &offered.collect::<Vec<_>>()).map_err(problems::unpayable)?;
    means::check_total(&choice, total).map_err(problems::unpayable)?;
    key.once(&shared.db, reader.name(), &body, async |tx| {
        let wanted = (order_id, choice.into());
        let payment = another::run(tx, &shared.tools, wanted, owns).await.map_err(problems::another)?;
        let refunds = refunds::list(tx.conn(), payment.id).await?;
        Ok(Reply::accepted(Payment::new(payment, refunds)))
    })
    .await
}
