//! Path and query as types; what does not fit is a problem that names the field. The body: [`super::json`].

use axum::{
    extract::{
        FromRequestParts,
        path::ErrorKind,
        rejection::{PathRejection, QueryRejection},
    },
    http::request::Parts,
};
use garde::Validate;
use serde::de::DeserializeOwned;

use super::{
    Problem,
    explain::{explain, rule},
    problem::FieldError,
};
use crate::error::Kind;

/// A value that keeps the rules of its type, or a problem that names each field that doesn't.
pub(super) fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Problem> {
    let broken = broken_rules(&value);
    if broken.is_empty() { Ok(value) } else { Err(invalid(broken)) }
}

/// The rules of its type that a value breaks.
pub(super) fn broken_rules<T: Validate<Context = ()>>(value: &T) -> Vec<FieldError> {
    let Err(report) = value.validate() else { return Vec::new() };
    let fault = |(path, error): &(garde::Path, garde::Error)| FieldError {
        field: path.to_string(),
        detail: rule(error.message()),
    };
    report.iter().map(fault).collect()
}

/// The problem of fields that are wrong.
pub(super) fn invalid(faults: impl IntoIterator<Item = FieldError>) -> Problem {
    let problem = Problem::new(Kind::Invalid, "Fields are not valid; see errors");
    faults.into_iter().fold(problem, |problem, fault| problem.with_field(fault.field, fault.detail))
}

/// The problem of a query that is not of its type.
fn misfit(path: &str, message: &str) -> Problem {
    match explain(path, message) {
        (Some(field), detail) => Problem::field(field, detail),
        (None, detail) => Problem::new(Kind::Invalid, format!("The query {detail}.")),
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
            return misfit(&error.path().to_string(), &error.inner().to_string());
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
    #[garde(allow_unvalidated)]
    struct Line {
        #[expect(dead_code, reason = "read by serde alone")]
        quantity: u32,
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
            assert_eq!(problem.told().1, [field], "{query}");
        }
    }
}
