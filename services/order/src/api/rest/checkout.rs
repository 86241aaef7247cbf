//! Checkout and its quote.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use utoipa::ToSchema;
use warung_chassis::{
    auth::{Claims, Guest},
    clock::Clock,
    http::{IdempotencyKey, Json, Problem, Reply, problem::ProblemBody},
    server::no_store,
};
use warung_contracts::{
    event::{Contact as Known, PaymentChoice, ShippingAddress},
    id::{AddressId, OrderId, UserId},
    money::Money,
};

use super::{
    Shared,
    body::{Address, Checkout, Payment, Quote, parsed},
    caller::SentCart,
    means,
    model::{OrderDetail, QuoteDetail, Seen},
};
use crate::{
    api::problems,
    commands::place,
    domain::{
        Viewer,
        guest::{CartToken, TokenKey, sha256},
    },
    peers::{Owner, Peers},
    pricing::{Priced, Wanted},
    store::redemptions::Customer,
};

/// Whose cart it is.
#[derive(Debug)]
struct Buyer {
    owner: Owner,
    /// The account; none for a guest.
    claims: Option<Claims>,
    guest: Option<CartToken>,
}

impl Buyer {
    fn new(claims: Option<Claims>, cart: Option<CartToken>) -> Result<Self, Problem> {
        if let Some(claims) = claims {
            return Ok(Self { owner: Owner::User(claims.sub), claims: Some(claims), guest: None });
        }
        let missing = "is missing; log in, or send the token of the guest's cart";
        let cart = cart.ok_or_else(|| Problem::field("X-Cart-Token", missing))?;
        Ok(Self { owner: Owner::Guest(cart.clone()), claims: None, guest: Some(cart) })
    }

    /// By whom coupons are counted. A guest's order has a user id of its own.
    fn customer(&self, email: Option<&str>, clock: &Clock) -> Customer {
        let user_id = self.claims.as_ref().map_or_else(|| UserId(clock.new_uuid()), |claims| claims.sub);
        Customer { user_id, is_guest: self.claims.is_none(), email_hash: email.map(sha256) }
    }

    /// The address messages go to: of the contact, else of the account.
    fn email(&self, contact: Option<&Known>) -> Option<String> {
        let account = || self.claims.as_ref().map(|claims| claims.email.to_lowercase());
        contact.map(|contact| contact.email.clone()).or_else(account)
    }
}

/// Where it goes, as a body says it.
#[derive(Debug)]
enum Destination {
    Unknown,
    Written(ShippingAddress),
    /// One that the account keeps.
    Kept(UserId, AddressId),
}

impl Destination {
    fn new(buyer: &Buyer, written: Option<Address>, kept: Option<AddressId>) -> Result<Self, Problem> {
        let wrong = |detail: &str| Err(Problem::field("shipping_address_id", detail));
        match (written, kept, &buyer.claims) {
            (Some(_), Some(_), _) => wrong("must be left out beside shipping_address: send one of them"),
            (None, Some(_), None) => wrong("is for accounts: log in, or send shipping_address"),
            (None, Some(id), Some(claims)) => Ok(Self::Kept(claims.sub, id)),
            (Some(address), None, _) => Ok(Self::Written(address.into())),
            (None, None, _) => Ok(Self::Unknown),
        }
    }

    /// The address, if it is known where.
    async fn address(&self, peers: &Peers) -> Result<Option<ShippingAddress>, Problem> {
        match self {
            Self::Unknown => Ok(None),
            Self::Written(address) => Ok(Some(address.clone())),
            Self::Kept(user, id) => {
                peers.address(*user, *id).await?.map(Some).ok_or_else(problems::unknown_address)
            }
        }
    }
}

/// How an order of this total is paid: nobody is asked for nothing.
fn payment_of(sent: Option<Payment>, total: Money) -> Result<PaymentChoice, Problem> {
    if total.amount_minor == 0 {
        return Ok(PaymentChoice::of(PaymentChoice::NOBODY));
    }
    let missing = "is missing; only an order that costs nothing goes without";
    sent.map(PaymentChoice::from).ok_or_else(|| Problem::field("payment", missing))
}

/// Refuses a total that the customer was not shown.
fn check_total(expected: Option<Money>, total: Money) -> Result<(), Problem> {
    match expected {
        Some(expected) if expected != total => Err(problems::total_changed(total)),
        _ => Ok(()),
    }
}

/// Order what is in the cart
///
/// The order is `placed` at once; stock and payment follow. Watch it at `GET /api/v1/orders/{id}`. Prices, discounts and
/// taxes are the shop's; nothing of them is taken from the request. Send the total that a quote showed as `expected_total`
/// and no other is ordered. Guests send the token of their cart and a contact, and
/// are answered an `access_token` for the header `Order-Token` of everything about this order.
#[utoipa::path(
    post, path = "/api/v1/checkout", operation_id = "create_order", tag = "checkout",
    params(
        ("X-Cart-Token" = Option<String>, Header, description = "Of a guest's cart"),
    ),
    request_body = Checkout,
    responses(
        (status = 201, description = "Placed", body = PlacedOrder),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 409, description = "The cart has been ordered, too little stock, another total than expected, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "The cart is empty, too large or holds what can't be sold, the account has no such address, a coupon or the way to send it is not taken, or the key was used for another request", body = ProblemBody),
        (status = 503, description = "Cart, product, shipment, user or the store is away", body = ProblemBody),
    ),
)]
pub async fn create_order(
    State(shared): State<Arc<Shared>>,
    Guest(claims): Guest,
    SentCart(cart): SentCart,
    key: IdempotencyKey,
    Json(body): Json<Checkout>,
) -> Result<Response, Problem> {
    let buyer = Buyer::new(claims, cart)?;
    if let Some(payment) = &body.payment {
        means::check(payment, &shared.settings.means)?;
    }
    let to = Destination::new(&buyer, body.shipping_address.clone(), body.shipping_address_id)?;
    if matches!(to, Destination::Unknown) {
        return Err(Problem::field(
            "shipping_address",
            "is missing; it, or shipping_address_id, says where to",
        ));
    }
    if buyer.claims.is_none() && body.contact.is_none() {
        return Err(Problem::field("contact", "is missing; a guest says whom to tell"));
    }
    let answer = place(&shared, &buyer, &key, &body, &to).await?;
    match buyer.guest {
        Some(_) => with_token(answer, &shared.settings.token_key).await,
        None => Ok(no_store(answer)),
    }
}

async fn place(
    shared: &Shared,
    buyer: &Buyer,
    key: &IdempotencyKey,
    body: &Checkout,
    to: &Destination,
) -> Result<Response, Problem> {
    let caller = buyer.owner.name();
    let contact = body.contact.clone().map(Known::from);
    let email = buyer.email(contact.as_ref());
    let customer = buyer.customer(email.as_deref(), shared.db.clock());
    // A request that was answered before is told so by `once`, whatever it would cost now.
    let (Priced { draft, cart, .. }, payment, shipping_address) =
        match ready(shared, buyer, &customer, body, to).await {
            Ok(ready) => ready,
            // It, or a twin, may have bought the cart empty since: then that answer is ours.
            Err(problem) => {
                let answer = key.find(&shared.db, &caller, body).await?;
                return answer.ok_or(problem);
            }
        };
    let input = place::Input {
        customer: customer.clone(),
        guest: buyer.guest.clone().map(|cart| (cart, shared.settings.token_key.clone())),
        cart,
        draft,
        payment,
        shipping_address,
        contact,
        email: email.clone(),
        note: body.note.clone(),
        shop: shared.common.shop.to_uppercase(),
        deadline: shared.settings.deadline,
    };
    key.once(&shared.db, &caller, body, async |tx| {
        let placed = place::run(tx, &shared.metrics, input).await;
        let order = placed.inspect_err(|error| notice(shared, error)).map_err(problems::place)?;
        let location = format!("/api/v1/orders/{}", order.id);
        Ok(Reply::created(
            location,
            OrderDetail::placed(order, tx.last_told(), Seen::now(shared, Viewer::Customer)),
        ))
    })
    .await
}

/// What is to be placed: priced, with how it is paid and where it goes.
async fn ready(
    shared: &Shared,
    buyer: &Buyer,
    customer: &Customer,
    body: &Checkout,
    to: &Destination,
) -> Result<(Priced, PaymentChoice, ShippingAddress), Problem> {
    let address = to.address(&shared.pricing.peers).await?;
    let coupons = parsed(&body.coupons);
    let wanted = Wanted {
        owner: &buyer.owner,
        customer,
        coupons: &coupons,
        skip_refused: false,
        address: address.as_ref(),
        shipping_quote: body.shipping_quote.as_deref(),
    };
    let priced = shared.pricing.price(&wanted).await.map_err(problems::pricing)?;
    let total = priced.draft.totals.total;
    check_total(body.expected_total, total)?;
    if let Some(payment) = &body.payment {
        means::check_total(payment, total)?;
    }
    let payment = payment_of(body.payment.clone(), total)?;
    Ok((priced, payment, address.ok_or_else(problems::unknown_address)?))
}

/// The next try goes without a promotion that has ended.
fn notice(shared: &Shared, error: &place::Error) {
    if matches!(error, place::Error::Promotion(_)) {
        shared.pricing.promotions.forget();
    }
}

/// A placed order, and what its guest shows to see it again.
#[derive(Debug, ToSchema, serde::Serialize)]
pub struct PlacedOrder {
    #[serde(flatten)]
    pub order: OrderDetail,
    /// For guests alone: send it as the header `Order-Token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
}

/// Adds the token of a guest's order to an answer, first or repeated. It is computed, and so never stored.
async fn with_token(answer: Response, key: &TokenKey) -> Result<Response, Problem> {
    if answer.status() != StatusCode::CREATED {
        return Ok(no_store(answer));
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let mut body: serde_json::Value = serde_json::from_slice(&bytes).map_err(Problem::internal)?;
    let id: Option<OrderId> = body["id"].as_str().and_then(|id| id.parse().ok());
    if let Some(id) = id {
        body["access_token"] = key.token(id).into();
    }
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    Ok(no_store(Response::from_parts(parts, axum::Json(body).into_response().into_body())))
}

/// Say what the cart would cost
///
/// Computed by the same code as a checkout; nothing is written, and no coupon is used up. A storefront asks it at the cart,
/// too, where a customer types a code: with `skip_refused` the answer says what each coupon takes off now, or why it does not.
#[utoipa::path(
    post, path = "/api/v1/checkout/quote", operation_id = "quote_order", tag = "checkout",
    params(("X-Cart-Token" = Option<String>, Header, description = "Of a guest's cart")),
    request_body = Quote,
    responses(
        (status = 200, description = "What it comes to", body = QuoteDetail),
        (status = 400, description = "A field is wrong or missing", body = ProblemBody),
        (status = 409, description = "The cart has been ordered, or too little stock", body = ProblemBody),
        (status = 422, description = "The cart is empty or holds what can't be sold, the account has no such address, a coupon or the way to send it is not taken", body = ProblemBody),
        (status = 503, description = "Cart, product, shipment, user or the store is away", body = ProblemBody),
    ),
)]
pub async fn quote(
    State(shared): State<Arc<Shared>>,
    Guest(claims): Guest,
    SentCart(cart): SentCart,
    Json(body): Json<Quote>,
) -> Result<Response, Problem> {
    let buyer = Buyer::new(claims, cart)?;
    if let Some(payment) = &body.payment {
        means::check(payment, &shared.settings.means)?;
    }
    let customer = buyer.customer(buyer.email(None).as_deref(), shared.db.clock());
    let to = Destination::new(&buyer, body.shipping_address, body.shipping_address_id)?;
    let (coupons, address) = (parsed(&body.coupons), to.address(&shared.pricing.peers).await?);
    let wanted = Wanted {
        owner: &buyer.owner,
        customer: &customer,
        coupons: &coupons,
        skip_refused: body.skip_refused,
        address: address.as_ref(),
        shipping_quote: body.shipping_quote.as_deref(),
    };
    let priced = shared.pricing.price(&wanted).await.map_err(problems::pricing)?;
    if let Some(payment) = &body.payment {
        means::check_total(payment, priced.draft.totals.total)?;
    }
    Ok(no_store(axum::Json(QuoteDetail::new(priced)).into_response()))
}
