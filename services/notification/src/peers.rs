//! What notification asks of auth: the secret tokens of links.

use tonic::{Code, Status};
use uuid::Uuid;
use warung_chassis::grpc::{self, Channel};
use warung_contracts::grpc::auth::{GetTokenRequest, links_client::LinksClient};

/// Who knows the tokens.
#[derive(Debug, Clone)]
pub struct Links(LinksClient<Channel>);

impl Links {
    /// Auth at this connection.
    pub fn new(auth: Channel) -> Self {
        Self(LinksClient::new(auth))
    }

    /// The token of a request; none once it was used, has ended, or never was.
    ///
    /// # Errors
    ///
    /// When auth is away.
    pub async fn token(&self, request_id: Uuid) -> Result<Option<String>, Status> {
        let request = GetTokenRequest { request_id: request_id.to_string() };
        let answer = grpc::ask(|| {
            let (mut links, request) = (self.0.clone(), request.clone());
            async move { links.get_token(request).await }
        });
        match answer.await {
            Ok(answer) => Ok(Some(answer.token)),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status),
        }
    }
}
