//! Rates and where they go.

use sqlx::{FromRow, PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{id::RateId, money::Money};

use crate::domain::rate::{ByWeight, Place, Rate, Terms};

/// Every column, and the places as pairs of country and province.
const SELECT: &str = "SELECT r.*, (SELECT coalesce(jsonb_agg(jsonb_build_array(p.country, p.province) \
    ORDER BY p.country, p.province), '[]') FROM rate_places p WHERE p.rate_id = r.rate_id) AS places FROM rates r";

#[derive(Debug, FromRow)]
struct Row {
    rate_id: Uuid,
    service: String,
    name: String,
    currency: String,
    base_minor: i64,
    step_grams: Option<i32>,
    step_minor: Option<i64>,
    divisor: Option<i32>,
    free_from_minor: Option<i64>,
    weight_max_grams: Option<i64>,
    days_min: i32,
    days_max: i32,
    active: bool,
    version: i64,
    created_at: OffsetDateTime,
    places: Json<Vec<(String, String)>>,
}

impl TryFrom<Row> for Rate {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let id = row.rate_id;
        let wrong = |column: &str| sqlx::Error::Decode(format!("rates, row {id}, column {column}").into());
        let positive =
            |number: Option<i32>, column| number.map(u32::try_from).transpose().map_err(|_| wrong(column));
        let currency = row.currency.parse().map_err(|_| wrong("currency"))?;
        let (step_grams, divisor) =
            (positive(row.step_grams, "step_grams")?, positive(row.divisor, "divisor")?);
        let by_weight = step_grams.zip(row.step_minor).map(|(step_grams, step_minor)| ByWeight {
            step_grams,
            step_minor,
            divisor,
        });
        let max = row.weight_max_grams.map(u64::try_from).transpose();
        let place = |(country, province): (String, String)| Place {
            country,
            province: Some(province).filter(|province| !province.is_empty()),
        };
        let terms = Terms {
            service: row.service,
            name: row.name,
            places: row.places.0.into_iter().map(place).collect(),
            base: Money::new(row.base_minor, currency),
            by_weight,
            free_from_minor: row.free_from_minor,
            weight_max_grams: max.map_err(|_| wrong("weight_max_grams"))?,
            days_min: u16::try_from(row.days_min).map_err(|_| wrong("days_min"))?,
            days_max: u16::try_from(row.days_max).map_err(|_| wrong("days_max"))?,
            active: row.active,
        };
        Ok(Self { id: RateId(id), terms, version: row.version, created_at: row.created_at })
    }
}

/// Writes a rate; one that is there is replaced.
pub async fn save(conn: &mut PgConnection, rate: &Rate) -> Result<(), sqlx::Error> {
    let Rate { id, terms, version, created_at } = rate;
    let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO rates (rate_id, service, name, currency, base_minor, step_grams, step_minor, divisor, \
         free_from_minor, weight_max_grams, days_min, days_max, active, version, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (rate_id) DO UPDATE SET service = $2, name = $3, currency = $4, base_minor = $5, step_grams = $6, \
         step_minor = $7, divisor = $8, free_from_minor = $9, weight_max_grams = $10, days_min = $11, days_max = $12, \
         active = $13, version = $14",
    )
    .bind(id.uuid())
    .bind(&terms.service)
    .bind(&terms.name)
    .bind(terms.base.currency.to_string())
    .bind(terms.base.amount_minor)
    .bind(terms.by_weight.map(|by| signed(by.step_grams)))
    .bind(terms.by_weight.map(|by| by.step_minor))
    .bind(terms.by_weight.and_then(|by| by.divisor).map(signed))
    .bind(terms.free_from_minor)
    .bind(terms.weight_max_grams.map(|max| i64::try_from(max).unwrap_or(i64::MAX)))
    .bind(i32::from(terms.days_min))
    .bind(i32::from(terms.days_max))
    .bind(terms.active)
    .bind(version)
    .bind(created_at)
    .execute(&mut *conn)
    .await?;
    save_places(conn, *id, &terms.places).await
}

async fn save_places(conn: &mut PgConnection, id: RateId, places: &[Place]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM rate_places WHERE rate_id = $1").bind(id.uuid()).execute(&mut *conn).await?;
    let countries: Vec<&str> = places.iter().map(|place| place.country.as_str()).collect();
    let provinces: Vec<&str> =
        places.iter().map(|place| place.province.as_deref().unwrap_or_default()).collect();
    sqlx::query(
        "INSERT INTO rate_places (rate_id, country, province) SELECT DISTINCT $1::uuid, country, province \
         FROM unnest($2::text[], $3::text[]) AS given (country, province)",
    )
    .bind(id.uuid())
    .bind(countries)
    .bind(provinces)
    .execute(conn)
    .await?;
    Ok(())
}

/// The rates that are offered.
pub async fn active(conn: &mut PgConnection) -> Result<Vec<Rate>, sqlx::Error> {
    let rows: Vec<Row> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE r.active"))).fetch_all(conn).await?;
    rows.into_iter().map(Rate::try_from).collect()
}

/// A rate, if there is one.
pub async fn find(conn: &mut PgConnection, id: RateId) -> Result<Option<Rate>, sqlx::Error> {
    one(conn, format!("{SELECT} WHERE r.rate_id = $1"), id).await
}

/// A rate, if there is one; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: RateId) -> Result<Option<Rate>, sqlx::Error> {
    one(conn, format!("{SELECT} WHERE r.rate_id = $1 FOR UPDATE OF r"), id).await
}

async fn one(conn: &mut PgConnection, statement: String, id: RateId) -> Result<Option<Rate>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id.uuid()).fetch_optional(conn).await?;
    row.map(Rate::try_from).transpose()
}

/// Rates after this one, oldest first.
pub async fn page(
    conn: &mut PgConnection,
    after: Option<RateId>,
    limit: i64,
) -> Result<Vec<Rate>, sqlx::Error> {
    let statement = format!("{SELECT} WHERE $1::uuid IS NULL OR r.rate_id > $1 ORDER BY r.rate_id LIMIT $2");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(after.map(RateId::uuid))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Rate::try_from).collect()
}

/// Takes a rate away; the caller holds it.
pub async fn delete(conn: &mut PgConnection, id: RateId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM rates WHERE rate_id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}
