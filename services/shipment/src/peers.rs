//! What shipment asks of other services: what became of an order whose parcels it holds. Asked outside of transactions.

use tonic::Status;
use warung_chassis::grpc::{self, Channel};
use warung_contracts::{
    grpc::order::{IsCancelledRequest, orders_client::OrdersClient},
    id::OrderId,
};

/// The service order.
#[derive(Debug, Clone)]
pub struct Orders(OrdersClient<Channel>);

impl Orders {
    /// Orders at this connection.
    pub fn new(order: Channel) -> Self {
        Self(OrdersClient::new(order))
    }

    /// Whether an order ended without being served.
    ///
    /// # Errors
    ///
    /// When order is away.
    pub async fn is_cancelled(&self, order: OrderId) -> Result<bool, Status> {
        let request = IsCancelledRequest { order_id: order.to_string() };
        let answer = grpc::ask(|| {
            let (mut orders, request) = (self.0.clone(), request.clone());
            async move { orders.is_cancelled(request).await }
        });
        answer.await.map(|answer| answer.cancelled)
    }
}
