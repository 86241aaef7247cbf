//! What other services ask before they sell.

use sqlx::{PgConnection, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::{CategoryId, ProductId, VariantId},
    money::Money,
};

use super::{unreadable, unsigned};
use crate::domain::{
    product::Axis,
    variant::{self, Choice, Measures},
};

/// A variant that can be bought.
#[derive(Debug, Clone)]
pub struct Offer {
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub sku: String,
    /// Of the product.
    pub name: String,
    /// The product's category and all above it, from the root down.
    pub categories: Vec<CategoryId>,
    /// Such as "Red / L"; empty when the product comes in one kind.
    pub variant_name: String,
    pub choice: Choice,
    /// Of the product.
    pub slug: String,
    /// Where the product's first picture is.
    pub image: Option<String>,
    pub tax_class: String,
    /// Of the best price list that holds now.
    pub unit_price: Money,
    /// Minor units; none when it is compared with nothing.
    pub compare_at_minor: Option<i64>,
    pub measures: Measures,
    pub max_quantity: u32,
    /// Items that can be promised.
    pub available: i64,
    /// Whether more may be promised than is there.
    pub backorder: bool,
}

fn offer(row: &PgRow) -> Result<Offer, sqlx::Error> {
    let variant_id = VariantId(row.try_get("variant_id")?);
    let count = |column| unsigned("variants", variant_id, column, i64::from(row.try_get::<i32, _>(column)?));
    let currency: &str = row.try_get("currency")?;
    let currency = currency.parse().map_err(|_| unreadable("variants", variant_id, "currency"))?;
    let (Json(axes), Json(choice)): (Json<Vec<Axis>>, Json<Choice>) =
        (row.try_get("axes")?, row.try_get("options")?);
    let path: Option<Vec<Uuid>> = row.try_get("path")?;
    Ok(Offer {
        variant_id,
        product_id: ProductId(row.try_get("product_id")?),
        sku: row.try_get("sku")?,
        name: row.try_get("name")?,
        categories: path.unwrap_or_default().into_iter().map(CategoryId).collect(),
        variant_name: variant::name(&axes, &choice),
        choice,
        slug: row.try_get("slug")?,
        image: row.try_get("image")?,
        tax_class: row.try_get("tax_class")?,
        unit_price: Money::new(row.try_get("price_minor")?, currency),
        compare_at_minor: row.try_get("compare_at_minor")?,
        measures: Measures {
            weight_grams: count("weight_grams")?,
            length_mm: count("length_mm")?,
            width_mm: count("width_mm")?,
            height_mm: count("height_mm")?,
        },
        max_quantity: count("max_quantity")?,
        available: row.try_get("available")?,
        backorder: row.try_get("backorder")?,
    })
}

/// Those of these variants that customers can buy.
pub async fn find(
    conn: &mut PgConnection,
    ids: &[VariantId],
    now: OffsetDateTime,
) -> Result<Vec<Offer>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    // `OFFSET 0` has the price looked up once, not wherever it is named.
    let rows = sqlx::query(
        "SELECT v.variant_id, v.product_id, v.sku, p.name, p.slug, p.options AS axes, v.options, p.tax_class, n.price_minor, \
         compared_with(n.price_minor, v.price_minor, v.compare_at_minor) AS compare_at_minor, v.currency, v.weight_grams, \
         v.length_mm, v.width_mm, v.height_mm, v.max_quantity, s.available, s.backorder, c.path, \
         (SELECT m.url FROM product_media m WHERE m.product_id = p.product_id ORDER BY m.position LIMIT 1) AS image \
         FROM variants v JOIN products p USING (product_id) LEFT JOIN categories c USING (category_id) \
         CROSS JOIN LATERAL (SELECT price_at(v.variant_id, v.price_minor, $2) AS price_minor OFFSET 0) n \
         CROSS JOIN LATERAL ( \
             SELECT coalesce(sum(s.on_hand - s.reserved + s.backorder), 0)::bigint AS available, \
             coalesce(bool_or(s.backorder > 0), false) AS backorder \
             FROM stock_levels s JOIN locations l USING (location_id) WHERE s.variant_id = v.variant_id AND l.active) s \
         WHERE v.variant_id = ANY($1) AND v.status = 'active' AND p.status = 'active'",
    )
    .bind(ids)
    .bind(now)
    .fetch_all(conn)
    .await?;
    rows.iter().map(offer).collect()
}
