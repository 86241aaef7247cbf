//! What facets count, as `products` (each with the facets it counts for), `valued` (how many of them have a value of an option)
//! and `priced` (the prices that each has).

use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

use super::{
    fit::{self, Asked},
    list::{Filter, push_category},
    push_current,
};

/// Of documents, which know all of it, when nothing is asked of variants: a third of the work. Else of variants.
pub(super) fn push(
    query: &mut QueryBuilder<Postgres>,
    filter: &Filter,
    text: Option<&str>,
    now: OffsetDateTime,
) {
    if fit::asked(filter).is_empty() {
        push_documents(query, filter, text, now);
        return;
    }
    push_candidates(query, filter, text, now);
    push_products(query, filter);
    push_valued(query, filter);
    push_priced(query, filter);
}

fn push_documents(
    query: &mut QueryBuilder<Postgres>,
    filter: &Filter,
    text: Option<&str>,
    now: OffsetDateTime,
) {
    query.push(
        "products AS MATERIALIZED (SELECT d.product_id, d.categories, d.choices, d.prices, d.in_stock, d.on_sale, \
         true AS shown FROM catalog_documents d WHERE ",
    );
    push_which(query, filter, text, now);
    query.push(
        "), valued AS (SELECT c, sum(m)::bigint AS n FROM (SELECT choices, count(*) AS m FROM products \
         GROUP BY choices) alike, unnest(choices) AS u (c) GROUP BY c), \
         priced AS MATERIALIZED (SELECT product_id, price_minor FROM products, unnest(prices) AS u (price_minor))",
    );
}

/// The documents `d` that are asked for, whatever their variants are.
fn push_which(query: &mut QueryBuilder<Postgres>, filter: &Filter, text: Option<&str>, now: OffsetDateTime) {
    push_current(query, now);
    push_category(query, filter);
    if let Some(text) = text {
        query.push(" AND d.search @@ websearch_to_tsquery('folded', ").push_bind(text.to_owned()).push(")");
    }
}

/// `candidates`: every variant of the products that are asked for, with what it lacks of the rest.
fn push_candidates(
    query: &mut QueryBuilder<Postgres>,
    filter: &Filter,
    text: Option<&str>,
    now: OffsetDateTime,
) {
    query.push(
        "candidates AS MATERIALIZED (SELECT d.product_id, d.categories, v.choices, v.price_minor, v.in_stock, ",
    );
    query.push(fit::on_sale("v")).push(" AS on_sale, ");
    fit::push_failed(query, "v", filter);
    query.push(
        " AS failed FROM catalog_documents d JOIN catalog_variants v USING (generation, product_id, valid_from) WHERE ",
    );
    push_which(query, filter, text, now);
    query.push(")");
}

fn push_products(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let stock = fit::bit(filter, |asked| *asked == Asked::InStock);
    let sale = fit::bit(filter, |asked| *asked == Asked::OnSale);
    query.push(format!(
        ", products AS (SELECT product_id, categories, bool_or(failed = 0) AS shown, \
         bool_or(in_stock AND failed & ~{stock} = 0) AS in_stock, \
         bool_or(on_sale AND failed & ~{sale} = 0) AS on_sale FROM candidates GROUP BY product_id, categories)"
    ));
}

fn push_valued(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    query.push(
        ", valued AS (SELECT c, count(*) AS n FROM (SELECT DISTINCT product_id, c \
         FROM candidates, unnest(choices) AS u (c) WHERE failed = 0",
    );
    for (name, _) in &filter.choices {
        let bit = fit::bit(filter, |asked| matches!(asked, Asked::Choice(chosen, _) if chosen == name));
        query.push(format!(" OR (failed = {bit} AND starts_with(c, "));
        query.push_bind(format!("{name}=")).push("))");
    }
    query.push(") each GROUP BY c)");
}

fn push_priced(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let price = fit::bit(filter, |asked| matches!(asked, Asked::Price(..)));
    query.push(format!(
        ", priced AS MATERIALIZED (SELECT DISTINCT product_id, price_minor FROM candidates WHERE failed & ~{price} = 0)"
    ));
}
