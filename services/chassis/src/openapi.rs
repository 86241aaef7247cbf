//! What every OpenAPI document says the same way: who it is from, who may call an operation, and how it fails. Handlers
//! describe what is theirs alone; the rest follows from the manifest.

use std::collections::BTreeMap;

use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Components, Content, Header, Info, InfoBuilder, License, ObjectBuilder, OpenApi, Ref, RefOr,
        Required, Response, Schema, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{AdditionalProperties, ArrayItems},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use warung_contracts::{
    manifest::{Access, Manifest, Method, Route},
    permission::Permission,
};

use crate::{
    error::Kind,
    http::{idempotency::KEY_MAX, problem::ProblemBody},
};

/// Media type of problems, RFC 9457 section 6.1.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Name of the security scheme that stands for an access token.
pub const BEARER: &str = "bearer";

/// Who a document is from.
pub fn info(title: impl Into<String>, description: impl Into<String>) -> Info {
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".into());
    InfoBuilder::new()
        .title(title)
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(description))
        .license(Some(license))
        .build()
}

/// Completes a service's document: its name, access and problems. Access is the manifest's, whatever a handler says.
pub fn complete(document: &mut OpenApi, manifest: &Manifest) {
    document.info = info(format!("Warung {}", manifest.name), &manifest.summary);
    components(document.components.get_or_insert_default());
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            for (status, response) in &mut operation.responses.responses {
                retype(response);
                describe(status, response);
                locate(status, response);
            }
        }
    }
    for route in &manifest.routes {
        let item = document.paths.paths.get_mut(&route.path);
        if let Some(operation) = item.and_then(|item| slot(item, route.method).as_mut()) {
            secure(operation, route);
        }
    }
}

/// The scheme and the schemas that [`complete`] refers to.
fn components(components: &mut Components) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("An access token, as logging in gives it"))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    open_parts(components);
}

/// A type that holds another's fields beside its own: the other's schema stands in it without the rule that there are no
/// other fields, which would forbid its own.
fn open_parts(components: &mut Components) {
    let place = |name: &String| format!("#/components/schemas/{name}");
    let opened: BTreeMap<String, Schema> =
        components.schemas.iter().filter_map(|(name, schema)| Some((place(name), opened(schema)?))).collect();
    components.schemas.values_mut().for_each(|schema| open_in(schema, &opened));
}

/// The same within a schema: pages hold those of their items.
fn open_in(schema: &mut RefOr<Schema>, opened: &BTreeMap<String, Schema>) {
    match schema {
        RefOr::T(Schema::AllOf(all)) => {
            for part in &mut all.items {
                if let RefOr::Ref(to) = part
                    && let Some(open) = opened.get(&to.ref_location)
                {
                    *part = RefOr::T(open.clone());
                }
            }
        }
        RefOr::T(Schema::Object(object)) => {
            object.properties.values_mut().for_each(|property| open_in(property, opened));
        }
        RefOr::T(Schema::Array(array)) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                open_in(items, opened);
            }
        }
        _ => {}
    }
}

/// An object that has no other fields, as one that may.
fn opened(schema: &RefOr<Schema>) -> Option<Schema> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    let closed =
        matches!(object.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false)));
    let mut object = object.clone();
    object.additional_properties = None;
    closed.then_some(Schema::Object(object))
}

/// What follows from the manifest's route: who may call, and the key of what is done once.
fn secure(operation: &mut Operation, route: &Route) {
    // The roles that a scheme other than OAuth asks for may be listed (OpenAPI 3.1, security requirement object).
    let token = || SecurityRequirement::new(BEARER, route.access.permission().map(Permission::as_str));
    operation.security = Some(match route.access {
        Access::Public => vec![],
        // Either of them will do: no token, or a valid one.
        Access::Guest => vec![SecurityRequirement::default(), token()],
        Access::Customer | Access::Permission(_) => vec![token()],
    });
    if route.idempotent {
        operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
    }
    for (status, description) in failures(route).into_iter().chain(refusals(operation)) {
        operation.responses.responses.entry(status).or_insert_with(|| RefOr::T(problem(&description)));
    }
}

/// How calls of a route fail, whatever its handler does.
fn failures(route: &Route) -> Vec<(String, String)> {
    let mut failures = vec![
        of(Kind::TooMany, "Too many requests; Retry-After says when to come back"),
        ("default".to_owned(), "Any other failure".to_owned()),
    ];
    if route.access != Access::Public {
        failures.push(of(Kind::Unauthenticated, "The token is missing or not valid"));
    }
    if let Some(permission) = route.access.permission() {
        let description = format!("The account lacks the permission {}", permission.as_str());
        failures.push(of(Kind::Forbidden, &description));
    }
    if route.idempotent {
        failures.extend([
            of(Kind::Invalid, "The Idempotency-Key is missing or malformed"),
            of(Kind::Conflict, "A twin of the request is in flight"),
            of(Kind::Unprocessable, "The key was used for another request"),
        ]);
    }
    failures
}

/// A kind's status, and when it comes.
fn of(kind: Kind, description: &str) -> (String, String) {
    (kind.status().as_str().to_owned(), description.to_owned())
}

/// What the extractors of an operation refuse: bodies and parameters that are not as its document says.
fn refusals(operation: &Operation) -> Vec<(String, String)> {
    let mut refusals = Vec::new();
    if let Some(RefOr::T(body)) = &operation.request_body {
        refusals.push(of(Kind::Invalid, "The body or a field is not valid; see errors"));
        refusals.push(of(Kind::TooLarge, "The body is larger than this server takes"));
        if body.content.contains_key("application/json") {
            refusals.push(of(Kind::UnsupportedMediaType, "The body is not application/json"));
        }
    }
    for parameter in operation.parameters.iter().flatten() {
        let in_path = matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Path);
        refusals.push(match in_path {
            true => of(Kind::NotFound, "Nothing has this address"),
            false => of(Kind::Invalid, "A parameter is not valid; see errors"),
        });
    }
    refusals
}

/// The header of what is done once however often it is sent.
fn idempotency_key() -> Parameter {
    let length = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(KEY_MAX));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("New for each intent, the same for each retry"))
        .schema(Some(length))
        .build()
}

fn problem_ref() -> Ref {
    Ref::from_schema_name(ProblemBody::name())
}

fn problem(description: &str) -> Response {
    let mut response = Response::new(description);
    response.content.insert(PROBLEM_JSON.into(), RefOr::T(Content::new(Some(problem_ref()))));
    response
}

/// Gives a problem its media type; utoipa takes any body for `application/json`.
fn retype(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| match content {
        RefOr::T(content) => matches!(
            &content.schema,
            Some(RefOr::Ref(schema)) if schema.ref_location == problem_ref().ref_location
        ),
        RefOr::Ref(_) => false,
    };
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert(PROBLEM_JSON.into(), content);
    }
}

/// OpenAPI 3.1 demands a description; where a handler gives none, it is what HTTP calls the status.
fn describe(status: &str, response: &mut RefOr<Response>) {
    let reason = status.parse::<http::StatusCode>().ok().and_then(|status| status.canonical_reason());
    if let (RefOr::T(response), Some(reason)) = (response, reason)
        && response.description.is_empty()
    {
        response.description = reason.into();
    }
}

/// What is made says where it is (RFC 9110, section 15.3.2): see [`crate::http::Reply::created`].
fn locate(status: &str, response: &mut RefOr<Response>) {
    if let (RefOr::T(response), "201") = (response, status) {
        let mut header = Header::default();
        header.description = Some("Where it is".into());
        response.headers.insert("Location".into(), header.into());
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

fn slot(item: &mut PathItem, method: Method) -> &mut Option<Operation> {
    match method {
        Method::Get => &mut item.get,
        Method::Post => &mut item.post,
        Method::Put => &mut item.put,
        Method::Patch => &mut item.patch,
        Method::Delete => &mut item.delete,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use utoipa_axum::{router::OpenApiRouter, routes};
    use warung_contracts::manifest::{self, RateClass};

    use super::*;

    #[utoipa::path(get, path = "/a", security(("elsewhere" = [])),
        responses((status = 200, body = String), (status = 404, body = ProblemBody, description = "No such thing")))]
    async fn a() {}

    /// The document of a service with one route of this access.
    fn document(access: Access) -> Value {
        document_of(access, false)
    }

    fn document_of(access: Access, idempotent: bool) -> Value {
        let mut manifest = manifest::get("order").clone();
        let (method, path, rate) = (Method::Get, "/a".to_owned(), RateClass::Default);
        manifest.routes = vec![Route { method, path, access, rate, idempotent, stream: false }];
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(a));
        let mut document = router.into_openapi();
        complete(&mut document, &manifest);
        serde_json::to_value(&document).unwrap()
    }

    #[test]
    fn a_document_says_whose_it_is() {
        let info = &document(Access::Public)["info"];
        assert_eq!(info["title"], "Warung order");
        assert_eq!(info["description"], manifest::get("order").summary);
        assert_eq!(info["license"]["identifier"], "Apache-2.0");
        assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
        assert!(info.get("contact").is_none(), "{info}");
    }

    #[test]
    fn access_is_what_the_manifest_says() {
        let token = |roles: &[&str]| json!({"bearer": roles});
        let permission = Access::Permission(Permission::OrdersRead);
        for (access, security, statuses) in [
            (Access::Public, json!([]), vec!["200", "404", "429", "default"]),
            (Access::Guest, json!([{}, token(&[])]), vec!["200", "401", "404", "429", "default"]),
            (Access::Customer, json!([token(&[])]), vec!["200", "401", "404", "429", "default"]),
            (
                permission,
                json!([token(&["orders.read"])]),
                vec!["200", "401", "403", "404", "429", "default"],
            ),
        ] {
            let document = document(access);
            let operation = &document["paths"]["/a"]["get"];
            assert_eq!(operation["security"], security, "{access:?}");
            let responses = operation["responses"].as_object().unwrap();
            assert_eq!(responses.keys().collect::<Vec<_>>(), statuses, "{access:?}");
            let scheme = &document["components"]["securitySchemes"]["bearer"];
            assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
        }
    }

    #[test]
    fn what_is_done_once_asks_for_its_key() {
        let operation = &document_of(Access::Public, true)["paths"]["/a"]["get"];
        let key = &operation["parameters"][0];
        assert_eq!((&key["name"], &key["in"]), (&json!("Idempotency-Key"), &json!("header")));
        assert_eq!((&key["required"], &key["schema"]["maxLength"]), (&json!(true), &json!(KEY_MAX)));
        let responses = operation["responses"].as_object().unwrap();
        let statuses = ["200", "400", "404", "409", "422", "429", "default"];
        assert_eq!(responses.keys().collect::<Vec<_>>(), statuses);
        assert!(document(Access::Public)["paths"]["/a"]["get"].get("parameters").is_none());
    }

    #[utoipa::path(put, path = "/b/{id}", params(("id" = String, Path)), request_body = ProblemBody,
        responses((status = 204), (status = 404, body = ProblemBody, description = "Of its own")))]
    async fn b() {}

    #[test]
    fn what_extractors_refuse_is_named() {
        let router: OpenApiRouter = OpenApiRouter::new().routes(routes!(b));
        let document = router.into_openapi();
        let operation = document.paths.paths["/b/{id}"].put.as_ref().unwrap();
        let statuses: Vec<String> = refusals(operation).into_iter().map(|(status, _)| status).collect();
        assert_eq!(statuses, ["400", "413", "415", "404"]);
    }

    #[test]
    fn a_type_that_holds_anothers_fields_may_have_its_own() {
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {},
            "components": {"schemas": {
                "Part": {"type": "object", "additionalProperties": false},
                "Whole": {"allOf": [{"$ref": "#/components/schemas/Part"}, {"type": "object"}]},
                "Page": {"type": "object", "properties": {"items": {"type": "array", "items": {
                    "allOf": [{"$ref": "#/components/schemas/Part"}, {"type": "object"}],
                }}}},
            }},
        });
        let mut document: OpenApi = serde_json::from_value(document).unwrap();
        open_parts(document.components.as_mut().unwrap());
        let schemas = &serde_json::to_value(&document).unwrap()["components"]["schemas"];
        assert_eq!(schemas["Part"]["additionalProperties"], false);
        assert_eq!(schemas["Whole"]["allOf"][0], json!({"type": "object"}));
        let items = &schemas["Page"]["properties"]["items"]["items"];
        assert_eq!(items["allOf"][0], json!({"type": "object"}));
    }

    #[test]
    fn problems_have_their_media_type_and_nothing_else_has() {
        let document = document(Access::Customer);
        let responses = document["paths"]["/a"]["get"]["responses"].as_object().unwrap();
        for (status, response) in responses {
            let kinds: Vec<&String> = response["content"].as_object().unwrap().keys().collect();
            let expected = if status == "200" { "text/plain" } else { PROBLEM_JSON };
            assert_eq!(kinds, [expected], "{status}");
            assert!(response["description"].is_string(), "{status}: {response}");
        }
        let schemas = &document["components"]["schemas"];
        assert!(schemas["Problem"].is_object() && schemas["FieldError"].is_object(), "{schemas}");
    }
}
