//! Query parameters that an operation doesn't have: refused, since a misspelt filter would filter nothing.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use utoipa::openapi::{
    OpenApi, RefOr, Required,
    path::{Operation, Parameter, ParameterIn, PathItem},
};

use super::Problem;

/// The query parameters of each operation that is not told by others where it is called, by its method and path: to the
/// addresses of links, which must have a parameter, and of webhooks, which have none, others add parameters of their own.
#[derive(Debug)]
pub struct Known(HashMap<Method, HashMap<String, BTreeSet<String>>>);

impl Known {
    /// What a document says.
    pub fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        let all =
            paths.flat_map(|(path, item)| operations(item).map(move |(method, one)| (method, path, one)));
        let ours = all.filter(|(method, _, one)| is_asked_by_clients(method, one));
        let mut known: HashMap<Method, HashMap<_, _>> = HashMap::new();
        for (method, path, one) in ours {
            known.entry(method).or_default().insert(path.clone(), names(one));
        }
        Self(known)
    }

    /// What is wrong with a query.
    fn fault(&self, method: &Method, path: &str, query: &str) -> Option<Problem> {
        if query.is_empty() {
            return None;
        }
        let known = self.0.get(method)?.get(path)?;
        let mut sent = url::form_urlencoded::parse(query.as_bytes());
        let (strange, _) = sent.find(|(name, _)| !known.contains(name.as_ref()))?;
        let there = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let there = if there.is_empty() {
            "is not known; there is none".to_owned()
        } else {
            format!("is not known; there is {there}")
        };
        Some(Problem::field(strange, there))
    }
}

fn operations(item: &PathItem) -> impl Iterator<Item = (Method, &Operation)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    all.into_iter().filter_map(|(method, one)| Some((method, one.as_ref()?)))
}

/// Whether it is no link and no webhook.
fn is_asked_by_clients(method: &Method, operation: &Operation) -> bool {
    let has_any = in_query(operation).next().is_some();
    let optional = in_query(operation).any(|one| one.required != Required::True);
    optional || (!has_any && *method == Method::GET)
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
    let path = request.extensions().get::<MatchedPath>();
    let query = request.uri().query().unwrap_or_default();
    match path.and_then(|path| known.fault(request.method(), path.as_str(), query)) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{
        OpenApiBuilder, Paths,
        path::{HttpMethod, OperationBuilder, ParameterBuilder},
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
        assert!(known.fault(&Method::GET, "/products", "limit=5&price%5Fmin=3").is_none());
        assert!(known.fault(&Method::GET, "/products", "").is_none());
        assert!(known.fault(&Method::GET, "/other", "min_price=abc").is_none());
        assert!(known.fault(&Method::GET, "/products", "limit=5&min_price=abc").is_some());
    }

    #[test]
    fn who_reads_without_filters_sends_none() {
        let known = known(&[]);
        assert!(known.fault(&Method::GET, "/products", "").is_none());
        assert!(known.fault(&Method::GET, "/products", "limit=1").is_some());
        assert!(
            known.fault(&Method::POST, "/products", "event=paid").is_none(),
            "webhooks come as their senders like"
        );
    }

    #[test]
    fn a_link_may_have_parameters_of_others() {
        let known = known(&[("token", Required::True)]);
        assert!(known.fault(&Method::GET, "/products", "token=x&utm_source=mail").is_none());
    }
}
