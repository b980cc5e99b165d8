//! The application: routes made from the table, the middleware around them, the listening socket.

use std::net::TcpListener;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, Server, Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, HttpServer, Responder, web};
use tracing::Instrument;

use super::body::SharedPayload;
use super::desk::blocking;
use super::door::{Admission, Asked, Door, Matched};
use super::endpoint::{Access, Endpoint};
use super::language::preferred;
use super::limits::drop_rest;
use super::problem::{Problem, code_of_status};
use super::request_id::{self, RequestId};
use super::routes::{Handler, Routes, allow};
use super::{BASE, docs_page};
use crate::app::error::{Code, Error};
use crate::config::Config;

/// How long a connection without a request is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// The longest time for the head of a request.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// The longest time for a client to take leave of a connection that is being closed.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(2);

/// The application, for the server and for tests alike.
pub fn app(
    door: web::Data<Door>,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = actix_web::Error, InitError = ()>,
> {
    App::new().app_data(door.clone()).configure(move |cfg| mount(cfg, &door)).wrap(from_fn(around))
}

/// Mounts every row of the table and the paths of the service itself.
pub fn mount(cfg: &mut web::ServiceConfig, door: &web::Data<Door>) {
    (door.furnish)(cfg);
    // The document lies beside the rows; after them its path would already belong to them.
    serve_get(cfg, "/api/v1/openapi.json", || web::get().to(openapi_json));
    cfg.service(Routes(door.table));
    serve_get(cfg, "/healthz", || web::get().to(healthz));
    serve_get(cfg, "/readyz", || web::get().to(readyz));
    serve_get(cfg, "/metrics", || web::get().to(metrics));
    for (path, route) in docs_page::ROUTES {
        serve_get(cfg, path, *route);
    }
    cfg.default_service(web::to(|| async { Err::<HttpResponse, _>(Problem::from(Code::NotFound)) }));
}

fn serve_get(cfg: &mut web::ServiceConfig, path: &str, route: fn() -> actix_web::Route) {
    let refusal = refuse_method(allow([&Method::GET]));
    cfg.service(web::resource(path).route(route()).default_service(refusal));
}

fn refuse_method(allow: String) -> actix_web::Route {
    web::to(move || {
        let allow = allow.clone();
        async move { Err::<HttpResponse, _>(Problem::method_not_allowed(allow)) }
    })
}

async fn openapi_json(door: web::Data<Door>) -> impl Responder {
    door.openapi().clone()
}

async fn healthz() -> impl Responder {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

async fn readyz(door: web::Data<Door>) -> Result<HttpResponse, Problem> {
    let ready = Arc::clone(&door.ready);
    let state = blocking(move || Ok(ready())).await?;
    state.map_err(|reasons| Error::Unavailable(reasons.join("; ")))?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ready"})))
}

async fn metrics(door: web::Data<Door>) -> Result<HttpResponse, Problem> {
    let text = door.metrics.text()?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// Around a route of the table: the time limit, the gate, then the handler with its extractors.
pub(super) async fn admit(
    endpoint: &'static Endpoint,
    request: ServiceRequest,
    handler: Rc<Handler>,
) -> Result<ServiceResponse, actix_web::Error> {
    let http = request.request().clone();
    let Some(door) = request.app_data::<web::Data<Door>>().cloned() else {
        return Ok(request.error_response(Problem::from(Code::Internal)));
    };
    let work = async {
        if endpoint.access != Access::Public {
            let (gate, token) = (Arc::clone(&door.gate), bearer(request.request()));
            let admitted = match gate.admit_at_once(token, endpoint) {
                Ok(admitted) => admitted,
                Err(token) => blocking(move || gate.admit(token, endpoint)).await,
            };
            let admission = admitted.map_err(Problem::from)?;
            request.extensions_mut().insert(admission);
        }
        if endpoint.query.is_none() {
            refuse_parameters(request.query_string())?;
        }
        handler.call(request).await
    };
    let worked = tokio::time::timeout(door.limits.request, surviving(work)).await;
    // What the gate opened for the handler is let go, also where the handler came to nothing.
    http.extensions_mut().remove::<Admission>();
    match worked {
        Ok(Ok(Ok(response))) => Ok(response),
        Ok(Ok(Err(error))) => Ok(ServiceResponse::from_err(error, http)),
        Ok(Err(_panic)) => Ok(refused(http, Error::Internal("a handler panicked".to_owned()))),
        Err(_elapsed) => Ok(refused(http, Error::Unavailable("the request took too long".to_owned()))),
    }
}

/// Runs a future; `Err` where it panicked.
async fn surviving<F: Future>(work: F) -> Result<F::Output, ()> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| {
        std::panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)))
            .map_or(Poll::Ready(Err(())), |polled| polled.map(Ok))
    })
    .await
}

fn refused(http: HttpRequest, error: Error) -> ServiceResponse {
    ServiceResponse::from_err(Problem::from(error), http)
}

/// An endpoint without parameters knows none.
fn refuse_parameters(query: &str) -> Result<(), Problem> {
    super::query::read::<NoParameters>(query).map(|NoParameters {}| ()).map_err(Problem::from)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

fn bearer(request: &HttpRequest) -> Option<String> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// Around everything: request id, language, span, measurements, the rest of the body, problem details.
async fn around(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, actix_web::Error> {
    let started = Instant::now();
    let Some(door) = request.app_data::<web::Data<Door>>().cloned() else {
        return Ok(request.error_response(Problem::from(Code::Internal)));
    };
    let asked = Asked {
        request_id: RequestId::of(request.headers(), &door.clock),
        language: preferred(request.headers(), door.language),
    };
    let method = request.method().clone();
    let span =
        tracing::info_span!("request", request_id = asked.request_id.as_str(), method = %method, path = request.path());
    request.extensions_mut().insert(asked.clone());
    if method == Method::HEAD {
        // The codec has noted that no body goes out; the handlers need not know.
        request.head_mut().method = Method::GET;
    }
    let unread = share_payload(&mut request);
    let running = door.metrics.begin();
    let answered = async {
        let response = next.call(request).await?;
        let response = render(response.map_into_boxed_body(), &door, &asked);
        if let Some(payload) = unread {
            drop_rest(&payload, door.limits).await;
        }
        Ok::<_, actix_web::Error>(response)
    };
    let response = answered.instrument(span.clone()).await?;
    let template = template(&response);
    door.metrics.end(running, &template, &method, response.status().as_u16(), started.elapsed());
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    span.in_scope(|| {
        tracing::info!(endpoint = template, status = response.status().as_u16(), milliseconds, "answered");
    });
    Ok(response)
}

/// The path as the table has it: few enough to be a label of a measurement.
fn template(response: &ServiceResponse) -> String {
    let request = response.request();
    if let Some(matched) = request.extensions().get::<Matched>() {
        return format!("{BASE}{}", matched.endpoint.path);
    }
    request.match_pattern().filter(|pattern| pattern != BASE).unwrap_or_else(|| "unknown".to_owned())
}

fn share_payload(request: &mut ServiceRequest) -> Option<SharedPayload> {
    let payload = request.take_payload();
    // What follows a CONNECT is no body: it ends when the connection does.
    if matches!(payload, Payload::None) || request.method() == Method::CONNECT {
        return None;
    }
    let shared = SharedPayload::new(payload);
    request.set_payload(shared.as_payload());
    Some(shared)
}

/// Turns every refusal into problem details and adds the headers that every answer has.
fn render(response: ServiceResponse, door: &Door, asked: &Asked) -> ServiceResponse {
    let status = response.status();
    let id = asked.request_id.as_str();
    let mut response = if status.is_client_error() || status.is_server_error() {
        let allow = response.headers().get("allow").cloned();
        let rendered = match response.response().error().and_then(|error| error.as_error::<Problem>()) {
            Some(problem) => {
                problem.log();
                problem.render(door.words, asked.language, id)
            }
            None => Problem::from(code_of_status(status.as_u16())).render(door.words, asked.language, id),
        };
        let mut response = response.into_response(rendered);
        if let Some(allow) = allow {
            response.headers_mut().insert(actix_web::http::header::ALLOW, allow);
        }
        response
    } else {
        response
    };
    let is_interface = response.request().path().starts_with(BASE);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static(request_id::HEADER), value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_interface && !headers.contains_key(CACHE_CONTROL) {
        // Answers are about people: no cache between keeps them.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Serves until `stop` ends, then finishes what is running.
///
/// # Errors
/// When the socket cannot be listened on.
pub async fn run(
    door: Door,
    listener: TcpListener,
    config: &Config,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    server(web::Data::new(door), listener, config, stop)?.await
}

/// A server on a socket that is already bound; when `stop` ends it accepts nothing more and finishes what is running,
/// within [`Config::shutdown`].
///
/// # Errors
/// When the socket cannot be listened on.
pub fn server(
    door: web::Data<Door>,
    listener: TcpListener,
    config: &Config,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<Server> {
    let connections_per_worker = config.max_connections.div_ceil(config.workers.max(1)).max(1);
    let server = HttpServer::new(move || app(door.clone()))
        .workers(config.workers)
        .max_connections(connections_per_worker)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIME_MAX)
        .client_disconnect_timeout(GOODBYE_TIME_MAX)
        .shutdown_timeout(config.shutdown.as_secs())
        .shutdown_signal(stop)
        .listen(listener)?
        .run();
    Ok(server)
}

/// Waits for SIGTERM or SIGINT.
pub async fn stop_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            // Without a handler the signal ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
    }
    tracing::info!("asked to stop; finishing what is running");
}

#[cfg(test)]
mod tests;
