//! What other services did for an order.

use std::time::Duration;

use tonic::Status;
use warung_chassis::{
    deadline,
    grpc::{self, Channel},
    service::{BuildError, Context},
};
use warung_contracts::{
    grpc::history::{ListRequest, order_history_client::OrderHistoryClient},
    history::Told,
    id::OrderId,
};

use super::read;
use crate::domain::story::{Answer, Part};

/// What is asked; who is asked stands in the manifest.
const LIST: &str = "warung.history.v1.OrderHistory/List";
/// Time for an answer. Staff wait for the slowest: without one of the services they see more than with none.
const PATIENCE: Duration = Duration::from_secs(1);

/// The services that do something for orders.
#[derive(Debug, Clone)]
pub struct Histories(Vec<(String, OrderHistoryClient<Channel>)>);

impl Histories {
    /// Those that the manifest names.
    ///
    /// # Errors
    ///
    /// When a URL is malformed.
    pub fn new(context: &Context) -> Result<Self, BuildError> {
        let asked = context.manifest.calls.iter().filter(|call| call.rpc == LIST);
        let peers = asked
            .map(|call| Ok((call.service.clone(), OrderHistoryClient::new(context.peer(&call.service)?))));
        Ok(Self(peers.collect::<Result<_, BuildError>>()?))
    }

    /// What each did for an order, all asked at once, in the order of the manifest; none of one that does not answer.
    pub async fn of(&self, order: OrderId) -> Vec<Answer> {
        let asked = self.0.iter().map(|(service, client)| async move {
            let answer = deadline::at_most(PATIENCE, ask(service, client, order)).await;
            let answer = answer.inspect_err(|status| {
                tracing::warn!(peer = service, %order, %status, "a service does not tell what it did for an order");
            });
            (service.clone(), answer.ok())
        });
        futures::future::join_all(asked).await
    }
}

async fn ask(
    service: &str,
    client: &OrderHistoryClient<Channel>,
    order: OrderId,
) -> Result<Part<Told>, Status> {
    let request = ListRequest { order_id: order.to_string() };
    let answer = grpc::ask(|| {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.list(request).await }
    })
    .await?;
    let lines = answer.entries.into_iter().map(|entry| read(service, Told::try_from(entry)));
    Ok(Part { lines: lines.collect::<Result<_, _>>()?, more: answer.more })
}
