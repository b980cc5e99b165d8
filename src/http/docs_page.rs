//! `/docs`: the interactive documentation. Page, script and style come from the program itself.

use std::sync::{Arc, OnceLock};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpResponse, Route, web};
use utoipa_swagger_ui::Config;

use super::problem::Problem;
use crate::app::error::{Code, Error};

type MakeRoute = fn() -> Route;

/// Paths of the documentation and their routes.
pub(super) const ROUTES: &[(&str, MakeRoute)] = &[
    ("/docs", || web::get().to(page)),
    ("/docs/", || web::get().to(without_slash)),
    ("/docs/{file}", || web::get().to(file)),
];

/// Nothing may be loaded from elsewhere, whatever the script tries.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<title>respite</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png" sizes="32x32">
<link rel="stylesheet" type="text/css" href="docs/swagger-ui.css">
<link rel="stylesheet" type="text/css" href="docs/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js" charset="UTF-8"></script>
<script src="docs/swagger-ui-standalone-preset.js" charset="UTF-8"></script>
<script src="docs/swagger-initializer.js" charset="UTF-8"></script>
</body>
</html>
"#;

/// The files that the page loads; the rest of the package stays inside.
const FILES: &[&str] = &[
    "favicon-16x16.png",
    "favicon-32x32.png",
    "index.css",
    "swagger-initializer.js",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-ui.css",
];

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE)
}

async fn without_slash() -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((LOCATION, "../docs")).finish()
}

async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    if !FILES.contains(&name.as_str()) {
        return Err(Code::NotFound.into());
    }
    let read = utoipa_swagger_ui::serve(&name, Arc::clone(settings()))
        .map_err(|error| Error::Internal(format!("documentation: {error}")))?;
    let found = read.ok_or(Code::NotFound)?;
    let mut response = HttpResponse::Ok();
    response.content_type(found.content_type).insert_header((CACHE_CONTROL, "no-cache"));
    if found.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(found.bytes.into_owned()))
}

fn settings() -> &'static Arc<Config<'static>> {
    static SETTINGS: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    SETTINGS.get_or_init(|| {
        // Without this the page would ask a validator on the open internet about the document.
        let config = Config::from("api/v1/openapi.json").validator_url("none");
        Arc::new(config.persist_authorization(false).display_operation_id(true).filter(true))
    })
}
