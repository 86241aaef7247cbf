//! The route table: what is let through from outside, read off the manifests once for every kind of gateway and for
//! the mesh.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use warung_contracts::manifest::{Access, Manifest, Method, RateClass};

/// One endpoint that the gateway lets through to one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Unique in the table, stable across versions: service, method and path in one DNS-like word.
    pub name: String,
    /// HTTP method; a call with another one is not this endpoint's.
    pub method: Method,
    /// Path template.
    pub path: Template,
    /// The Kubernetes Service that answers.
    pub service: String,
    /// Its port, 1 to 65535.
    pub port: u16,
    /// Who may call.
    pub access: Access,
    /// Which rate limit counts the call.
    pub rate: RateClass,
    /// Whether the endpoint takes an `Idempotency-Key`, so that a lost answer may be asked for again.
    pub idempotent: bool,
    /// Whether body and answer are passed on as they come, ended by nothing but silence.
    pub stream: bool,
}

impl Route {
    /// Methods of the endpoint: whoever answers GET answers HEAD too (RFC 9110, section 9.3.2).
    pub fn methods(&self) -> &'static [&'static str] {
        methods(self.method)
    }

    /// Whether the gateway may send the call again after it may have reached the service.
    pub fn may_repeat(&self) -> bool {
        self.idempotent || matches!(self.method, Method::Get)
    }
}

/// A manifest's method as gateways and policies match it: with HEAD, which every GET answers.
pub fn methods(method: Method) -> &'static [&'static str] {
    match method {
        Method::Get => &["GET", "HEAD"],
        Method::Post => &["POST"],
        Method::Put => &["PUT"],
        Method::Patch => &["PATCH"],
        Method::Delete => &["DELETE"],
    }
}

/// A path that some endpoint has: a call to it with any other method is answered 405.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Unique among the paths of a table.
    pub name: String,
    /// Path template.
    pub template: Template,
    /// What `Allow` says (RFC 9110, section 10.2.1): every method that some endpoint takes at such a path.
    pub allow: String,
}

/// Every path of the table, once, in its order.
pub fn paths(routes: &[Route]) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    for Route { path, .. } in routes {
        if paths.iter().any(|known| known.template == *path) {
            continue;
        }
        let here = routes.iter().filter(|route| route.path.covers(path));
        let allow: BTreeSet<&str> = here.flat_map(Route::methods).copied().collect();
        let allow = Vec::from_iter(allow).join(", ");
        paths.push(Path { name: format!("path-{}", path.slug()), template: path.clone(), allow });
    }
    paths
}

/// A path template: literal segments and parameters that stand for one segment each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter,
}

/// A path of a manifest that no gateway can match safely.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{service}: the path {path} must begin with / and have segments of letters, digits, . _ ~ - or {{name}} alone"
)]
pub struct BadPath {
    /// Whose manifest.
    pub service: String,
    /// The path as written.
    pub path: String,
}

impl Template {
    /// Parses `/api/v1/orders/{id}`; `None` when a segment is empty or holds anything but unreserved characters
    /// (RFC 3986, section 2.3).
    pub fn parse(path: &str) -> Option<Self> {
        path.strip_prefix('/')?.split('/').map(Segment::parse).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The path itself, when no parameter is in it.
    pub fn exact(&self) -> Option<String> {
        let literal = self.0.iter().all(|segment| matches!(segment, Segment::Literal(_)));
        literal.then(|| self.render("", |text| text.to_owned()))
    }

    /// A regular expression (RE2 and PCRE alike) of the whole path, without anchors.
    pub fn regex(&self) -> String {
        self.render("[^/]+", |text| text.replace('.', "\\."))
    }

    /// The template as Istio's AuthorizationPolicy spells it.
    pub fn istio(&self) -> String {
        self.render("{*}", |text| text.to_owned())
    }

    /// Whether every path of the other template is one of this.
    pub fn covers(&self, other: &Self) -> bool {
        let same = |(ours, theirs): (&Segment, &Segment)| *ours == Segment::Parameter || ours == theirs;
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }

    fn render(&self, parameter: &str, literal: impl Fn(&str) -> String) -> String {
        self.0.iter().fold(String::new(), |path, segment| match segment {
            Segment::Literal(text) => path + "/" + &literal(text),
            Segment::Parameter => path + "/" + parameter,
        })
    }

    /// The more specific template first: at the first segment where two differ in kind, the literal one.
    fn by_specificity(&self, other: &Self) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|(ours, theirs)| {
                matches!(ours, Segment::Parameter).cmp(&matches!(theirs, Segment::Parameter))
            })
            .find(|order| order.is_ne())
            .unwrap_or_else(|| other.0.len().cmp(&self.0.len()))
    }

    fn slug(&self) -> String {
        let words = self.0.iter().map(|segment| match segment {
            Segment::Literal(text) => text.trim_start_matches('.').replace(['.', '_', '~'], "-"),
            Segment::Parameter => "x".to_owned(),
        });
        words.collect::<Vec<_>>().join("-")
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        let word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._~-".contains(c))
        };
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => word(name).then_some(Self::Parameter),
            None => (word(text) && text != "." && text != "..").then(|| Self::Literal(text.to_owned())),
        }
    }
}

/// Every route of these services, the more specific first, so that the first match is the right one.
///
/// # Errors
///
/// [`BadPath`] for a path that no gateway can match safely.
pub fn table(manifests: &[Manifest]) -> Result<Vec<Route>, BadPath> {
    let mut routes = Vec::new();
    for manifest in manifests {
        for route in &manifest.routes {
            let bad = || BadPath { service: manifest.name.clone(), path: route.path.clone() };
            let path = Template::parse(&route.path).ok_or_else(bad)?;
            routes.push(Route {
                name: format!("{}-{}-{}", manifest.name, route.method.as_str().to_lowercase(), path.slug()),
                method: route.method,
                path,
                service: manifest.name.clone(),
                port: manifest.port,
                access: route.access,
                rate: route.rate,
                idempotent: route.idempotent,
                stream: route.stream,
            });
        }
    }
    routes.sort_by(|a, b| a.path.by_specificity(&b.path).then_with(|| a.name.cmp(&b.name)));
    Ok(routes)
}

#[cfg(test)]
mod tests {
    use warung_contracts::manifest;

    use super::*;

    fn routes() -> Vec<Route> {
        table(manifest::all()).expect("the manifests' paths parse")
    }

    #[test]
    fn every_route_of_every_manifest_is_in_the_table_under_a_name_of_its_own() {
        let declared: usize = manifest::all().iter().map(|manifest| manifest.routes.len()).sum();
        let routes = routes();
        let names: BTreeSet<&str> = routes.iter().map(|route| route.name.as_str()).collect();
        assert_eq!((routes.len(), names.len()), (declared, declared));
    }

    #[test]
    fn a_literal_path_comes_before_the_parameter_that_would_swallow_it() {
        let routes = routes();
        let at = |path: &str| {
            routes.iter().position(|r| r.method == Method::Get && r.path == Template::parse(path).unwrap())
        };
        assert!(at("/api/v1/products/search").unwrap() < at("/api/v1/products/{id}").unwrap());
    }

    #[test]
    fn a_template_has_one_meaning_in_every_spelling() {
        let template = Template::parse("/.well-known/jwks.json").unwrap();
        assert_eq!(template.exact().as_deref(), Some("/.well-known/jwks.json"));
        assert_eq!(template.regex(), "/\\.well-known/jwks\\.json");
        let template = Template::parse("/api/v1/orders/{id}/cancel").unwrap();
        assert_eq!((template.exact(), template.istio()), (None, "/api/v1/orders/{*}/cancel".into()));
        assert_eq!(template.regex(), "/api/v1/orders/[^/]+/cancel");
    }

    #[test]
    fn a_path_that_could_mean_two_things_is_refused() {
        for path in
            ["", "api", "/api//x", "/api/", "/a/../b", "/a/{}", "/a/(.*)", "/a b", "/a/%2e", "/{a}{b}"]
        {
            assert_eq!(Template::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_allows_what_any_endpoint_takes_there() {
        let routes = routes();
        let paths = paths(&routes);
        let names: BTreeSet<&str> = paths.iter().map(|path| path.name.as_str()).collect();
        assert_eq!(names.len(), paths.len());
        let allow = |path: &str| {
            let template = Template::parse(path).unwrap();
            paths.iter().find(|known| known.template == template).unwrap().allow.clone()
        };
        assert_eq!(allow("/api/v1/login"), "POST");
        assert_eq!(allow("/api/v1/products"), "GET, HEAD, POST");
        // What a parameter's endpoint takes, its literal sibling takes as well.
        let other = allow("/api/v1/products/{id}");
        assert!(other.split(", ").all(|method| allow("/api/v1/products/search").contains(method)), "{other}");
    }

    #[test]
    fn only_what_is_safe_to_repeat_is_repeated() {
        for route in routes() {
            assert_eq!(route.may_repeat(), route.method == Method::Get || route.idempotent, "{}", route.name);
        }
    }
}
