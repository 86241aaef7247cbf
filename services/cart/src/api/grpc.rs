//! `warung.cart.v1.Carts` and `warung.privacy.v1.PersonalData`.

use serde_json::json;
use tonic::{Request, Response, Status};
use warung_chassis::{error::Kind, grpc::status, http::Problem};
use warung_contracts::{
    grpc::cart::{
        CartLine, GetCartRequest, GetCartResponse,
        carts_server::{Carts, CartsServer},
    },
    grpc::privacy::{
        ExportRequest, ExportResponse,
        personal_data_server::{PersonalData, PersonalDataServer},
    },
    id::BadId,
};

use super::App;
use crate::{
    domain::line::Line,
    store::{NotAToken, Owner},
};

/// The gRPC services of cart.
pub fn routes(app: App) -> tonic::service::Routes {
    tonic::service::Routes::new(CartsServer::new(Server(app.clone())))
        .add_service(PersonalDataServer::new(Keeper(app)))
}

#[derive(Debug)]
struct Server(App);

#[tonic::async_trait]
impl Carts for Server {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let lines = lines(&self.0, &owner(&request.into_inner())?).await?;
        let line = |line: Line| CartLine {
            product_id: line.product_id.to_string(),
            quantity: line.quantity,
            variant_id: line.variant_id.to_string(),
        };
        Ok(Response::new(GetCartResponse { lines: lines.into_iter().map(line).collect() }))
    }
}

/// Who keeps personal data here.
#[derive(Debug)]
struct Keeper(App);

#[tonic::async_trait]
impl PersonalData for Keeper {
    async fn export(&self, request: Request<ExportRequest>) -> Result<Response<ExportResponse>, Status> {
        let user = request.into_inner().user_id.parse();
        let user = user.map_err(|error| Status::invalid_argument(format!("user_id: {error}")))?;
        let lines = lines(&self.0, &Owner::User(user)).await?;
        if lines.is_empty() {
            return Ok(Response::new(ExportResponse { json: "{}".to_owned() }));
        }
        let line = |line: &Line| json!({"product_id": line.product_id, "variant_id": line.variant_id, "quantity": line.quantity});
        let json = json!({"cart": lines.iter().map(line).collect::<Vec<_>>()}).to_string();
        Ok(Response::new(ExportResponse { json }))
    }
}

async fn lines(app: &App, owner: &Owner) -> Result<Vec<Line>, Status> {
    app.carts.read(owner).await.map_err(|error| {
        let problem = Problem::from(error);
        if problem.kind() == Kind::Internal {
            tracing::error!(?problem, "a cart can't be read");
        }
        status(&problem)
    })
}

/// Whose cart is asked for.
fn owner(request: &GetCartRequest) -> Result<Owner, Status> {
    let wrong =
        |field: &str, error: &dyn std::fmt::Display| Status::invalid_argument(format!("{field}: {error}"));
    match (request.user_id.as_str(), request.cart_token.as_str()) {
        ("", token) => {
            token.parse().map(Owner::Guest).map_err(|error: NotAToken| wrong("cart_token", &error))
        }
        (user, "") => user.parse().map(Owner::User).map_err(|error: BadId| wrong("user_id", &error)),
        _ => Err(Status::invalid_argument("user_id, cart_token: send one of them")),
    }
}
