//! /api/v1/products/import and /api/v1/products/export

use std::io;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{
    StreamExt as _,
    future::ready,
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
    Format, NO_ROWS, RowFault,
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

/// Import products
///
/// While they are being sent; the answer is a stream too: a JSON object for each of the first 1,000 faults (`line`, `field`,
/// `reason`), and at the end one with `summary`, whose `more_faults` counts the others. A product with a fault in any of its rows is not written, and everything that is
/// wrong with it is told; the others are written. A product is known by the SKU of its default variant and is then what
/// the file says; variants that the file does not name stay as they are. `stock` is a count of now, unless the row says as an
/// export does what it was (`stock_was`, `stock_movement`): then the difference is booked, once, and sales since stay. An answer without a summary broke off: send
/// the same file again.
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
    let chunks = request.into_body().into_data_stream();
    // An empty chunk means the end to an import.
    let chunks = chunks.filter(|chunk| ready(!chunk.as_ref().is_ok_and(Bytes::is_empty))).boxed();
    let mut arriving = Arriving { import, chunks };
    let first = arriving.begin().await?;
    let under = (!first.last).then_some(arriving);
    let all = stream::iter([Ok(first.report)]).chain(stream::unfold(under, step));
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(all)).into_response())
}

/// A file on its way in.
struct Arriving {
    import: Import,
    chunks: BoxStream<'static, Result<Bytes, axum::Error>>,
}

/// What a part of a file adds to the report.
struct Part {
    report: Bytes,
    /// Whether that was all of it.
    last: bool,
}

impl Arriving {
    /// Reads until there is something to tell: that a file has no rows is an answer of its own.
    async fn begin(&mut self) -> Result<Part, Problem> {
        loop {
            let part = self.next().await?;
            match self.import.is_empty() {
                true if part.last => {
                    return Err(Problem::new(Kind::Invalid, format!("The file {NO_ROWS}.")));
                }
                true => {}
                false => return Ok(part),
            }
        }
    }

    async fn next(&mut self) -> Result<Part, Problem> {
        let cut = |_| Problem::new(Kind::Invalid, "The file broke off. Send it again.");
        let chunk = self.chunks.next().await.transpose().map_err(cut)?;
        let faults = self.import.push(chunk.as_deref().unwrap_or_default()).await?;
        let summary = chunk.is_none().then(|| self.import.summary());
        Ok(Part { report: report(&faults, summary), last: summary.is_some() })
    }
}

/// What the next chunk of the file adds to the report.
async fn step(under: Option<Arriving>) -> Option<(io::Result<Bytes>, Option<Arriving>)> {
    let mut arriving = under?;
    match arriving.next().await {
        Ok(part) => Some((Ok(part.report), (!part.last).then_some(arriving))),
        Err(problem) => {
            tracing::warn!(?problem, "an import broke off");
            Some((Err(io::Error::other("the import broke off")), None))
        }
    }
}

fn report(faults: &[RowFault], summary: Option<Summary>) -> Bytes {
    let mut lines: Vec<String> =
        faults.iter().filter_map(|fault| serde_json::to_string(fault).ok()).collect();
    lines.extend(summary.map(|summary| serde_json::json!({ "summary": summary }).to_string()));
    lines.into_iter().map(|line| line + "\n").collect::<String>().into()
}

/// Export all products
///
/// In a form that an import takes.
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
