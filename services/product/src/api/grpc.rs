//! `warung.product.v1.Catalog`.

use tonic::{Request, Response, Status};
use warung_chassis::{error::Kind, grpc::status, http::Problem};
use warung_contracts::{
    grpc::product::{
        GetOffersRequest, GetOffersResponse, Offer,
        catalog_server::{Catalog, CatalogServer},
    },
    id::{ProductId, VariantId},
};

use super::App;
use crate::{domain::product::Product, store::reads};

/// Products of one question at most; the contract says so.
const IDS_MAX: usize = 500;

/// The gRPC services of product.
pub fn routes(app: App) -> tonic::service::Routes {
    tonic::service::Routes::new(CatalogServer::new(Server(app)))
}

#[derive(Debug)]
struct Server(App);

#[tonic::async_trait]
impl Catalog for Server {
    async fn get_offers(
        &self,
        request: Request<GetOffersRequest>,
    ) -> Result<Response<GetOffersResponse>, Status> {
        let GetOffersRequest { product_ids, variant_ids } = request.into_inner();
        if product_ids.len() + variant_ids.len() > IDS_MAX {
            return Err(Status::invalid_argument(format!("ask for at most {IDS_MAX} products at once")));
        }
        let products = product_ids.iter().map(|id| id.parse());
        // Every product has one variant yet, with its own UUID.
        let variants = variant_ids.iter().map(|id| id.parse().map(|VariantId(id)| ProductId(id)));
        let ids: Vec<ProductId> = products
            .chain(variants)
            .collect::<Result<_, _>>()
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let products = reads::offers(self.0.db.pool(), &ids).await.map_err(|error| {
            let problem = Problem::from(error);
            if problem.kind() == Kind::Internal {
                tracing::error!(?problem, "offers can't be read");
            }
            status(&problem)
        })?;
        Ok(Response::new(GetOffersResponse { offers: products.into_iter().map(offer).collect() }))
    }
}

fn offer(product: Product) -> Offer {
    Offer {
        product_id: product.id.to_string(),
        sku: product.sku,
        name: product.name,
        unit_price_minor: product.price.amount_minor,
        currency: product.price.currency.to_string(),
        available: u32::try_from(product.stock.available()).unwrap_or(u32::MAX),
        variant_id: product.id.default_variant().to_string(),
        tax_class: "standard".to_owned(),
        ..Offer::default()
    }
}
