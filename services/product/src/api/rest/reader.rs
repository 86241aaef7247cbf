//! What a reader wants: a language, and lists that may be a second old.

use std::convert::Infallible;

use axum::{
    body::Bytes,
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use warung_chassis::http::Problem;

use super::App;
use crate::{
    cache::Kept,
    domain::locale::{Languages, Wanted},
};

/// Longer addresses are answered and not kept.
const ADDRESS_MAX: usize = 512;

/// The translations that the caller's `Accept-Language` asks for.
#[derive(Debug, Clone)]
pub struct Language(pub Wanted);

impl<S: Send + Sync> FromRequestParts<S> for Language
where
    App: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let Some(header) = header else { return Ok(Self(Wanted::default())) };
        Ok(Self(Wanted::parse(header, &App::from_ref(state).config.locale)))
    }
}

/// The address of the request, with its query.
#[derive(Debug, Clone)]
pub struct Address(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default()))
    }
}

/// The answer of this address and language within this second, from memory if it was given before; `make` says the languages
/// of its texts, too.
pub async fn kept<T: Serialize>(
    app: &App,
    Address(address): Address,
    wanted: &Wanted,
    make: impl Future<Output = Result<(T, Languages), Problem>>,
) -> Result<Response, Problem> {
    let key = (address, wanted.clone(), app.db.clock().now().unix_timestamp());
    if let Some(kept) = app.cache.list(&key) {
        return Ok(answer(kept));
    }
    let (body, languages) = make.await?;
    let body: Bytes = serde_json::to_vec(&body).map_err(Problem::internal)?.into();
    let made = Kept { body, language: languages.header(&app.config.locale) };
    if key.0.len() <= ADDRESS_MAX {
        app.cache.keep_list(key, made.clone());
    }
    Ok(answer(made))
}

fn answer(Kept { body, language }: Kept) -> Response {
    (content_language(language), [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The header of the languages that texts are in.
pub fn content_language(languages: Option<String>) -> HeaderMap {
    let value = languages.and_then(|languages| HeaderValue::try_from(languages).ok());
    value.into_iter().map(|value| (header::CONTENT_LANGUAGE, value)).collect()
}
