//! What a filter asks of a variant. All of it must hold for one variant of a product: a shirt that comes in S and in green is
//! not found as "S, green" when no shirt is both, nor as "S, in stock" when S is sold out.
//!
//! A product that fits is shown, and sorted, by the cheapest of its variants that fit.

use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

use super::{list::Filter, push_current};

/// One thing that is asked of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'f> {
    /// One of these values of an option.
    Choice(&'f str, &'f [String]),
    /// Minor units, both ends included.
    Price(Option<i64>, Option<i64>),
    InStock,
    OnSale,
}

/// All that a filter asks of a variant; nothing when it is about products alone.
pub fn asked(filter: &Filter) -> Vec<Asked<'_>> {
    let (least, most) = (filter.price_min_minor, filter.price_max_minor);
    let price = (least.is_some() || most.is_some()).then_some(Asked::Price(least, most));
    let stock = filter.in_stock.then_some(Asked::InStock);
    let sale = filter.on_sale.then_some(Asked::OnSale);
    let choices = filter.choices.iter().map(|(name, values)| Asked::Choice(name, values));
    price.into_iter().chain(stock).chain(sale).chain(choices).collect()
}

/// The condition that rows of `catalog_variants` with this alias meet.
fn push_one(query: &mut QueryBuilder<Postgres>, alias: &str, asked: &Asked<'_>) {
    match *asked {
        Asked::Choice(name, values) => {
            query.push(format!("{alias}.choices && ")).push_bind(any_of(name, values));
        }
        Asked::Price(least, most) => {
            query.push(format!("{alias}.price_minor BETWEEN ")).push_bind(least.unwrap_or(0));
            query.push(" AND ").push_bind(most.unwrap_or(i64::MAX));
        }
        Asked::InStock => {
            query.push(format!("{alias}.in_stock"));
        }
        Asked::OnSale => {
            query.push(on_sale(alias));
        }
    }
}

/// Whether it costs less than what it is compared with.
pub(super) fn on_sale(alias: &str) -> String {
    format!("coalesce({alias}.compare_at_minor > {alias}.price_minor, false)")
}

/// Any of these values of an option, as documents write them.
fn any_of(name: &str, values: &[String]) -> Vec<String> {
    values.iter().map(|value| format!("{name}={value}")).collect()
}

/// All conditions; each begins with AND.
pub(super) fn push_fits(query: &mut QueryBuilder<Postgres>, alias: &str, filter: &Filter) {
    for asked in asked(filter) {
        query.push(" AND ");
        push_one(query, alias, &asked);
    }
}

/// The conditions that a variant does not meet, as an `integer` with the bit of each: see [`bit`]. There are fewer than it
/// has bits, because the options of a filter are few.
pub(super) fn push_failed(query: &mut QueryBuilder<Postgres>, alias: &str, filter: &Filter) {
    query.push("0");
    for (place, asked) in asked(filter).iter().enumerate() {
        query.push(" | CASE WHEN ");
        push_one(query, alias, asked);
        query.push(format!(" THEN 0 ELSE {} END", 1 << place));
    }
}

/// The bit of the condition that is of this kind; none when nothing of the kind is asked.
pub(super) fn bit(filter: &Filter, is: impl Fn(&Asked<'_>) -> bool) -> i32 {
    asked(filter).iter().position(is).map_or(0, |place| 1 << place)
}

/// How the cheapest variant that fits is found; both find the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// For each document that is looked at.
    OfEach,
    /// Along the index of prices, so that a list which they sort ends with its page.
    ByPrice,
}

/// The documents `d`, and beside each, where something is asked of variants, the cheapest variant that fits, `v`.
pub(super) fn push_documents(query: &mut QueryBuilder<Postgres>, filter: &Filter, way: Way) {
    query.push("catalog_documents d");
    if asked(filter).is_empty() {
        return;
    }
    match way {
        Way::OfEach => {
            query.push(
                " CROSS JOIN LATERAL (SELECT v.variant_id, v.price_minor, v.compare_at_minor FROM catalog_variants v \
                 WHERE (v.generation, v.product_id, v.valid_from) = (d.generation, d.product_id, d.valid_from)",
            );
            push_fits(query, "v", filter);
            query.push(" ORDER BY v.price_minor, v.variant_id LIMIT 1) v");
        }
        Way::ByPrice => {
            query.push(" JOIN catalog_variants v USING (generation, product_id, valid_from)");
        }
    }
}

/// The conditions that go with [`push_documents`]; each begins with AND. What the document says of all its variants comes
/// first, because that is indexed.
pub(super) fn push_cheapest(query: &mut QueryBuilder<Postgres>, filter: &Filter, way: Way) {
    for (name, values) in &filter.choices {
        query.push(" AND d.choices && ").push_bind(any_of(name, values));
    }
    if asked(filter).is_empty() || way == Way::OfEach {
        return;
    }
    push_fits(query, "v", filter);
    query.push(
        " AND NOT EXISTS (SELECT FROM catalog_variants w WHERE w.generation = v.generation \
         AND w.product_id = v.product_id AND w.valid_from = v.valid_from \
         AND (w.price_minor, w.variant_id) < (v.price_minor, v.variant_id)",
    );
    push_fits(query, "w", filter);
    query.push(")");
}

/// The alias that has the price which is shown: of the cheapest variant that fits, or of the document as a whole.
pub(super) fn price_of(filter: &Filter) -> &'static str {
    if asked(filter).is_empty() { "d" } else { "v" }
}

/// The variant that has that price, when a filter chose it.
pub(super) fn variant_of(filter: &Filter) -> &'static str {
    if asked(filter).is_empty() { "NULL::uuid" } else { "v.variant_id" }
}

/// The condition that a variant `v` of the tables of record is one of those that fit; begins with AND.
pub(super) fn push_variants_fit(query: &mut QueryBuilder<Postgres>, filter: &Filter, now: OffsetDateTime) {
    if asked(filter).is_empty() {
        return;
    }
    query.push(
        " AND EXISTS (SELECT FROM catalog_documents d JOIN catalog_variants c USING (generation, product_id, valid_from) \
         WHERE d.product_id = v.product_id AND c.variant_id = v.variant_id AND ",
    );
    push_current(query, now);
    push_fits(query, "c", filter);
    query.push(")");
}
