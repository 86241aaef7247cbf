//! /api/v1/products/import and /api/v1/products/export

use axum::{
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::StreamExt as _;
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::{
    auth::Permitted,
    error::Kind,
    http::{
        IdempotencyKey, Problem, Query,
        file::{self, NDJSON},
        problem::ProblemBody,
    },
};

use super::App;
use crate::bulk::{
    Format, NO_ROWS, RowFault,
    export::Export,
    import::{Import, Options, Summary},
};

/// How to import.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Check everything and write nothing.
    #[garde(skip)]
    #[serde(default)]
    dry_run: bool,
}

/// How to export.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    #[garde(skip)]
    #[param(inline)]
    format: Format,
}

/// Import products
///
/// While they are being sent, however long the file is. The answer comes when it has ended: a JSON object for each of the
/// first 1,000 faults (`line`, `field`, `reason`), and one with `summary`, whose `more_faults` counts the others. A product with a fault in any of its rows is not written, and everything that is
/// wrong with it is told, as is each of its rows that has no fault itself (`failed_rows` counts them all); the others are written.
/// A row that can't be read belongs to nobody knows which product: in a file with the column `product_sku` the product before it
/// is not written. A SKU that the file has said before is a fault of the later product. A product is known by the SKU of its default variant and is then what
/// the file says; variants that the file does not name stay as they are. `stock` is a count of now, unless the row says as an
/// export does what it was (`stock_was`, `stock_movement`): then the difference is booked, once, and sales since stay. Whoever gets a problem or no answer sends
/// the same file again with the same `Idempotency-Key`: what was written until then stays, and a count of now is booked once, so
/// that what was sold meanwhile stays sold. A file that counts otherwise under the same key is told so at its rows.
#[utoipa::path(post, path = "/api/v1/products/import", operation_id = "import_products", tag = "catalogue",
    params(ImportQuery), request_body(content((String = "text/csv"), (String = "application/x-ndjson"))),
    responses((status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 400, body = ProblemBody), (status = 415, body = ProblemBody)))]
pub async fn import_products(
    Permitted(claims): Permitted,
    State(app): State<App>,
    key: IdempotencyKey,
    Query(ImportQuery { dry_run }): Query<ImportQuery>,
    request: Request,
) -> Result<Response, Problem> {
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let format = match kind.split(';').next().unwrap_or("").trim() {
        "text/csv" => Format::Csv,
        NDJSON | "application/jsonl" => Format::Jsonl,
        _ => {
            let text = "Send the file with Content-Type: text/csv or application/x-ndjson.";
            return Err(Problem::new(Kind::UnsupportedMediaType, text));
        }
    };
    let name = Some(key.name(claims.sub));
    let options = Options { format, dry_run, actor: claims.sub.to_string(), currency: app.currency, name };
    let mut import = Import::new(app.db.clone(), options);
    let mut chunks = request.into_body().into_data_stream();
    let mut faults = Vec::new();
    // The answer begins when the file has ended: a gateway may stop sending a file that is answered (NGINX does).
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(Kind::Invalid, "The file broke off. Send it again with the same Idempotency-Key.")
        })?;
        // An empty chunk means the end to an import.
        if !chunk.is_empty() {
            faults.extend(import.push(&chunk).await?);
        }
    }
    faults.extend(import.push(&[]).await?);
    if import.is_empty() {
        return Err(Problem::new(Kind::Invalid, format!("The file {NO_ROWS}.")));
    }
    Ok(([(header::CONTENT_TYPE, NDJSON)], report(&faults, import.summary())).into_response())
}

fn report(faults: &[RowFault], summary: Summary) -> String {
    let faults = faults.iter().filter_map(|fault| serde_json::to_string(fault).ok());
    let lines = faults.chain([serde_json::json!({ "summary": summary }).to_string()]);
    lines.map(|line| line + "\n").collect()
}

/// Export all products
///
/// In a form that an import takes. In CSV what a spreadsheet would take for a formula has an apostrophe before it, which an import
/// takes off again.
#[utoipa::path(get, path = "/api/v1/products/export", operation_id = "export_products", tag = "catalogue",
    params(ExportQuery),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))),
        (status = 400, body = ProblemBody)))]
pub async fn export_products(
    _: Permitted,
    State(app): State<App>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> Result<Response, Problem> {
    file::answer("products", format, Export::new(app.db.clone(), format)).await
}
