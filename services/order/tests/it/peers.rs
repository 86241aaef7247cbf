//! cart and product as order sees them: the contracts' gRPC services on a real port, with set answers.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tonic::{Request, Response, Status};
use warung_contracts::{
    grpc::{
        cart::{
            CartLine, GetCartRequest, GetCartResponse,
            carts_server::{Carts, CartsServer},
        },
        product::{
            GetOffersRequest, GetOffersResponse, Offer,
            catalog_server::{Catalog, CatalogServer},
        },
    },
    id::{ProductId, UserId},
};

/// What the peers say.
#[derive(Debug, Default, Clone)]
pub struct Peers {
    carts: Arc<Mutex<HashMap<String, Vec<CartLine>>>>,
    offers: Arc<Mutex<HashMap<String, Offer>>>,
}

impl Peers {
    /// Starts them; returns their URL.
    pub async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = tonic::service::Routes::new(CartsServer::new(self.clone()))
            .add_service(CatalogServer::new(self.clone()));
        let router = routes.prepare().into_axum_router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    pub fn put_cart(&self, user: UserId, lines: &[(ProductId, u32)]) {
        let lines = lines
            .iter()
            .map(|(id, quantity)| CartLine { product_id: id.to_string(), quantity: *quantity })
            .collect();
        self.carts.lock().unwrap().insert(user.to_string(), lines);
    }

    pub fn sell(&self, id: ProductId, price: i64, currency: &str, available: u32) {
        let offer = Offer {
            product_id: id.to_string(),
            sku: "KOPI".into(),
            name: "Kopi Gayo".into(),
            unit_price_minor: price,
            currency: currency.into(),
            available,
        };
        self.offers.lock().unwrap().insert(id.to_string(), offer);
    }
}

#[tonic::async_trait]
impl Carts for Peers {
    async fn get_cart(&self, request: Request<GetCartRequest>) -> Result<Response<GetCartResponse>, Status> {
        let lines = self.carts.lock().unwrap().get(&request.into_inner().user_id).cloned();
        Ok(Response::new(GetCartResponse { lines: lines.unwrap_or_default() }))
    }
}

#[tonic::async_trait]
impl Catalog for Peers {
    async fn get_offers(
        &self,
        request: Request<GetOffersRequest>,
    ) -> Result<Response<GetOffersResponse>, Status> {
        let offers = self.offers.lock().unwrap();
        let ids = request.into_inner().product_ids;
        Ok(Response::new(GetOffersResponse {
            offers: ids.iter().filter_map(|id| offers.get(id).cloned()).collect(),
        }))
    }
}
