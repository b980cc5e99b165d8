//! The way of a request to its row of the table: its path is looked up once, in one tree of all paths.

use std::rc::Rc;

use actix_web::dev::{
    AppService, HttpServiceFactory, ResourceDef, Service, ServiceFactory, ServiceRequest, ServiceResponse, always_ready,
};
use actix_web::http::Method;
use actix_web::{HttpMessage, Route};
use futures_util::future::LocalBoxFuture;

use super::BASE;
use super::door::Matched;
use super::endpoint::Endpoint;
use super::problem::Problem;
use super::server::admit;
use crate::app::error::Code;

/// What stands behind a row: its extractors and its handler.
pub type Handler = <Route as ServiceFactory<ServiceRequest>>::Service;

/// Everything below [`BASE`]: the rows of a table.
pub struct Routes(pub &'static [Endpoint]);

impl HttpServiceFactory for Routes {
    fn register(self, config: &mut AppService) {
        config.register_service(ResourceDef::root_prefix(BASE), None, self, None);
    }
}

impl ServiceFactory<ServiceRequest> for Routes {
    type Response = ServiceResponse;
    type Error = actix_web::Error;
    type Config = ();
    type Service = Tree;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Tree, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let table = self.0;
        Box::pin(async move {
            let mut places: Vec<Place> = Vec::new();
            for endpoint in table {
                let row = Row { endpoint, handler: Rc::new((endpoint.route)().new_service(()).await?) };
                match places.iter_mut().find(|place| place.first.endpoint.path == endpoint.path) {
                    Some(place) => place.others.push(row),
                    None => places.push(Place { first: row, others: Vec::new() }),
                }
            }
            Tree::of(places).map_err(|error| tracing::error!(%error, "the table's paths contradict each other"))
        })
    }
}

/// The rows of one path: at least one.
struct Place {
    first: Row,
    others: Vec<Row>,
}

impl Place {
    fn rows(&self) -> impl Iterator<Item = &Row> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

struct Row {
    endpoint: &'static Endpoint,
    handler: Rc<Handler>,
}

/// Every path of a table. A fixed segment goes before a parameter: `/officers/import` before `/officers/{id}`.
pub struct Tree(matchit::Router<Place>);

impl Tree {
    fn of(places: Vec<Place>) -> Result<Self, matchit::InsertError> {
        let mut tree = matchit::Router::new();
        for place in places {
            tree.insert(pattern(place.first.endpoint.path), place)?;
        }
        Ok(Self(tree))
    }
}

/// The path with parameters called by their place: what one path calls `{id}` another may call `{officer_id}`.
fn pattern(path: &str) -> String {
    let segments = path.split('/').enumerate();
    let called = segments.map(|(at, segment)| match segment.strip_prefix('{') {
        Some(_) => format!("{{{at}}}"),
        None => segment.to_owned(),
    });
    called.collect::<Vec<_>>().join("/")
}

impl Service<ServiceRequest> for Tree {
    type Response = ServiceResponse;
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, actix_web::Error>>;

    always_ready!();

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let found = self.0.at(request.match_info().unprocessed()).ok().map(|found| {
            let parameters = found.params.iter().map(|(_, value)| value.to_owned()).collect();
            (found.value, parameters)
        });
        let Some((place, parameters)) = found else {
            return Box::pin(async { Ok(request.error_response(Problem::from(Code::NotFound))) });
        };
        let row = place.rows().find(|row| row.endpoint.method == *request.method());
        let endpoint = row.unwrap_or(&place.first).endpoint;
        request.extensions_mut().insert(Matched { endpoint, parameters });
        match row {
            Some(row) => Box::pin(admit(endpoint, request, Rc::clone(&row.handler))),
            None => {
                let refused = Problem::method_not_allowed(allow(place.rows().map(|row| &row.endpoint.method)));
                Box::pin(async { Ok(request.error_response(refused)) })
            }
        }
    }
}

/// The value of `Allow`; what answers `GET` answers `HEAD` too.
pub fn allow<'a>(methods: impl IntoIterator<Item = &'a Method>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::GET {
            names.push("HEAD");
        }
    }
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}
