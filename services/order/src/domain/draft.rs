//! Picks and the terms of a shop → the lines and totals of an order. Quote and checkout both end here.

use time::OffsetDateTime;
use warung_contracts::{
    currency::Currency,
    event::{OrderLine, ShippingChoice, Totals},
    id::VariantId,
    money::Money,
};

use super::{
    coupon::{Coupon, RefusedCoupon, Use, UsedCoupon},
    order,
    pick::{Pick, Refusal, Untaxable},
    promotion::{self, Counted},
    tax::{self, Place, TaxTable},
    totals::{Basket, Bill, Discount, Item, Line, bill},
};

/// What a total depends on beside the goods.
#[derive(Debug)]
pub struct Terms<'a> {
    pub now: OffsetDateTime,
    pub currency: Currency,
    pub prices_include_tax: bool,
    /// The least amount that can be paid, in minor units.
    pub step: i64,
    pub taxes: &'a TaxTable,
    pub place: Place,
    /// As they were sent, each with the number of orders of this customer that use it.
    pub coupons: &'a [Counted],
    /// Coupons that apply by themselves, where they fit.
    pub promotions: &'a [Counted],
    pub shipping: Option<ShippingChoice>,
}

/// An order that could be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub lines: Vec<order::Line>,
    pub totals: Totals,
    pub coupons: Vec<UsedCoupon>,
    pub shipping: Option<ShippingChoice>,
}

impl Draft {
    /// Computes it.
    ///
    /// # Errors
    ///
    /// When a tax class is unknown, a coupon is not taken, or the total is too large.
    pub fn new(picks: Vec<Pick>, terms: Terms<'_>) -> Result<Self, Refusal> {
        check_classes(&picks, terms.taxes)?;
        let items: Vec<Item> = picks.iter().map(|pick| item(pick, &terms)).collect();
        let sale = Sale { picks: &picks, items: &items, terms: &terms };
        let sent: Vec<&Coupon> = terms.coupons.iter().map(|(coupon, _)| coupon).collect();
        let plain = sale.bill(&sent)?;
        sale.check_coupons(plain.subtotal)?;
        let (coupons, bill) = sale.best((sent, plain))?;
        let money = |minor| Money::new(minor, terms.currency);
        let coupons = coupons.into_iter().zip(&bill.taken).map(|(coupon, taken)| used(coupon, money(*taken)));
        // A promotion that takes nothing off is none.
        let coupons = coupons.filter(|used| !used.automatic || used.amount.amount_minor > 0).collect();
        let totals = totals(&bill, &terms);
        let lines = picks.into_iter().zip(items.iter().zip(&bill.lines));
        let lines =
            lines.map(|(pick, (item, line))| order_line(pick, *item, *line, terms.currency)).collect();
        Ok(Self { lines, totals, coupons, shipping: terms.shipping })
    }
}

fn item(pick: &Pick, terms: &Terms<'_>) -> Item {
    Item {
        unit_price: pick.offer.unit_price.amount_minor,
        quantity: pick.quantity,
        tax_rate_ppm: terms.taxes.rate(&pick.offer.tax_class, &terms.place),
    }
}

/// Nothing is sold whose tax nobody can know; all such goods are named at once.
fn check_classes(picks: &[Pick], taxes: &TaxTable) -> Result<(), Refusal> {
    let offers = picks.iter().map(|pick| &pick.offer).enumerate();
    let unknown: Vec<Untaxable> = offers
        .filter(|(_, offer)| !taxes.knows(&offer.tax_class))
        .map(|(line, offer)| Untaxable {
            line,
            product_id: offer.product_id,
            name: offer.full_name(),
            tax_class: offer.tax_class.clone(),
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Refusal::UnknownTaxClass(unknown)) }
}

/// Goods on their terms.
#[derive(Clone, Copy)]
struct Sale<'a> {
    picks: &'a [Pick],
    /// As many, in their order.
    items: &'a [Item],
    terms: &'a Terms<'a>,
}

impl<'a> Sale<'a> {
    /// What it comes to with these coupons.
    fn bill(&self, coupons: &[&Coupon]) -> Result<Bill, Refusal> {
        let terms = self.terms;
        let discounts: Vec<Discount> = coupons.iter().map(|coupon| coupon.discount(self.picks)).collect();
        let basket = Basket {
            items: self.items,
            discounts: &discounts,
            shipping: terms.shipping.as_ref().map_or(0, |choice| choice.price.amount_minor),
            shipping_rate_ppm: terms.taxes.rate(tax::SHIPPING, &terms.place),
            prices_include_tax: terms.prices_include_tax,
            step: terms.step,
        };
        bill(&basket).map_err(|_| Refusal::TooLarge)
    }

    /// The coupons that were sent, and with them the promotions that make the total least; what they come to.
    fn best(&self, (sent, plain): (Vec<&'a Coupon>, Bill)) -> Result<(Vec<&'a Coupon>, Bill), Refusal> {
        let Terms { coupons, promotions, .. } = *self.terms;
        let wanted = self.wanted(plain.subtotal);
        let mut best = (sent.clone(), plain);
        for set in promotion::sets(coupons, promotions, &wanted) {
            let with: Vec<&Coupon> =
                sent.iter().copied().chain(set.into_iter().map(|(coupon, _)| coupon)).collect();
            let bill = self.bill(&with)?;
            if bill.total < best.1.total {
                best = (with, bill);
            }
        }
        Ok(best)
    }

    fn check_coupons(&self, subtotal: i64) -> Result<(), Refusal> {
        let coupons = self.terms.coupons;
        let faults: Vec<_> = coupons
            .iter()
            .enumerate()
            .filter_map(|(place, (coupon, by_customer))| {
                let wanted =
                    Use { together: coupons.len(), by_customer: *by_customer, ..self.wanted(subtotal) };
                let refuse = |why| RefusedCoupon { place, code: coupon.code.clone(), why };
                coupon.check(&wanted).err().map(refuse)
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Coupons(faults)) }
    }

    /// One coupon, by somebody who has not used it.
    fn wanted(&self, subtotal: i64) -> Use<'a> {
        let Terms { now, currency, .. } = *self.terms;
        Use { now, currency, picks: self.picks, subtotal, together: 1, by_customer: 0 }
    }
}

fn used(coupon: &Coupon, amount: Money) -> UsedCoupon {
    UsedCoupon { coupon_id: coupon.id, code: coupon.code.clone(), amount, automatic: coupon.automatic }
}

fn totals(bill: &Bill, terms: &Terms<'_>) -> Totals {
    let money = |minor| Money::new(minor, terms.currency);
    Totals {
        subtotal: money(bill.subtotal),
        discount: money(bill.discount),
        shipping: money(bill.shipping),
        shipping_discount: Some(money(bill.shipping_discount)),
        shipping_tax: money(bill.shipping_tax),
        tax: money(bill.tax),
        prices_include_tax: terms.prices_include_tax,
        total: money(bill.total),
    }
}

fn order_line(pick: Pick, item: Item, line: Line, currency: Currency) -> order::Line {
    let Pick { quantity, offer } = pick;
    let money = |minor| Some(Money::new(minor, currency));
    let sold = OrderLine {
        product_id: offer.product_id,
        sku: offer.sku,
        name: offer.name,
        quantity,
        unit_price: offer.unit_price,
        variant_id: Some(offer.variant_id.unwrap_or(VariantId(offer.product_id.uuid()))),
        variant_name: offer.variant_name,
        discount: money(line.discount),
        tax: money(line.tax),
        tax_rate_ppm: Some(item.tax_rate_ppm),
        total: money(line.total),
        tax_class: Some(offer.tax_class),
        weight_grams: Some(offer.measures.weight_grams),
    };
    order::Line::new(sold, offer.look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        CartLine,
        pick::{
            pick,
            tests::{id, offer},
        },
        tax::TaxRate,
    };

    fn terms(taxes: &TaxTable) -> Terms<'_> {
        Terms {
            now: OffsetDateTime::UNIX_EPOCH,
            currency: "IDR".parse().unwrap(),
            prices_include_tax: false,
            step: 1,
            taxes,
            place: Place { country: Some("ID".into()), region: None },
            coupons: &[],
            promotions: &[],
            shipping: None,
        }
    }

    fn picks(quantity: u32, price: i64) -> Vec<Pick> {
        let line = CartLine { product_id: id(1), variant_id: None, quantity };
        pick("IDR".parse().unwrap(), &[line], vec![offer(1, price, "IDR", 99)]).unwrap()
    }

    #[test]
    fn lines_keep_their_price_tax_and_total() {
        let rate =
            TaxRate { class: "standard".into(), country: Some("ID".into()), region: None, rate_ppm: 110_000 };
        let taxes = TaxTable::new([rate]);
        let shipping = ShippingChoice {
            service: "regular".into(),
            price: Money::new(900, "IDR".parse().unwrap()),
            quote_id: None,
        };
        let draft = Draft::new(picks(2, 1_000), Terms { shipping: Some(shipping), ..terms(&taxes) }).unwrap();
        let line = &draft.lines[0].sold;
        assert_eq!(line.tax.unwrap().amount_minor, 220);
        assert_eq!((line.total.unwrap().amount_minor, line.tax_rate_ppm), (2_220, Some(110_000)));
        assert_eq!((draft.totals.total.amount_minor, draft.totals.tax.amount_minor), (3_120, 220));
    }

    #[test]
    fn goods_of_an_unknown_tax_class_are_not_sold() {
        let mut goods = picks(1, 1_000);
        goods[0].offer.tax_class = "boks".into();
        let refused = Draft::new(goods, terms(&TaxTable::default()));
        assert!(
            matches!(&refused, Err(Refusal::UnknownTaxClass(unknown)) if unknown[0].tax_class == "boks"),
            "{refused:?}"
        );
    }

    #[test]
    fn an_order_may_cost_nothing_and_not_too_much() {
        let taxes = TaxTable::default();
        assert_eq!(Draft::new(picks(1, 0), terms(&taxes)).unwrap().totals.total.amount_minor, 0);
        assert_eq!(Draft::new(picks(2, i64::MAX), terms(&taxes)), Err(Refusal::TooLarge));
    }
}
