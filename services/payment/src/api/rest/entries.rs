//! The books, entry by entry: in pages, and as a file.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, Transaction};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    csv,
    http::{
        Page, PageQuery, Problem, Query,
        file::{self, Format, Source},
        problem::ProblemBody,
        rules::is_text,
    },
};
use warung_contracts::{
    currency::Currency,
    id::{DisputeId, OrderId, PaymentId, RefundId},
    money::Money,
};

use super::{Shared, newest};
use crate::store::entries::{self, Filter, Place};

/// Entries of one part of a file.
const BATCH: i64 = 1000;
/// How long a file may take. It is of one moment, and what was deleted since then takes up the database's room as long.
const EXPORT_MAX: Duration = Duration::from_secs(3600);

/// Which entries.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Booked then or later.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<OffsetDateTime>,
    /// Booked before.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[garde(skip)]
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<OffsetDateTime>,
    /// Only of this account; then a transaction's entries sum to zero no more.
    #[garde(inner(length(max = 100)), inner(custom(is_text)))]
    pub account: Option<String>,
    /// Only in this currency.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// Only of this order.
    #[garde(skip)]
    pub order_id: Option<OrderId>,
}

impl From<Which> for Filter {
    fn from(which: Which) -> Self {
        let Which { from, to, account, currency, order_id } = which;
        Self { from, to, account, currency, order: order_id }
    }
}

/// An entry of the books: one side of a movement of money.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BookEntry {
    /// The movement; its sides sum to zero in each currency.
    pub transaction_id: Uuid,
    /// When it was booked.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// `capture`, `refund`, `fee`, `chargeback` (a dispute took it) or `reinstatement` (it gave it back).
    pub kind: String,
    /// As the trial balance has it.
    pub account: String,
    /// Debit is positive, credit negative.
    pub amount: Money,
    pub order_id: OrderId,
    /// The order's number that people read; absent for the oldest payments.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order_number: Option<String>,
    pub payment_id: PaymentId,
    /// Which try of the order's payment it is, from 1.
    pub attempt: i32,
    pub provider: String,
    /// The provider's id of the payment, where it has one of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment_reference: Option<String>,
    /// The provider's id of the dispute, or of a refund that took its time; where the shop paid back itself, where its own
    /// books have that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// The refund it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refund_id: Option<RefundId>,
    /// The dispute it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dispute_id: Option<DisputeId>,
}

impl From<entries::Entry> for BookEntry {
    fn from(row: entries::Entry) -> Self {
        Self {
            transaction_id: row.transaction_id,
            at: row.at,
            kind: row.kind,
            account: row.account,
            amount: Money::new(row.amount_minor, row.currency),
            order_id: OrderId(row.order_id),
            order_number: row.order_number,
            payment_id: PaymentId(row.payment_id),
            attempt: row.attempt,
            provider: row.provider,
            payment_reference: row.payment_reference,
            reference: row.reference,
            refund_id: row.refund_id.map(RefundId),
            dispute_id: row.dispute_id.map(DisputeId),
        }
    }
}

/// The columns of a file.
const COLUMNS: [&str; 16] = [
    "transaction_id",
    "at",
    "kind",
    "account",
    "amount",
    "amount_minor",
    "currency",
    "order_number",
    "order_id",
    "payment_id",
    "attempt",
    "provider",
    "payment_reference",
    "reference",
    "refund_id",
    "dispute_id",
];

impl BookEntry {
    /// Its row in a file.
    fn row(&self) -> Result<String, sqlx::Error> {
        let some = |text: &Option<String>| csv::text(text.as_deref().unwrap_or_default());
        let at = self.at.format(&Rfc3339).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        Ok(csv::row(&[
            self.transaction_id.to_string(),
            at,
            csv::text(&self.kind),
            csv::text(&self.account),
            self.amount.decimal(),
            self.amount.amount_minor.to_string(),
            self.amount.currency.to_string(),
            some(&self.order_number),
            self.order_id.to_string(),
            self.payment_id.to_string(),
            self.attempt.to_string(),
            csv::text(&self.provider),
            some(&self.payment_reference),
            some(&self.reference),
            self.refund_id.map(|id| id.to_string()).unwrap_or_default(),
            self.dispute_id.map(|id| id.to_string()).unwrap_or_default(),
        ]))
    }
}

/// A position in the list.
type Cursor = (i64, Uuid, i32);

fn cursor(place: Place) -> Cursor {
    let (micros, id) = newest::position(place.at, place.transaction_id);
    (micros, id, place.position)
}

fn place((micros, transaction_id, position): Cursor) -> Option<Place> {
    Some(Place { at: newest::time(micros)?, transaction_id, position })
}

/// List the ledger's entries
///
/// Oldest first, of a period or of all time; the sides of a transaction follow each other. What is booked while the pages are read
/// may stand before the page that was read last: read a period that is over, or take the file.
#[utoipa::path(
    get, path = "/api/v1/ledger/entries", operation_id = "list_ledger_entries", tag = "payments",
    params(Which, PageQuery),
    responses(
        (status = 200, description = "A page of entries", body = Page<BookEntry>),
        (status = 400, description = "A filter, the cursor or the limit is not valid", body = ProblemBody),
    ),
)]
pub async fn list_ledger_entries(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<BookEntry>>, Problem> {
    let after = page.after::<Cursor>()?.and_then(place);
    let mut conn = shared.db.pool().acquire().await?;
    let rows = entries::after(&mut conn, &which.into(), after, i64::from(page.limit()) + 1).await?;
    let page = Page::of(rows, page.limit(), |entry| cursor(entry.place()));
    Ok(axum::Json(page.map(BookEntry::from)))
}

/// How to export.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    #[garde(skip)]
    #[param(inline)]
    format: Format,
}

/// An export under way: the books as they were when it began.
struct Export {
    snapshot: Transaction<'static, Postgres>,
    filter: Filter,
    format: Format,
    /// When it has taken too long.
    until: Instant,
    begun: bool,
    last: Option<Place>,
}

impl Source for Export {
    async fn next(&mut self) -> Result<Option<String>, sqlx::Error> {
        if Instant::now() > self.until {
            return Err(sqlx::Error::Protocol("an export of the ledger took more than an hour".into()));
        }
        let mut text = String::new();
        if !std::mem::replace(&mut self.begun, true) && self.format == Format::Csv {
            text.push_str(&csv::row(&COLUMNS.map(str::to_owned)));
        }
        for entry in entries::after(&mut self.snapshot, &self.filter, self.last, BATCH).await? {
            self.last = Some(entry.place());
            let entry = BookEntry::from(entry);
            text.push_str(&match self.format {
                Format::Csv => entry.row()?,
                Format::Jsonl => file::line(&entry)?,
            });
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

/// Export the ledger's entries
///
/// Those of the list, as they were in one moment, however long the file is: in CSV a row each, with the amount as a decimal of
/// major units (`amount`) beside the minor units, in JSON lines the objects of the list. In CSV what a spreadsheet would take for a
/// formula has an apostrophe before it. A file takes an hour at most; one that breaks off has no end that HTTP would take for one.
#[utoipa::path(
    get, path = "/api/v1/ledger/export", operation_id = "export_ledger", tag = "payments",
    params(ExportQuery, Which),
    responses(
        (status = 200, description = "The entries", content((String = "text/csv"), (String = "application/x-ndjson"))),
        (status = 400, description = "The format or a filter is not valid", body = ProblemBody),
    ),
)]
pub async fn export_ledger(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(ExportQuery { format }): Query<ExportQuery>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let snapshot = shared.db.snapshot().await?;
    let until = Instant::now() + EXPORT_MAX;
    let export = Export { snapshot, filter: which.into(), format, until, begun: false, last: None };
    file::answer("ledger", format, export).await
}
