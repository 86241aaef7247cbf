//! The values of a new order and its lines, in the order of their columns.

use sqlx::{Postgres, postgres::PgArguments, types::Json};
use warung_contracts::{
    event::{OrderLine, PaymentChoice, Totals},
    id::VariantId,
    money::Money,
};

use crate::domain::{CartState, Line, Order};

type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// From `order_id` to `created_at`.
pub fn order<'q>(query: Query<'q>, order: &'q Order, cart: &'q CartState) -> Query<'q> {
    let query = query
        .bind(order.id.uuid())
        .bind(&order.number)
        .bind(order.user_id.uuid())
        .bind(order.state.as_str())
        .bind(order.deadline_at)
        .bind(&cart.revision)
        .bind(order.guest.as_ref().map(|guest| &guest.cart_hash))
        .bind(order.access_hash());
    let query =
        totals(query, &order.totals).bind(Json(&order.coupons)).bind(order.shipping.as_ref().map(Json));
    payment(query, &order.payment)
        .bind(Json(&order.shipping_address))
        .bind(order.contact.as_ref().map(Json))
        .bind(&order.email)
        .bind(&order.note)
        .bind(order.created_at)
}

/// From `currency` to `total_minor`.
fn totals<'q>(query: Query<'q>, totals: &'q Totals) -> Query<'q> {
    query
        .bind(totals.total.currency.code())
        .bind(totals.subtotal.amount_minor)
        .bind(totals.discount.amount_minor)
        .bind(totals.shipping.amount_minor)
        .bind(totals.shipping_tax.amount_minor)
        .bind(totals.tax.amount_minor)
        .bind(totals.prices_include_tax)
        .bind(totals.total.amount_minor)
}

/// From `payment_provider` to `payment_return_url`.
fn payment<'q>(query: Query<'q>, payment: &'q PaymentChoice) -> Query<'q> {
    query.bind(&payment.provider).bind(&payment.token).bind(&payment.method).bind(&payment.return_url)
}

/// From `product_id` to `look`, a column of all lines at a time.
///
/// # Errors
///
/// When a quantity or a rate does not fit its column.
pub fn lines<'q>(query: Query<'q>, lines: &'q [Line]) -> Result<Query<'q>, sqlx::Error> {
    let sold = || lines.iter().map(|line| &line.sold);
    let text =
        |of: fn(&OrderLine) -> Option<&String>| sold().map(|line| of(line).cloned()).collect::<Vec<_>>();
    let minor = |of: fn(&OrderLine) -> Option<Money>| -> Vec<i64> {
        sold().map(|line| of(line).map_or(0, |money| money.amount_minor)).collect()
    };
    let small = |of: fn(&OrderLine) -> u32| sold().map(|line| int(of(line))).collect::<Result<Vec<_>, _>>();
    Ok(query
        .bind(sold().map(|line| line.product_id.uuid()).collect::<Vec<_>>())
        .bind(sold().map(|line| line.variant_id.map(VariantId::uuid)).collect::<Vec<_>>())
        .bind(text(|line| Some(&line.sku)))
        .bind(text(|line| Some(&line.name)))
        .bind(text(|line| line.variant_name.as_ref()))
        .bind(small(|line| line.quantity)?)
        .bind(minor(|line| Some(line.unit_price)))
        .bind(text(|line| line.tax_class.as_ref()))
        .bind(sold().map(|line| line.weight_grams.map(i64::from)).collect::<Vec<_>>())
        .bind(minor(|line| line.discount))
        .bind(minor(|line| line.tax))
        .bind(small(|line| line.tax_rate_ppm.unwrap_or(0))?)
        .bind(lines.iter().map(|line| line.total().amount_minor).collect::<Vec<_>>())
        .bind(lines.iter().map(|line| Json(&line.look)).collect::<Vec<_>>()))
}

fn int(number: u32) -> Result<i32, sqlx::Error> {
    i32::try_from(number).map_err(|_| sqlx::Error::Encode("a quantity is too large".into()))
}
