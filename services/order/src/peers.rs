//! What order asks of other services: the cart, and what its products cost. Asked before any transaction.

use tonic::Status;
use warung_chassis::grpc::{self, Channel};
use warung_contracts::{
    grpc::{
        cart::{GetCartRequest, carts_client::CartsClient},
        product::{GetOffersRequest, catalog_client::CatalogClient},
    },
    id::UserId,
    money::Money,
};

use crate::domain::{CartLine, Offer};

/// The services order calls.
#[derive(Debug, Clone)]
pub struct Peers {
    carts: CartsClient<Channel>,
    catalog: CatalogClient<Channel>,
}

impl Peers {
    /// Peers at these connections.
    pub fn new(cart: Channel, product: Channel) -> Self {
        Self { carts: CartsClient::new(cart), catalog: CatalogClient::new(product) }
    }

    /// The cart of a customer.
    ///
    /// # Errors
    ///
    /// When cart is away or what it says can't be read.
    pub async fn cart(&self, user: UserId) -> Result<Vec<CartLine>, Status> {
        let request = GetCartRequest { user_id: user.to_string(), cart_token: String::new() };
        let answer = grpc::ask(|| {
            let (mut carts, request) = (self.carts.clone(), request.clone());
            async move { carts.get_cart(request).await }
        })
        .await?;
        let lines = answer.lines.into_iter();
        lines
            .map(|line| {
                Ok(CartLine { product_id: read("cart", line.product_id.parse())?, quantity: line.quantity })
            })
            .collect()
    }

    /// What these products cost now; those not for sale are left out.
    ///
    /// # Errors
    ///
    /// When product is away or what it says can't be read.
    pub async fn offers(&self, cart: &[CartLine]) -> Result<Vec<Offer>, Status> {
        if cart.is_empty() {
            return Ok(Vec::new());
        }
        let product_ids = cart.iter().map(|line| line.product_id.to_string()).collect();
        let request = GetOffersRequest { product_ids, ..Default::default() };
        let answer = grpc::ask(|| {
            let (mut catalog, request) = (self.catalog.clone(), request.clone());
            async move { catalog.get_offers(request).await }
        })
        .await?;
        let offers = answer.offers.into_iter();
        offers
            .map(|offer| {
                Ok(Offer {
                    product_id: read("product", offer.product_id.parse())?,
                    sku: offer.sku,
                    name: offer.name,
                    unit_price: Money::new(offer.unit_price_minor, read("product", offer.currency.parse())?),
                    available: offer.available,
                })
            })
            .collect()
    }
}

fn read<T, E: std::fmt::Display>(peer: &str, parsed: Result<T, E>) -> Result<T, Status> {
    parsed.map_err(|error| Status::internal(format!("the answer of {peer} can't be read: {error}")))
}
