//! The body as a type; what does not fit is a problem that names each wrong field.

use axum::{
    body::Bytes,
    extract::{FromRequest, OptionalFromRequest, Request},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

pub use super::mend::{Mended, overlap};
use super::{
    Problem,
    explain::explain,
    extract::{broken_rules, invalid, validated},
    mend::mend,
    problem::FieldError,
    strict::Strict,
};
use crate::error::Kind;

/// A JSON body that parsed and keeps the rules of its type.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let bytes = body(request, state).await?;
        parse("body", &bytes).map(Self)
    }
}

/// A body that may be left out, or be `null`.
impl<T, S> OptionalFromRequest<S> for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let is_json = is_json(request.headers());
        let bytes = body(request, state).await?;
        match bytes.trim_ascii() {
            b"" => Ok(None),
            b"null" => is_json.map(|()| None),
            _ => is_json.and_then(|()| parse("body", &bytes)).map(|body| Some(Self(body))),
        }
    }
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = kind.split(';').next().unwrap_or("").trim();
    match media.eq_ignore_ascii_case("application/json") || media.ends_with("+json") {
        true => Ok(()),
        false => Err(Problem::new(
            Kind::UnsupportedMediaType,
            "Send the body with Content-Type: application/json.",
        )),
    }
}

/// The raw body, which has come within the server's limits ([`crate::arrivals`]).
async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let cut = |_| Problem::new(Kind::Invalid, "The body could not be read to its end.");
    Bytes::from_request(request, state).await.map_err(cut)
}

/// Parses and validates a JSON object; `what` it is, such as a body.
///
/// # Errors
///
/// When it is no JSON, or not of this type; the problem names each wrong field.
pub fn parse<T: DeserializeOwned + Validate<Context = ()> + ToSchema>(
    what: &str,
    bytes: &[u8],
) -> Result<T, Problem> {
    read(what, bytes).map_err(Misfit::with_rules).and_then(validated)
}

/// Parses a JSON object, whatever its rules say.
///
/// # Errors
///
/// When it is no JSON, or not of this type.
pub fn read<T: DeserializeOwned + ToSchema>(what: &str, bytes: &[u8]) -> Result<T, Misfit<T>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(Strict(&mut deserializer))
        .map_err(|error| misfit(what, bytes, error))?;
    deserializer.end().map_err(|_| Misfit::Whole(format!("The {what} goes on after its JSON has ended.")))?;
    Ok(value)
}

/// Why something is not of its type.
#[derive(Debug)]
pub enum Misfit<T> {
    /// As a whole.
    Whole(String),
    /// At these fields.
    Fields(Mended<T>),
}

impl<T: Validate<Context = ()>> Misfit<T> {
    /// What is wrong with its shape, and which rules it breaks where its shape is right.
    fn with_rules(self) -> Problem {
        let mended = match self {
            Self::Whole(detail) => return Problem::new(Kind::Invalid, detail),
            Self::Fields(mended) => mended,
        };
        let broken = mended.value.as_ref().map(broken_rules).unwrap_or_default();
        let beyond = mended.beyond.iter().filter(|limit| broken.iter().all(|rule| rule.field != limit.field));
        // What is said of something that stands in for what was sent is of no use.
        let sound = broken.iter().chain(beyond).filter(|fault| !mended.touches(&fault.field));
        invalid(mended.faults.iter().chain(sound).cloned())
    }
}

fn misfit<T: DeserializeOwned + ToSchema>(
    what: &str,
    bytes: &[u8],
    error: serde_path_to_error::Error<serde_json::Error>,
) -> Misfit<T> {
    let path = error.path().to_string();
    let error = error.into_inner();
    if error.is_syntax() || error.is_eof() {
        return Misfit::Whole(format!("The {what} is not JSON: {}.", wrong_at(&error)));
    }
    match explain(&path, &without_position(&error.to_string())) {
        (Some(field), detail) => Misfit::Fields(mend(bytes, FieldError { field, detail })),
        (None, detail) => Misfit::Whole(format!("The {what} {detail}.")),
    }
}

/// Where a text stops to be JSON.
fn wrong_at(error: &serde_json::Error) -> String {
    match error.line() {
        _ if error.is_eof() => "it ends too early".into(),
        1 => format!("it goes wrong at column {}", error.column()),
        line => format!("it goes wrong at line {line}, column {}", error.column()),
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

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[garde(allow_unvalidated)]
    struct Order {
        #[expect(dead_code, reason = "read by serde alone")]
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[garde(allow_unvalidated)]
    struct Line {
        #[expect(dead_code, reason = "read by serde alone")]
        quantity: u32,
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (body, field) in [
            ("{}", "lines is missing"),
            (r#"{"lines": [{}]}"#, "lines[0].quantity is missing"),
            (r#"{"lines": [{"quantity": -5}]}"#, "lines[0].quantity must be a whole number, 0 or more"),
            (r#"{"lines": [], "note": 1}"#, "note is not known; there is lines"),
            (r#"{"lines": {}}"#, "lines must be a list"),
        ] {
            let (_, fields) = parse::<Order>("body", body.as_bytes()).unwrap_err().told();
            assert_eq!(fields, [field], "{body}");
        }
    }

    #[derive(Debug, Deserialize, Validate, ToSchema)]
    #[garde(allow_unvalidated)]
    #[expect(dead_code, reason = "read by serde alone")]
    struct Paid {
        by: Way,
        then: Option<Way>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Way {
        Card,
        BankTransfer,
        Cash,
    }

    #[test]
    fn what_must_be_one_of_a_few_words_is_told_with_them() {
        for by in ["5", "null", "true", "[]", r#"["card"]"#, r#""coins""#] {
            let body = format!(r#"{{"by": {by}, "then": 7}}"#);
            let (_, fields) = parse::<Paid>("body", body.as_bytes()).unwrap_err().told();
            let words = "must be one of card, bank_transfer, cash";
            assert_eq!(fields, [format!("by {words}"), format!("then {words}")], "{body}");
        }
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let body = br#"{"lines": [{"quantity": -5}, {}, {"quantity": "two"}], "note": 1}"#;
        let (_, fields) = parse::<Order>("body", body).unwrap_err().told();
        let faults = [
            "lines[0].quantity must be a whole number, 0 or more",
            "lines[1].quantity is missing",
            "lines[2].quantity must be a whole number, 0 or more",
            "note is not known; there is lines",
        ];
        assert_eq!(fields, faults);
    }

    #[test]
    fn a_list_is_no_object() {
        let (detail, fields) = parse::<Order>("body", b"[[]]").unwrap_err().told();
        assert_eq!((detail.as_str(), fields.len()), ("The body must be an object.", 0));
        let (_, fields) = parse::<Order>("body", br#"{"lines": [[5]]}"#).unwrap_err().told();
        assert_eq!(fields, ["lines[0] must be an object"]);
    }

    /// Whether there was a body, or why it is refused.
    async fn optional(kind: &str, body: &'static str) -> Result<bool, Kind> {
        let request = Request::post("/").header(header::CONTENT_TYPE, kind);
        let request = request.body(axum::body::Body::from(body)).unwrap();
        let taken = <Json<Order> as OptionalFromRequest<()>>::from_request(request, &()).await;
        taken.map(|body| body.is_some()).map_err(|problem| problem.kind())
    }

    #[tokio::test]
    async fn a_body_that_may_be_left_out_is_none_or_right() {
        const JSON: &str = "application/json";
        for (kind, body, taken) in [
            ("text/plain", "", Ok(false)),
            (JSON, "null", Ok(false)),
            (JSON, r#"{"lines": []}"#, Ok(true)),
            (JSON, "{}", Err(Kind::Invalid)),
            ("text/plain", "{}", Err(Kind::UnsupportedMediaType)),
        ] {
            assert_eq!(optional(kind, body).await, taken, "{kind} {body}");
        }
    }

    #[test]
    fn what_is_no_json_is_no_fault_of_a_field() {
        for body in ["", "{", r#"{"lines": [{"quantity": }]}"#, r#"{"lines": [}"#, "lines=1"] {
            let (detail, fields) = parse::<Order>("body", body.as_bytes()).unwrap_err().told();
            assert!(detail.starts_with("The body is not JSON: "), "{body}: {detail}");
            assert!(fields.is_empty(), "{body}: {fields:?}");
        }
        let (detail, fields) = parse::<Order>("body", b"7").unwrap_err().told();
        assert_eq!((detail.as_str(), fields.len()), ("The body must be an object.", 0));
    }
}
