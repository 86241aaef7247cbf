//! Body, path and query as types; what does not fit is a problem that names the field.

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Request,
        path::ErrorKind,
        rejection::{PathRejection, QueryRejection},
    },
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Problem,
    explain::{explain, rule},
};
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
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_syntax() || error.is_eof() {
            return Problem::new(Kind::Invalid, format!("The body is not JSON: {error}."));
        }
        misfit("body", &path, &without_position(&error.to_string()))
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
                problem.with_field(path.to_string(), rule(error.message()))
            }))
        }
    }
}

/// The problem of a body or a query that is not of its type.
fn misfit(whole: &str, path: &str, message: &str) -> Problem {
    match explain(path, message) {
        (Some(field), detail) => Problem::field(field, detail),
        (None, detail) => Problem::new(Kind::Invalid, format!("The {whole} {detail}.")),
    }
}

/// serde_json ends its messages with "at line 1 column 2", which says nothing beside the field.
fn without_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message).to_owned()
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
                ErrorKind::DeserializeError { message, .. } | ErrorKind::Message(message) => {
                    Problem::new(Kind::NotFound, format!("Nothing has this address: {message}."))
                }
                other => Problem::new(Kind::NotFound, format!("Nothing has this address: {other}.")),
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
            axum::extract::Query::<T>::from_request_parts(parts, state).await.map_err(bad_query)?;
        validated(value).map(Self)
    }
}

/// axum's rejection holds where serde was, as the source of its source.
fn bad_query(rejection: QueryRejection) -> Problem {
    type Misfit = serde_path_to_error::Error<serde::de::value::Error>;
    let mut source = std::error::Error::source(&rejection);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<Misfit>() {
            return misfit("query", &error.path().to_string(), &error.inner().to_string());
        }
        source = error.source();
    }
    Problem::new(Kind::Invalid, format!("The query is not valid: {}.", rejection.body_text()))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    #[garde(allow_unvalidated)]
    struct Order {
        #[expect(dead_code, reason = "read by serde alone")]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[garde(allow_unvalidated)]
    struct Line {
        #[expect(dead_code, reason = "read by serde alone")]
        quantity: u32,
    }

    /// What a caller gets for this body: the detail, and the fields.
    async fn told(problem: Problem) -> (String, Vec<String>) {
        let body = axum::body::to_bytes(problem.into_response().into_body(), usize::MAX).await.unwrap();
        let body: super::super::problem::ProblemBody = serde_json::from_slice(&body).unwrap();
        let fields = body.errors.into_iter().map(|error| format!("{} {}", error.field, error.detail));
        (body.detail.unwrap_or_default(), fields.collect())
    }

    #[tokio::test]
    async fn what_does_not_fit_is_named() {
        for (body, field) in [
            ("{}", "lines is missing"),
            (r#"{"lines": [{}]}"#, "lines[0].quantity is missing"),
            (r#"{"lines": [{"quantity": -5}]}"#, "lines[0].quantity must be a whole number, 0 or more"),
            (r#"{"lines": [], "note": 1}"#, "note is not known; there is lines"),
            (r#"{"lines": {}}"#, "lines must be a list"),
        ] {
            let (_, fields) = told(parse::<Order>(body.as_bytes()).unwrap_err()).await;
            assert_eq!(fields, [field], "{body}");
        }
    }

    #[tokio::test]
    async fn what_is_no_json_is_no_fault_of_a_field() {
        for body in ["", "{", r#"{"lines": [{"quantity": }]}"#, r#"{"lines": [}"#, "lines=1"] {
            let (detail, fields) = told(parse::<Order>(body.as_bytes()).unwrap_err()).await;
            assert!(detail.starts_with("The body is not JSON: "), "{body}: {detail}");
            assert!(fields.is_empty(), "{body}: {fields:?}");
        }
        let (detail, fields) = told(parse::<Order>(b"7").unwrap_err()).await;
        assert_eq!((detail.as_str(), fields.len()), ("The body must be an object.", 0));
    }

    #[tokio::test]
    async fn a_wrong_parameter_is_named() {
        for (query, field) in [
            ("", "quantity is missing"),
            ("quantity=many", "quantity must be a whole number in digits, such as 20"),
            ("quantity=1&quantity=2", "quantity is given more than once"),
        ] {
            let (mut parts, ()) = Request::get(format!("/?{query}")).body(()).unwrap().into_parts();
            let problem = Query::<Line>::from_request_parts(&mut parts, &()).await.unwrap_err();
            assert_eq!(told(problem).await.1, [field], "{query}");
        }
    }
}
