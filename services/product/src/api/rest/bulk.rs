//! /api/v1/products/import and /api/v1/products/export

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::{
    auth::Permitted,
    error::Kind,
    http::{Problem, Query, problem::ProblemBody},
};

use super::App;
use crate::bulk::{
    Format, RowFault,
    export::Export,
    import::{Import, Options, Summary},
};

/// Media type of a report.
const NDJSON: &str = "application/x-ndjson";

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

/// Imports products, while they are being sent; the answer is a stream too: a JSON object for each fault
/// (`line`, `field`, `reason`), and at the end one with `summary`. A product with a fault in any of its rows is not
/// written; the others are. A product is known by the SKU of its default variant and is then what the file says; variants
/// that the file does not name stay as they are. An answer without a summary broke off: send the same file again.
#[utoipa::path(post, path = "/api/v1/products/import", operation_id = "import_products", tag = "catalogue",
    params(ImportQuery), request_body(content((String = "text/csv"), (String = "application/x-ndjson"))),
    responses((status = 200, body = String, content_type = "application/x-ndjson"),
        (status = 400, body = ProblemBody), (status = 415, body = ProblemBody)))]
pub async fn import_products(
    Permitted(claims): Permitted,
    State(app): State<App>,
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
    let options = Options { format, dry_run, actor: claims.sub.to_string(), currency: app.currency };
    let import = Import::new(app.db.clone(), options);
    let mut body = request.into_body().into_data_stream();
    let Some(first) = first_chunk(&mut body).await else {
        return Err(Problem::new(
            Kind::Invalid,
            "The file is empty. Send a header and rows, or lines of JSON.",
        ));
    };
    let body = stream::iter([first]).chain(body).boxed();
    let report = stream::unfold(Some((import, body)), step);
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(report)).into_response())
}

type Chunk = Result<Bytes, axum::Error>;

/// The beginning of a file; none of one that is empty.
async fn first_chunk(body: &mut BodyDataStream) -> Option<Chunk> {
    loop {
        match body.next().await? {
            Ok(chunk) if chunk.is_empty() => {}
            chunk => return Some(chunk),
        }
    }
}

type Under = Option<(Import, BoxStream<'static, Chunk>)>;

/// What the next chunk of the file adds to the report.
async fn step(under: Under) -> Option<(Result<Bytes, axum::Error>, Under)> {
    let (mut import, mut body) = under?;
    let chunk = match body.next().await {
        Some(Ok(chunk)) if chunk.is_empty() => return Some((Ok(Bytes::new()), Some((import, body)))),
        Some(Ok(chunk)) => chunk,
        Some(Err(error)) => return Some((Err(error), None)),
        None => Bytes::new(),
    };
    match import.push(&chunk).await {
        Ok(faults) => {
            let summary = chunk.is_empty().then(|| import.summary());
            let text = report(&faults, summary);
            Some((Ok(text), if chunk.is_empty() { None } else { Some((import, body)) }))
        }
        Err(error) => {
            tracing::warn!(%error, "an import broke off");
            Some((Err(axum::Error::new(error)), None))
        }
    }
}

fn report(faults: &[RowFault], summary: Option<Summary>) -> Bytes {
    let mut lines: Vec<String> =
        faults.iter().filter_map(|fault| serde_json::to_string(fault).ok()).collect();
    lines.extend(summary.map(|summary| serde_json::json!({ "summary": summary }).to_string()));
    lines.into_iter().map(|line| line + "\n").collect::<String>().into()
}

/// Exports every product, in a form that an import takes.
#[utoipa::path(get, path = "/api/v1/products/export", operation_id = "export_products", tag = "catalogue",
    params(ExportQuery),
    responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson"))),
        (status = 400, body = ProblemBody)))]
pub async fn export_products(
    _: Permitted,
    State(app): State<App>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let mut export = Export::new(app.db.clone(), format);
    // The first part before the answer begins: a store that is away is told as a problem.
    let first = export.next().await?;
    let rest = stream::unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(Some(text)) => Some((Ok(text), Some(export))),
            Ok(None) => None,
            Err(error) => Some((Err(axum::Error::new(error)), None)),
        }
    });
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"products.csv\""),
        Format::Jsonl => (NDJSON, "attachment; filename=\"products.jsonl\""),
    };
    let all = stream::iter(first.map(Ok)).chain(rest);
    let head = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((head, Body::from_stream(all)).into_response())
}
