//! `Vary` for caches (RFC 9110, section 12.5.5): in one place for all answers that depend on the reader's language.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, ParameterIn},
};

/// The paths whose reading depends on `Accept-Language`: those that say in the document that they look at it.
#[derive(Debug)]
pub struct Spoken(BTreeSet<String>);

impl Spoken {
    /// What a document says.
    pub fn of(document: &OpenApi) -> Self {
        let reads = document.paths.paths.iter().filter_map(|(path, item)| Some((path, item.get.as_ref()?)));
        Self(reads.filter(|(_, read)| looks_at_language(read)).map(|(path, _)| path.clone()).collect())
    }
}

fn looks_at_language(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(parameter) => {
            parameter.parameter_in == ParameterIn::Header
                && parameter.name.eq_ignore_ascii_case(header::ACCEPT_LANGUAGE.as_str())
        }
        // No handler refers to a parameter of another's.
        RefOr::Ref(_) => false,
    })
}

/// Says of every answer of such a path, whatever its status, that it depends on the language.
pub async fn tell(State(spoken): State<Arc<Spoken>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().filter(|_| request.method() == http::Method::GET);
    let varies = path.is_some_and(|path| spoken.0.contains(path.as_str()));
    let mut response = next.run(request).await;
    if varies {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    response
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::{
        OpenApiBuilder, Paths,
        path::{HttpMethod, OperationBuilder, ParameterBuilder, PathItem},
    };

    use super::*;

    #[test]
    fn only_what_looks_at_the_language_depends_on_it() {
        let mut paths = Paths::new();
        for (path, name, place) in [
            ("/products", "Accept-Language", ParameterIn::Header),
            ("/orders", "Accept-Language", ParameterIn::Query),
            ("/carts", "Cart-Token", ParameterIn::Header),
        ] {
            let parameter = ParameterBuilder::new().name(name).parameter_in(place);
            let operation = OperationBuilder::new().parameter(parameter);
            paths.paths.insert(path.into(), PathItem::new(HttpMethod::Get, operation));
        }
        let spoken = Spoken::of(&OpenApiBuilder::new().paths(paths).build());
        assert_eq!(spoken.0, ["/products".to_owned()].into());
    }
}
