//! `warung.product.v1.Catalog`, and what product tells of orders.

mod history;

use std::collections::HashMap;

use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use warung_chassis::grpc::{self, status};
use warung_contracts::{
    grpc::product::{
        GetOffersRequest, GetOffersResponse, Offer as Wire, OptionValue,
        catalog_server::{Catalog, CatalogServer},
    },
    id::{ProductId, VariantId},
};

use super::App;
use crate::{
    domain::{
        category,
        locale::{Languages, Wanted},
        variant,
    },
    store::{
        offer_texts,
        offers::{self, Offer},
    },
};

/// Variants of one question at most; the contract says so.
const IDS_MAX: usize = 500;

/// The gRPC services of product.
pub fn routes(app: App) -> tonic::service::Routes {
    let history = grpc::history::server(app.db.clone(), history::list);
    tonic::service::Routes::new(CatalogServer::new(Server(app))).add_service(history)
}

#[derive(Debug)]
struct Server(App);

#[tonic::async_trait]
impl Catalog for Server {
    async fn get_offers(
        &self,
        request: Request<GetOffersRequest>,
    ) -> Result<Response<GetOffersResponse>, Status> {
        let GetOffersRequest { product_ids, variant_ids, accept_language } = request.into_inner();
        if product_ids.len() + variant_ids.len() > IDS_MAX {
            return Err(Status::invalid_argument(format!("ask for at most {IDS_MAX} variants at once")));
        }
        let products = product_ids.iter().map(|id| id.parse::<ProductId>().map(ProductId::default_variant));
        let variants = variant_ids.iter().map(|id| id.parse());
        let ids: Vec<VariantId> = products
            .chain(variants)
            .collect::<Result<_, _>>()
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let now = self.0.db.clock().now();
        let mut look = self.0.db.look().await.map_err(status)?;
        let mut offers = offers::find(&mut look, &ids, now).await.map_err(status)?;
        let languages =
            speak(&mut look, &self.0.config.locale, &accept_language, &mut offers).await.map_err(status)?;
        let own = &self.0.config.locale;
        let tags = languages.iter().map(|tags| tags.tags(own).map(str::to_owned).collect());
        let offers = offers.into_iter().zip(tags).map(|(offer, languages)| wire(offer, languages)).collect();
        Ok(Response::new(GetOffersResponse { offers }))
    }
}

/// Calls offers as the reader does; the languages of each one's names.
async fn speak(
    conn: &mut PgConnection,
    own: &str,
    header: &str,
    offers: &mut [Offer],
) -> Result<Vec<Languages>, sqlx::Error> {
    let wanted = Wanted::parse(header, own);
    let texts = match wanted.tags() {
        [] => HashMap::new(),
        _ => {
            let products: Vec<ProductId> = offers.iter().map(|offer| offer.product_id).collect();
            offer_texts::find(conn, &products).await?
        }
    };
    let called = offers.iter_mut().map(|offer| {
        let Some((names, axes)) = texts.get(&offer.product_id) else { return Languages::from_iter([None]) };
        let (name, tag) = category::name_in(std::mem::take(&mut offer.name), names, &wanted);
        let (variant_name, tags) = variant::name_in(axes, &offer.choice, &wanted);
        (offer.name, offer.variant_name) = (name, variant_name);
        tags.into_iter().chain([tag]).collect()
    });
    Ok(called.collect())
}

fn wire(offer: Offer, languages: Vec<String>) -> Wire {
    Wire {
        product_id: offer.product_id.to_string(),
        sku: offer.sku,
        name: offer.name,
        unit_price_minor: offer.unit_price.amount_minor,
        currency: offer.unit_price.currency.to_string(),
        available: u32::try_from(offer.available).unwrap_or(u32::MAX),
        variant_id: offer.variant_id.to_string(),
        variant_name: offer.variant_name,
        tax_class: offer.tax_class,
        weight_grams: offer.measures.weight_grams,
        length_mm: offer.measures.length_mm,
        width_mm: offer.measures.width_mm,
        height_mm: offer.measures.height_mm,
        compare_at_minor: offer.compare_at_minor.unwrap_or(0),
        backorder: offer.backorder,
        max_quantity: offer.max_quantity,
        category_ids: offer.categories.iter().map(ToString::to_string).collect(),
        slug: offer.slug,
        image: offer.image.unwrap_or_default(),
        option_values: offer
            .choice
            .into_iter()
            .map(|(option, value)| OptionValue { option, value })
            .collect(),
        languages,
    }
}
