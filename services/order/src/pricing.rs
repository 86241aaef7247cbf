//! What a cart comes to now. Quote and checkout ask here, so that both say the same; nothing of a price is taken from a
//! request.

use time::{Duration, OffsetDateTime};
use tonic::Status;
use warung_chassis::db::Db;
use warung_contracts::{
    currency::Currency,
    event::{ShippingAddress, ShippingChoice},
    id::OrderId,
    money::Money,
};

use crate::{
    domain::{
        CartState, Draft, Pick, Refusal, Terms, Untaxable,
        coupon::{Code, Coupon, RefusedCoupon, Unfit},
        pick,
        tax::Place,
    },
    metrics::OrderMetrics,
    peers::{Cart, Facts, Owner, Peers, QuoteRefusal, ShippingOption},
    promotions::Promotions,
    store::{
        redemptions::{self, Customer},
        turns,
    },
    taxes::Taxes,
};

/// How long somebody whose cart is empty is shown the order that emptied it: they pressed the button twice.
const JUST_NOW: Duration = Duration::minutes(1);

/// What somebody wants to know the price of.
#[derive(Debug)]
pub struct Wanted<'a> {
    pub owner: &'a Owner,
    /// By whom uses of coupons are counted.
    pub customer: &'a Customer,
    pub coupons: &'a [Code],
    /// Whether coupons that are not taken are left out, rather than that there is no price.
    pub skip_refused: bool,
    /// Where it goes; tax and shipping are known only then.
    pub address: Option<&'a ShippingAddress>,
    /// Token of the way it is sent; the cheapest when none.
    pub shipping_quote: Option<&'a str>,
}

/// What it comes to.
#[derive(Debug)]
pub struct Priced {
    pub draft: Draft,
    /// Coupons that were left out.
    pub refused: Vec<RefusedCoupon>,
    /// Every way to send it, cheapest first; empty when one was chosen, the address is not known or the shop has no rates.
    pub options: Vec<ShippingOption>,
    /// Which state of the cart it is.
    pub cart: CartState,
}

/// Why there is no price.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("shipping is refused: {}", .0.0)]
    Shipping(QuoteRefusal),
    #[error("the cart is order {0} already")]
    Ordered(OrderId),
    #[error("another service failed")]
    Peer(#[from] Status),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Everything a price is made of.
#[derive(Debug, Clone)]
pub struct Pricing {
    pub db: Db,
    pub peers: Peers,
    pub taxes: Taxes,
    pub promotions: Promotions,
    pub metrics: OrderMetrics,
    /// The shop's one currency.
    pub currency: Currency,
    /// Whether the shop's prices hold their tax.
    pub prices_include_tax: bool,
    /// The least amount that every way to pay can take, in minor units.
    pub step: i64,
}

impl Pricing {
    /// Prices a cart.
    ///
    /// # Errors
    ///
    /// As [`Error`] says.
    pub async fn price(&self, wanted: &Wanted<'_>) -> Result<Priced, Error> {
        let cart = self.cart(wanted.owner).await?;
        let offers = self.peers.offers(&cart.lines).await?;
        let picks = pick(self.currency, &cart.lines, offers)?;
        let pool = self.db.pool();
        let (ways, coupons, taxes, promotions) = futures::try_join!(
            self.ways(wanted, &picks),
            self.coupons(wanted),
            async { Ok(self.taxes.table(pool).await?) },
            async { Ok(self.promotions.of(pool, wanted.customer).await?) },
        )?;
        let Ways { chosen, options } = ways;
        let (mut coupons, mut refused) = coupons;
        // Each time round there are fewer.
        let draft = loop {
            let terms = Terms {
                now: self.now(),
                currency: self.currency,
                prices_include_tax: self.prices_include_tax,
                step: self.step,
                taxes: &taxes,
                place: place(wanted.address),
                coupons: &coupons,
                promotions: &promotions,
                shipping: chosen.clone(),
            };
            match Draft::new(picks.clone(), terms) {
                Err(Refusal::Coupons(more)) if wanted.skip_refused => {
                    coupons.retain(|(coupon, _)| more.iter().all(|refused| refused.code != coupon.code));
                    refused.extend(more);
                }
                done => break done.inspect_err(|refusal| self.notice(refusal))?,
            }
        };
        Ok(Priced { draft, refused, options, cart: cart.state })
    }

    /// What somebody wants to order, and has not ordered yet.
    async fn cart(&self, owner: &Owner) -> Result<Cart, Error> {
        let last = turns::last(self.db.pool(), &owner.name()).await?;
        let cart = self.peers.cart(owner, last.as_ref()).await?;
        match last {
            Some(last) if cart.lines.is_empty() && self.now() - last.placed_at < JUST_NOW => {
                Err(Error::Ordered(last.order_id))
            }
            _ => Ok(cart),
        }
    }

    /// Lets the seller know of what only the seller can mend.
    fn notice(&self, refusal: &Refusal) {
        let Refusal::UnknownTaxClass(goods) = refusal else { return };
        self.metrics.unknown_tax_class();
        for Untaxable { product_id, tax_class, .. } in goods {
            tracing::warn!(%product_id, tax_class, "a product was not sold: its tax class has no rate");
        }
    }

    fn now(&self) -> OffsetDateTime {
        self.db.clock().now()
    }

    /// The way it is sent, and the ways there are.
    async fn ways(&self, wanted: &Wanted<'_>, picks: &[Pick]) -> Result<Ways, Error> {
        let Some(address) = wanted.address else { return Ok(Ways::default()) };
        let facts = Facts::new(address, picks, subtotal(self.currency, picks)?);
        if let Some(token) = wanted.shipping_quote {
            let chosen = self.peers.quote(token, &facts).await?.map_err(Error::Shipping)?;
            return Ok(Ways { chosen: Some(self.choice(&chosen)?), options: Vec::new() });
        }
        let options = self.peers.quotes(&facts).await?.map_err(Error::Shipping)?;
        let chosen = options.first().map(|cheapest| self.choice(cheapest)).transpose()?;
        Ok(Ways { chosen, options })
    }

    fn choice(&self, option: &ShippingOption) -> Result<ShippingChoice, Error> {
        if option.price.currency != self.currency || option.price.amount_minor < 0 {
            return Err(Status::internal(format!("shipment quotes {}", option.price)).into());
        }
        let (service, price, quote_id) =
            (option.service.clone(), option.price, Some(option.quote_id.clone()));
        Ok(ShippingChoice { service, price, quote_id })
    }

    /// The coupons, in the order they were sent, and those that are left out because nobody knows them.
    async fn coupons(&self, wanted: &Wanted<'_>) -> Result<(Vec<(Coupon, u32)>, Vec<RefusedCoupon>), Error> {
        if wanted.coupons.is_empty() {
            return Ok(Default::default());
        }
        let known = redemptions::find(self.db.pool(), wanted.coupons, wanted.customer).await?;
        // One that applies by itself is no secret that somebody could type.
        let of = |code: &Code| known.get(code).filter(|(coupon, _)| !coupon.automatic).cloned();
        let unknown = wanted.coupons.iter().enumerate().filter(|(_, code)| of(code).is_none());
        let refuse = |(place, code): (usize, &Code)| {
            let why = Unfit::Unknown;
            RefusedCoupon { place, code: code.clone(), why }
        };
        let unknown: Vec<_> = unknown.map(refuse).collect();
        if !unknown.is_empty() && !wanted.skip_refused {
            return Err(Refusal::Coupons(unknown).into());
        }
        Ok((wanted.coupons.iter().filter_map(of).collect(), unknown))
    }
}

#[derive(Debug, Default)]
struct Ways {
    chosen: Option<ShippingChoice>,
    options: Vec<ShippingOption>,
}

fn place(address: Option<&ShippingAddress>) -> Place {
    Place {
        country: address.map(|address| address.country.clone()),
        region: address.and_then(|address| address.province.clone()),
    }
}

fn subtotal(currency: Currency, picks: &[Pick]) -> Result<Money, Refusal> {
    let prices = picks.iter().map(|pick| pick.offer.unit_price.times(pick.quantity));
    let prices: Vec<Money> = prices.collect::<Result<_, _>>().map_err(|_| Refusal::TooLarge)?;
    Money::sum(currency, prices).map_err(|_| Refusal::TooLarge)
}
