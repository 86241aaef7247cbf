//! Query parameters that an operation doesn't have: refused, since a misspelt filter would filter nothing.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use utoipa::openapi::{
    OpenApi, RefOr, Required,
    path::{Operation, Parameter, ParameterIn},
};

use super::Problem;

/// The query parameters of each operation that reads with some that may be left out, by its path. Whoever lacks one that
/// must be there is told so anyway, and to the addresses of links and webhooks others add parameters of their own.
#[derive(Debug)]
pub struct Known(HashMap<String, BTreeSet<String>>);

impl Known {
    /// What a document says.
    pub fn of(document: &OpenApi) -> Self {
        let reads = document.paths.paths.iter().filter_map(|(path, item)| Some((path, item.get.as_ref()?)));
        let filtered = reads.filter(|(_, read)| in_query(read).any(|one| one.required != Required::True));
        Self(filtered.map(|(path, read)| (path.clone(), names(read))).collect())
    }

    /// What is wrong with a query.
    fn fault(&self, path: &str, query: &str) -> Option<Problem> {
        let known = self.0.get(path)?;
        let mut sent = url::form_urlencoded::parse(query.as_bytes());
        let (strange, _) = sent.find(|(name, _)| !known.contains(name.as_ref()))?;
        let there = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        Some(Problem::field(strange, format!("is not known; there is {there}")))
    }
}

fn in_query(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let written = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        // No handler refers to a parameter of another's.
        RefOr::Ref(_) => None,
    });
    written.filter(|parameter| parameter.parameter_in == ParameterIn::Query)
}

fn names(operation: &Operation) -> BTreeSet<String> {
    in_query(operation).map(|parameter| parameter.name.clone()).collect()
}

/// Lets a request pass whose query parameters its operation has.
pub async fn check(State(known): State<Arc<Known>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().filter(|_| request.method() == http::Method::GET);
    let query = request.uri().query().unwrap_or_default();
    match path.and_then(|path| known.fault(path.as_str(), query)) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{
        OpenApiBuilder, Paths,
        path::{HttpMethod, OperationBuilder, ParameterBuilder, PathItem},
    };

    use super::*;

    fn known(parameters: &[(&str, Required)]) -> Known {
        let operation = parameters.iter().fold(OperationBuilder::new(), |operation, (name, required)| {
            let parameter = ParameterBuilder::new().name(*name).parameter_in(ParameterIn::Query);
            operation.parameter(parameter.required(required.clone()))
        });
        let mut paths = Paths::new();
        paths.paths.insert("/products".into(), PathItem::new(HttpMethod::Get, operation));
        Known::of(&OpenApiBuilder::new().paths(paths).build())
    }

    #[test]
    fn a_filter_that_is_not_there_is_refused() {
        let known = known(&[("limit", Required::False), ("price_min", Required::False)]);
        assert!(known.fault("/products", "limit=5&price%5Fmin=3").is_none());
        assert!(known.fault("/products", "").is_none());
        assert!(known.fault("/other", "min_price=abc").is_none());
        assert!(known.fault("/products", "limit=5&min_price=abc").is_some());
    }

    #[test]
    fn a_link_may_have_parameters_of_others() {
        let known = known(&[("token", Required::True)]);
        assert!(known.fault("/products", "token=x&utm_source=mail").is_none());
    }
}
