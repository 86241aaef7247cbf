//! `warung.cart.v1.Carts` and `warung.privacy.v1.PersonalData`.

use serde_json::{Value, json};
use tonic::{Request, Response, Status};
use warung_chassis::grpc::{field, privacy, status};
use warung_contracts::{
    grpc::cart::{
        CartLine, GetCartRequest, GetCartResponse, OrderedCart,
        carts_server::{Carts, CartsServer},
    },
    id::UserId,
};

use super::App;
use crate::{
    domain::{line::Line, revision::Revision},
    store::{self, Ordered, Owner},
};

/// The gRPC services of cart.
pub fn routes(app: App) -> tonic::service::Routes {
    tonic::service::Routes::new(CartsServer::new(Server(app.clone())))
        .add_service(privacy::server(app, export))
}

#[derive(Debug)]
struct Server(App);

#[tonic::async_trait]
impl Carts for Server {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let request = request.into_inner();
        let owner = owner(&request)?;
        if let Some(last) = &request.ordered {
            self.0.carts.take(&owner, &ordered(last)?).await.map_err(status)?;
        }
        let (lines, merged) = self.0.carts.read_merged(&owner).await.map_err(status)?;
        let revision = Revision::of(&owner.tag(), &lines).map(|revision| revision.to_string());
        let line = |line: Line| CartLine {
            product_id: line.product_id.to_string(),
            quantity: line.quantity,
            variant_id: line.variant_id.to_string(),
        };
        Ok(Response::new(GetCartResponse {
            lines: lines.into_iter().map(line).collect(),
            revision: revision.unwrap_or_default(),
            merged,
        }))
    }
}

/// What an order took, as order tells it who may be quicker than its event.
fn ordered(last: &OrderedCart) -> Result<Ordered, Status> {
    let line = |line: &CartLine| Ok((field("ordered", &line.variant_id)?, line.quantity));
    let lines = last.lines.iter().map(line).collect::<Result<_, Status>>()?;
    let state = Some(last.revision.clone()).filter(|revision| !revision.is_empty());
    Ok(Ordered::new(field("ordered", &last.order_id)?, state, lines))
}

/// What a user has put into their cart.
async fn export(app: App, user: UserId) -> Result<Value, store::Error> {
    let lines = app.carts.read(&Owner::User(user)).await?;
    if lines.is_empty() {
        return Ok(json!({}));
    }
    let line = |line: &Line| json!({"product_id": line.product_id, "variant_id": line.variant_id, "quantity": line.quantity});
    Ok(json!({"cart": lines.iter().map(line).collect::<Vec<_>>()}))
}

/// Whose cart is asked for.
fn owner(request: &GetCartRequest) -> Result<Owner, Status> {
    match (request.user_id.as_str(), request.cart_token.as_str()) {
        ("", token) => field("cart_token", token).map(Owner::Guest),
        (user, "") => field("user_id", user).map(Owner::User),
        _ => Err(Status::invalid_argument("user_id, cart_token: send one of them")),
    }
}
