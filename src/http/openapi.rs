//! The OpenAPI 3.1 document, made from the endpoint table and the types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::BASE;
use super::desk::KEY_LENGTH_MAX;
use super::endpoint::{Access, AnswerOf, BodyOf, Endpoint, Precondition, Tagged, routing_order};
use super::problem::{CONTENT_TYPE_PROBLEM, ProblemView, status_of};
use super::schemas::{Schemas, without_null};
use crate::app::error::Code;

/// The document of a table: the same bytes for the same table.
#[must_use]
pub fn document(table: &[Endpoint]) -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.answered(|generator| generator.subschema_for::<ProblemView>());
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by(|one, other| routing_order(one.path, other.path));
    let mut paths = Map::new();
    for row in rows {
        let path = paths.entry(format!("{BASE}{}", row.path)).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(row.method.as_str().to_ascii_lowercase(), operation(row, &mut schemas));
        }
    }
    paths.extend(of_the_service());
    let tags: BTreeSet<&str> = table.iter().map(|row| row.tag).collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "respite",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Leave and welfare of police forces and other services that never close.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": tags.iter().chain(&["service"]).map(|tag| json!({"name": tag})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "parameters": header_parameters(),
            "headers": answer_headers(),
            "responses": refusals(&problem),
        },
    });
    let named = schemas.finish(&mut document);
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("schemas".to_owned(), Value::Object(named));
    }
    document
}

/// A short hash of the document, for its `ETag`.
pub(super) fn fingerprint(document: &str) -> String {
    Sha256::digest(document.as_bytes()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn operation(row: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": row.id,
        "tags": [row.tag],
        "summary": row.summary,
        "security": if row.access == Access::Public { json!([]) } else { json!([{"bearer": []}]) },
        "x-access": access_word(row.access),
        "x-roles": roles(row.access),
        "parameters": parameters(row, schemas),
    });
    let body = row.body.map(|body| request_body(body, schemas));
    let responses = responses(row, schemas);
    if let Some(operation) = operation.as_object_mut() {
        if let Some(body) = body {
            operation.insert("requestBody".to_owned(), body);
        }
        if !row.errors.is_empty() {
            let codes: Vec<&str> = row.errors.iter().map(|code| code.as_str()).collect();
            operation.insert("x-codes".to_owned(), json!(codes));
        }
        operation.insert("responses".to_owned(), responses);
    }
    operation
}

const fn access_word(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::SignedIn => "signed_in",
        Access::Roles(_) => "roles",
        Access::RolesOrSelf(_) => "roles_or_self",
    }
}

fn roles(access: Access) -> Vec<&'static str> {
    let own = access.lets_self().then_some("self");
    access.roles().iter().map(|role| role.as_str()).chain(own).collect()
}

fn parameters(row: &Endpoint, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = Vec::new();
    for name in row.path_names() {
        let typed = row.path_types.iter().find(|(known, _)| *known == name).map(|(_, of)| *of);
        let schema = match typed {
            Some(of) => schemas.read(of),
            None if name == "id" || name.ends_with("_id") => json!({"type": "string", "format": "uuid"}),
            None => json!({"type": "string", "minLength": 1, "maxLength": 200}),
        };
        parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
    }
    for (name, schema, required) in row.query.map(|of| schemas.fields(of)).unwrap_or_default() {
        parameters.push(json!({"name": name, "in": "query", "required": required, "schema": without_null(schema)}));
    }
    let mut headers = vec!["AcceptLanguage", "RequestId"];
    if row.idempotent() {
        headers.push("IdempotencyKey");
    }
    match row.precondition {
        Precondition::IfMatch => headers.push("IfMatch"),
        Precondition::IfMatchOrNew => headers.extend(["IfMatchOptional", "IfNoneMatch"]),
        Precondition::None if row.tagged == Tagged::Yes && row.method == "GET" => headers.push("IfNoneMatch"),
        Precondition::None => {}
    }
    parameters.extend(headers.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
    parameters
}

fn header_parameters() -> Value {
    let tags = "^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$";
    let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
    let mut if_match = header(
        "If-Match",
        "The ETag of the version that was read; 428 without it, 412 when the resource has changed.",
        json!({"type": "string", "pattern": tags}),
    );
    let optional = if_match.clone();
    if let Some(required) = if_match.get_mut("required") {
        *required = json!(true);
    }
    json!({
        "AcceptLanguage": header("Accept-Language", "Language of title, detail and message: zh-CN or en.",
            json!({"type": "string", "examples": ["zh-CN", "en"]})),
        "RequestId": header("X-Request-Id", "Accepted and echoed; made where it is missing or not visible ASCII.",
            json!({"type": "string"})),
        "IdempotencyKey": header("Idempotency-Key", "The same key with the same body happens once and is answered alike.",
            json!({"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[!-~]+$"})),
        "IfMatch": if_match,
        "IfMatchOptional": optional,
        "IfNoneMatch": header("If-None-Match", "* to create what is not there; on GET the ETag that is known, 304 while it holds. Anything else is ignored.",
            json!({"type": "string"})),
    })
}

fn answer_headers() -> Value {
    let header = |about: &str, schema: Value| json!({"description": about, "schema": schema});
    json!({
        "RequestId": header("The id of the request.", json!({"type": "string"})),
        "ETag": header("The version of the resource.", json!({"type": "string"})),
        "Location": header("Where the new resource is.", json!({"type": "string", "format": "uri-reference"})),
        "IdempotencyReplayed": header("This answer was kept from the first request with the key.",
            json!({"type": "string", "const": "true"})),
        "RetryAfter": header("Seconds until another attempt is worth while.", json!({"type": "integer", "minimum": 1})),
        "WwwAuthenticate": header("How to sign in.", json!({"type": "string"})),
    })
}

fn request_body(body: BodyOf, schemas: &mut Schemas) -> Value {
    let (of, required, types): (_, _, &[&str]) = match body {
        BodyOf::Json(of) => (of, true, &["application/json"]),
        BodyOf::OptionalJson(of) => (of, false, &["application/json"]),
        BodyOf::MergePatch(of) => (of, true, &["application/merge-patch+json", "application/json"]),
        BodyOf::Binary(types) => return json!({"required": true, "content": binary(types)}),
    };
    let schema = schemas.read(of);
    let content: Map<_, _> = types.iter().map(|kind| ((*kind).to_owned(), json!({"schema": schema}))).collect();
    json!({"required": required, "content": content})
}

fn binary(types: &[&str]) -> Value {
    let schema = json!({"schema": {"type": "string", "format": "binary"}});
    Value::Object(types.iter().map(|kind| ((*kind).to_owned(), schema.clone())).collect())
}

fn responses(row: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut responses: BTreeMap<u16, Value> = BTreeMap::new();
    for (status, answer) in &row.answers {
        let mut response = json!({"description": description(*status), "headers": headers(row, *status)});
        let content = match answer {
            AnswerOf::Json(of) => Some(json!({"application/json": {"schema": schemas.answered(*of)}})),
            AnswerOf::Binary(types) => Some(binary(types)),
            AnswerOf::Nothing => None,
        };
        if let (Some(response), Some(content)) = (response.as_object_mut(), content) {
            // One status may answer in several content types.
            let earlier = responses.get(status).and_then(|earlier| earlier.get("content")).and_then(Value::as_object);
            let mut all = earlier.cloned().unwrap_or_default();
            all.extend(content.as_object().cloned().unwrap_or_default());
            response.insert("content".to_owned(), Value::Object(all));
        }
        responses.insert(*status, response);
    }
    if row.tagged == Tagged::Yes && row.method == "GET" {
        responses.insert(304, json!({"description": description(304), "headers": headers(row, 304)}));
    }
    for status in refused_with(row) {
        responses.insert(status, json!({"$ref": format!("#/components/responses/Problem{status}")}));
    }
    Value::Object(responses.into_iter().map(|(status, response)| (status.to_string(), response)).collect())
}

fn headers(row: &Endpoint, status: u16) -> Value {
    let mut headers = vec![("X-Request-Id", "RequestId")];
    if row.tagged == Tagged::Yes {
        headers.push(("ETag", "ETag"));
    }
    if status == 201 {
        headers.push(("Location", "Location"));
    }
    if row.idempotent() && status < 300 {
        headers.push(("Idempotency-Replayed", "IdempotencyReplayed"));
    }
    let header =
        |(name, place): &(&str, &str)| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{place}")}));
    Value::Object(headers.iter().map(header).collect())
}

/// The statuses that an endpoint of this shape refuses with (CONTRACT §1), and those of the codes that its row names.
fn refused_with(row: &Endpoint) -> BTreeSet<u16> {
    let mut statuses = BTreeSet::from([400, 500, 503]);
    if row.access != Access::Public {
        statuses.extend([401, 403]);
        if row.path.contains('{') || row.body.is_some() || row.query.is_some() {
            statuses.insert(404);
        }
    } else if row.method == "POST" {
        statuses.extend([401, 429]);
    }
    if row.path.starts_with("/auth/") && row.method == "POST" {
        statuses.insert(429);
    } else if row.method != "GET" {
        statuses.extend([409, 422]);
    }
    if row.body.is_some() {
        statuses.extend([413, 415, 422]);
    }
    if row.precondition != Precondition::None {
        statuses.extend([412, 428]);
    }
    statuses.extend(row.errors.iter().map(|code| status_of(*code)));
    statuses
}

const fn description(status: u16) -> &'static str {
    match status {
        200 => "Done.",
        201 => "Created.",
        204 => "Done; there is nothing to say.",
        304 => "Unchanged.",
        400 => "What was sent cannot be read.",
        401 => "Not signed in.",
        403 => "You may never do this.",
        404 => "Absent, or not yours to see.",
        405 => "The address does not know the method.",
        409 => "The state does not allow it, an overlap, or somebody was faster.",
        412 => "The resource has changed.",
        413 => "The body is too large.",
        415 => "The content type is not read here.",
        422 => "Refused by a check of a field or by a rule.",
        428 => "If-Match is required.",
        429 => "Too many attempts.",
        500 => "The service failed.",
        503 => "The service is busy, or its database is away.",
        _ => "Answered.",
    }
}

/// One refusal per status, for every row to refer to.
fn refusals(problem: &Value) -> Value {
    let statuses: BTreeSet<u16> = Code::ALL.iter().map(|code| status_of(*code)).collect();
    let refusal = |status: &u16| {
        let codes: Vec<&str> =
            Code::ALL.iter().filter(|code| status_of(**code) == *status).map(|code| code.as_str()).collect();
        let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}});
        let more = match status {
            401 => Some(("WWW-Authenticate", "WwwAuthenticate")),
            429 | 503 => Some(("Retry-After", "RetryAfter")),
            _ => None,
        };
        if let (Some(headers), Some((name, place))) = (headers.as_object_mut(), more) {
            headers.insert(name.to_owned(), json!({"$ref": format!("#/components/headers/{place}")}));
        }
        let refusal = json!({
            "description": description(*status),
            "headers": headers,
            "content": {CONTENT_TYPE_PROBLEM: {"schema": problem}},
            "x-codes": codes,
        });
        (format!("Problem{status}"), refusal)
    };
    Value::Object(statuses.iter().map(refusal).collect())
}

/// The paths of the service itself (CONTRACT §1).
fn of_the_service() -> Map<String, Value> {
    let state = json!({"application/json": {"schema": {"type": "object", "required": ["status"],
        "properties": {"status": {"type": "string"}}}}});
    let rows = [
        ("/healthz", "healthz", "Whether the process is up.", state.clone(), [].as_slice()),
        ("/readyz", "readyz", "Whether the service can do its work.", state, &[500, 503]),
        ("/metrics", "metrics", "Measurements as Prometheus text.", text("text/plain"), &[500]),
        ("/docs", "docs", "This document, to be read and tried.", text("text/html"), &[]),
        (
            "/api/v1/openapi.json",
            "openapi",
            "This document.",
            json!({"application/json": {"schema": {"type": "object"}}}),
            &[],
        ),
    ];
    let path = |(path, id, summary, content, refused): (&str, &str, &str, Value, &[u16])| {
        let mut responses = json!({"200": {"description": description(200), "content": content}});
        if let Some(responses) = responses.as_object_mut() {
            for status in refused {
                let place = json!({"$ref": format!("#/components/responses/Problem{status}")});
                responses.insert(status.to_string(), place);
            }
        }
        let operation = json!({"operationId": id, "tags": ["service"], "summary": summary, "security": [],
            "x-access": "public", "x-roles": [], "responses": responses});
        (path.to_owned(), json!({"get": operation}))
    };
    rows.into_iter().map(path).collect()
}

fn text(kind: &str) -> Value {
    json!({kind: {"schema": {"type": "string"}}})
}

#[cfg(test)]
mod tests;
