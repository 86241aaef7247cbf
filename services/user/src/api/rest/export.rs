//! Everything that the shop keeps of the caller, as one document.

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use futures::stream;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use warung_chassis::{
    auth::Customer,
    db::Db,
    http::{Problem, problem::ProblemBody},
    server::no_store,
};
use warung_contracts::id::UserId;

use crate::{api::App, domain::address::COUNT_MAX, store};

/// Export my data
///
/// Everything the shop keeps of the caller: a JSON object with a part for each service. It is whole or it is not there:
/// while a service is away the answer is 503.
#[utoipa::path(
    get,
    path = "/api/v1/account/export",
    operation_id = "export_account",
    tag = "user",
    responses(
        (status = 200, description = "The document, to be saved as a file", body = serde_json::Value),
        (status = 503, description = "A service that keeps something is away; try again", body = ProblemBody),
    )
)]
pub async fn export_account(Customer(caller): Customer, State(app): State<App>) -> Result<Response, Problem> {
    // All parts are there before the first byte goes out: what begins is whole.
    let own = own(&app.db, caller.sub).await?;
    let mut parts = vec![("user".to_owned(), own)];
    parts.extend(app.peers.export(caller.sub, caller.sid).await?);
    let exported_at = app.db.clock().now().format(&Rfc3339).map_err(Problem::internal)?;
    let head = json!({"user_id": caller.sub, "exported_at": exported_at}).to_string();
    let mut response = Response::new(Body::from_stream(stream::iter(document(&head, parts))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"my-data.json\""),
    );
    Ok(no_store(response))
}

/// The pieces of one JSON object: a head, whose last brace is left away, then a member for each part.
fn document(
    head: &str,
    parts: Vec<(String, String)>,
) -> impl Iterator<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static {
    let open = Bytes::from(head.strip_suffix('}').unwrap_or(head).to_owned());
    let members = parts.into_iter().flat_map(|(service, part)| {
        [Bytes::from(format!(",{}:", serde_json::Value::String(service))), Bytes::from(part)]
    });
    std::iter::once(open).chain(members).chain(std::iter::once(Bytes::from_static(b"}"))).map(Ok)
}

/// What user itself keeps.
async fn own(db: &Db, user: UserId) -> Result<String, Problem> {
    let profile = store::profiles::find(db.pool(), user).await?.map(super::profile::ProfileBody::from);
    let addresses = store::addresses::page(db.pool(), user, None, COUNT_MAX).await?;
    let addresses: Vec<_> = addresses.into_iter().map(super::addresses::AddressBody::from).collect();
    Ok(json!({"profile": profile, "addresses": addresses}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_one_object() {
        let parts = vec![("user".to_owned(), r#"{"a":{}}"#.to_owned()), ("auth".to_owned(), "{}".to_owned())];
        let pieces = document(r#"{"user_id":"usr_1","more":{}}"#, parts).map(Result::unwrap);
        let text: Vec<u8> = pieces.flat_map(|piece| piece.to_vec()).collect();
        let whole: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(whole, json!({"user_id": "usr_1", "more": {}, "user": {"a": {}}, "auth": {}}));
    }
}
