//! Body, path and query as types; what does not fit is a problem that names the field.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, path::ErrorKind, rejection::PathRejection},
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};

use super::Problem;
use crate::error::Kind;

/// A JSON body that parsed and keeps the rules of its type.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media = kind.split(';').next().unwrap_or("").trim();
        if !(media.eq_ignore_ascii_case("application/json") || media.ends_with("+json")) {
            return Err(Problem::new(
                Kind::UnsupportedMediaType,
                "Send the body with Content-Type: application/json.",
            ));
        }
        let bytes = body(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// The raw body, within the server's limit.
///
/// # Errors
///
/// When it is too large or breaks off.
pub async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            Problem::new(Kind::TooLarge, "The body is larger than this server takes.")
        } else {
            Problem::new(Kind::Invalid, "The body could not be read to its end.")
        }
    })
}

/// Parses and validates JSON.
///
/// # Errors
///
/// A problem that names each wrong field.
pub fn parse<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let detail = without_position(&error.into_inner().to_string());
        match field.as_str() {
            "." => Problem::new(Kind::Invalid, format!("The body is not the JSON expected here: {detail}.")),
            _ => Problem::field(field, detail),
        }
    })?;
    deserializer
        .end()
        .map_err(|_| Problem::new(Kind::Invalid, "The body goes on after its JSON has ended."))?;
    validated(value)
}

fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Problem> {
    match value.validate() {
        Ok(()) => Ok(value),
        Err(report) => {
            let problem = Problem::new(Kind::Invalid, "Fields are not valid; see errors");
            Err(report.iter().fold(problem, |problem, (path, error)| {
                problem.with_field(path.to_string(), error.to_string())
            }))
        }
    }
}

/// serde_json ends its messages with "at line 1 column 2", which says nothing beside the field.
fn without_position(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Path parameters. One that does not parse names nothing that exists: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => Err(match error.kind() {
                ErrorKind::WrongNumberOfParameters { .. } | ErrorKind::UnsupportedType { .. } => {
                    Problem::internal(anyhow::anyhow!(
                        "a handler's path type does not fit its route: {error}"
                    ))
                }
                _ => {
                    Problem::new(Kind::NotFound, format!("Nothing has this address: {}.", error.body_text()))
                }
            }),
            Err(error) => Err(Problem::internal(error)),
        }
    }
}

/// Query parameters that parsed and keep the rules of their type.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Query(value) =
            axum::extract::Query::<T>::from_request_parts(parts, state).await.map_err(|rejection| {
                Problem::new(Kind::Invalid, format!("The query is not valid: {}.", rejection.body_text()))
            })?;
        validated(value).map(Self)
    }
}
