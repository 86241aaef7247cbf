//! What notification asks auth and order: the secret tokens of links.

use tonic::{Code, Status};
use warung_chassis::grpc::{self, Channel};
use warung_contracts::{
    grpc::{
        auth::{self, links_client::LinksClient},
        order::{self, guests_client::GuestsClient},
    },
    id::OrderId,
};

use crate::domain::notice::Secret;

/// Who knows the tokens.
#[derive(Debug, Clone)]
pub struct Tokens {
    links: LinksClient<Channel>,
    guests: GuestsClient<Channel>,
}

impl Tokens {
    /// Auth and order at these connections.
    pub fn new(auth: Channel, order: Channel) -> Self {
        Self { links: LinksClient::new(auth), guests: GuestsClient::new(order) }
    }

    /// The token; none of a request that was used, has ended, or never was, and of an order that is no guest's.
    ///
    /// # Errors
    ///
    /// When whoever knows it is away.
    pub async fn of(&self, secret: Secret) -> Result<Option<String>, Status> {
        let answer = match secret {
            Secret::Request(id) => self.of_request(id.to_string()).await,
            Secret::Order(id) => self.of_order(id).await,
        };
        match answer {
            Ok(token) => Ok(Some(token)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status),
        }
    }

    async fn of_request(&self, request_id: String) -> Result<String, Status> {
        let request = auth::GetTokenRequest { request_id };
        let answer = grpc::ask(|| {
            let (mut links, request) = (self.links.clone(), request.clone());
            async move { links.get_token(request).await }
        });
        Ok(answer.await?.token)
    }

    async fn of_order(&self, id: OrderId) -> Result<String, Status> {
        let request = order::GetTokenRequest { order_id: id.to_string() };
        let answer = grpc::ask(|| {
            let (mut guests, request) = (self.guests.clone(), request.clone());
            async move { guests.get_token(request).await }
        });
        Ok(answer.await?.token)
    }
}
