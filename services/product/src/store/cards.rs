//! A product with everything that its page shows, read in one statement.

use serde::Deserialize;
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::{products, unreadable};
use crate::domain::{
    availability::{Availability, availability},
    product::{Medium, Product, Status, Translations},
    variant::{self, Choice, Measures},
};

/// A product as its page shows it.
#[derive(Debug, Clone)]
pub struct Card {
    pub product: Product,
    /// Those that are not archived, the default one first; all when it is read for the seller.
    pub variants: Vec<CardVariant>,
    pub media: Vec<Medium>,
    pub translations: Translations,
    /// Until when the prices hold; none when nothing is planned.
    pub prices_until: Option<OffsetDateTime>,
}

/// A variant with its price and stock of now.
#[derive(Debug, Clone)]
pub struct CardVariant {
    pub id: Uuid,
    pub sku: String,
    pub choice: Choice,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub measures: Measures,
    pub barcode: Option<String>,
    pub max_quantity: u32,
    pub status: variant::Status,
    /// Items that can be promised.
    pub available: i64,
    /// Items that are there and nobody's.
    pub free: i64,
    /// Stock is low at this many free items or fewer; 0 for no warning.
    pub low_stock_at: i64,
    /// Items that may be promised before they are there, at the default place.
    pub backorder: i64,
}

impl CardVariant {
    /// Whether it can be bought, as far as that depends on stock.
    pub fn availability(&self) -> Availability {
        availability(self.free, self.available, self.low_stock_at)
    }
}

/// A variant as the statement builds it.
#[derive(Debug, Deserialize)]
struct Row {
    id: Uuid,
    sku: String,
    options: Choice,
    price: i64,
    compare_at: Option<i64>,
    currency: String,
    measures: Measures,
    barcode: Option<String>,
    max_quantity: u32,
    status: variant::Status,
    low_stock_at: i64,
    stock: Counts,
}

#[derive(Debug, Deserialize)]
struct Counts {
    available: i64,
    free: i64,
    backorder: i64,
}

/// The statement, but for its condition.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT p.product_id, p.slug, p.name, p.description, p.category_id, p.status, p.tax_class, p.options, p.version, ",
            "p.created_at, p.updated_at, ",
            "(SELECT json_agg(json_build_object('id', v.variant_id, 'sku', v.sku, 'options', v.options, ",
            "'price', n.price, 'compare_at', compared_with(n.price, v.price_minor, v.compare_at_minor), 'currency', v.currency, ",
            "'measures', json_build_object('weight_grams', v.weight_grams, 'length_mm', v.length_mm, 'width_mm', v.width_mm, ",
            "'height_mm', v.height_mm), 'barcode', v.barcode, 'max_quantity', v.max_quantity, 'status', v.status, ",
            "'low_stock_at', v.low_stock_at, 'stock', (SELECT json_build_object(",
            "'available', coalesce(sum(s.on_hand - s.reserved + s.backorder) FILTER (WHERE l.active), 0), ",
            "'free', coalesce(sum(greatest(s.on_hand - s.reserved, 0)) FILTER (WHERE l.active), 0), ",
            "'backorder', coalesce(sum(s.backorder) FILTER (WHERE l.by_default), 0)) ",
            "FROM stock_levels s JOIN locations l USING (location_id) WHERE s.variant_id = v.variant_id)) ",
            "ORDER BY v.position, v.variant_id) FROM variants v ",
            "CROSS JOIN LATERAL (SELECT price_at(v.variant_id, v.price_minor, $2) AS price OFFSET 0) n ",
            "WHERE v.product_id = p.product_id) AS variants, ",
            "(SELECT json_agg(json_build_object('url', m.url, 'alt', m.alt) ORDER BY m.position) FROM product_media m ",
            "WHERE m.product_id = p.product_id) AS media, ",
            "(SELECT json_object_agg(t.locale, json_build_object('name', t.name, 'description', t.description)) ",
            "FROM product_translations t WHERE t.product_id = p.product_id) AS translations, ",
            "(SELECT nullif(min(e.at), 'infinity') FROM variants v JOIN price_list_prices i USING (variant_id) ",
            "JOIN price_lists l USING (price_list_id) CROSS JOIN LATERAL (VALUES (l.valid_from), (l.valid_until)) AS e (at) ",
            "WHERE v.product_id = p.product_id AND l.active AND e.at > $2) AS prices_until ",
            "FROM products p WHERE ", $condition
        )
    };
}

fn card(row: &PgRow) -> Result<Card, sqlx::Error> {
    let variants: Option<Json<Vec<Row>>> = row.try_get("variants")?;
    let media: Option<Json<Vec<Medium>>> = row.try_get("media")?;
    let translations: Option<Json<Translations>> = row.try_get("translations")?;
    let variants = variants.map(|Json(variants)| variants).unwrap_or_default();
    Ok(Card {
        product: products::read(row)?,
        variants: variants.into_iter().map(variant).collect::<Result<_, _>>()?,
        media: media.map(|Json(media)| media).unwrap_or_default(),
        translations: translations.map(|Json(texts)| texts).unwrap_or_default(),
        prices_until: row.try_get("prices_until")?,
    })
}

fn variant(row: Row) -> Result<CardVariant, sqlx::Error> {
    let currency = row.currency.parse().map_err(|_| unreadable("variants", row.id, "currency"))?;
    let money = |minor| Money::new(minor, currency);
    Ok(CardVariant {
        id: row.id,
        sku: row.sku,
        choice: row.options,
        price: money(row.price),
        compare_at: row.compare_at.map(money),
        measures: row.measures,
        barcode: row.barcode,
        max_quantity: row.max_quantity,
        status: row.status,
        available: row.stock.available,
        free: row.stock.free,
        low_stock_at: row.low_stock_at,
        backorder: row.stock.backorder,
    })
}

/// A product that customers can see, with the variants they can buy.
pub async fn find_active(
    pool: &PgPool,
    id: ProductId,
    now: OffsetDateTime,
) -> Result<Option<Card>, sqlx::Error> {
    let row = sqlx::query(select!("p.product_id = $1 AND p.status = 'active'"))
        .bind(id.uuid())
        .bind(now)
        .fetch_optional(pool)
        .await?;
    let mut card = row.as_ref().map(card).transpose()?;
    if let Some(card) = &mut card {
        card.variants.retain(|variant| variant.status == variant::Status::Active);
    }
    Ok(card)
}

/// A product as its seller sees it, in the transaction that may have changed it.
pub async fn find(
    conn: &mut PgConnection,
    id: ProductId,
    now: OffsetDateTime,
) -> Result<Option<Card>, sqlx::Error> {
    let row =
        sqlx::query(select!("p.product_id = $1")).bind(id.uuid()).bind(now).fetch_optional(conn).await?;
    row.as_ref().map(card).transpose()
}

/// What staff look for; what is none does not matter.
#[derive(Debug)]
pub struct Search {
    pub status: Option<Status>,
    /// In this category or below it.
    pub category_id: Option<CategoryId>,
    /// A part of the name, or the beginning of a SKU; the case of letters and their accents do not matter.
    pub text: Option<String>,
    /// Those before this one.
    pub after: Option<ProductId>,
    pub limit: u32,
}

/// Products that fit, whatever their status, newest first.
pub async fn search(pool: &PgPool, search: &Search, now: OffsetDateTime) -> Result<Vec<Card>, sqlx::Error> {
    let rows = sqlx::query(select!(
        "($1::text IS NULL OR p.status = $1) \
         AND ($3::uuid IS NULL OR p.category_id IN (SELECT c.category_id FROM categories c WHERE c.path @> ARRAY[$3])) \
         AND ($4::text IS NULL OR position(lower(unaccent($4)) IN lower(unaccent(p.name))) > 0 OR EXISTS (SELECT FROM variants v \
             WHERE v.product_id = p.product_id AND starts_with(lower(v.sku), lower($4)))) \
         AND ($5::uuid IS NULL OR p.product_id < $5) ORDER BY p.product_id DESC LIMIT $6"
    ))
    .bind(search.status.map(Status::as_str))
    .bind(now)
    .bind(search.category_id.map(CategoryId::uuid))
    .bind(&search.text)
    .bind(search.after.map(ProductId::uuid))
    .bind(i64::from(search.limit))
    .fetch_all(pool)
    .await?;
    rows.iter().map(card).collect()
}
