//! The window: the built UI, embedded into the binary. Where it was not built, a page that says
//! how to build it.
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION,
};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::{Metadata, RustEmbed};

use crate::config::BasePath;
use crate::failure::{Failure, FailureKind};
use crate::mount;
use crate::near_miss;

/// `build.rs` makes sure that the folder exists.
#[derive(RustEmbed)]
#[folder = "../ui/dist"]
struct Dist;

/// The page itself, for `/` and for every address that the UI draws. It is told where it lives.
pub async fn page(request: HttpRequest, base: web::Data<BasePath>) -> HttpResponse {
    let (html, version) = match Dist::get("index.html") {
        Some(file) => (file.data.into_owned(), version(&file.metadata)),
        None => (NOT_BUILT.into(), String::new()),
    };
    let html = String::from_utf8_lossy(&html);
    let base = mount::page_base(&base, &request);
    let html = html.replacen(BASE_TAG, &format!("<base href=\"{base}/\" />"), 1);
    answer(
        &request,
        "index.html",
        html.into(),
        &format!("{version}{base}"),
    )
}

/// A file of the build, the page where the UI draws, or nothing.
pub async fn file_or_page(request: HttpRequest, base: web::Data<BasePath>) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    if path == "index.html" || PAGES.contains(&first) {
        return page(request, base).await;
    }
    if let Some(file) = Dist::get(path) {
        let version = version(&file.metadata);
        return answer(&request, path, file.data.into_owned(), &version);
    }
    near_miss::not_found(request).await
}

/// Zipkin's address of its page, without the slash behind, and what a proxy mounted twice. The
/// search keys go along: the window knows how to read Zipkin's.
pub async fn from_zipkin(request: HttpRequest, base: web::Data<BasePath>) -> HttpResponse {
    let base = match mount::page_base(&base, &request) {
        "" => mount::ZIPKIN,
        base => base,
    };
    let path = request
        .path()
        .trim_start_matches("/zipkin")
        .trim_start_matches('/');
    if let Some(id) = path
        .strip_prefix("traces/")
        .filter(|id| id.bytes().all(is_hex))
    {
        return moved(&format!("{base}/traces/{id}"), request.query_string());
    }
    if path.is_empty() {
        return moved(&format!("{base}/"), request.query_string());
    }
    Failure::new(
        FailureKind::NotFound,
        near_miss::text(request.method(), request.path()),
    )
    .as_plain()
}

/// What changes whenever a file does.
fn version(metadata: &Metadata) -> String {
    let hash = metadata.sha256_hash();
    hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn answer(request: &HttpRequest, path: &str, data: Vec<u8>, version: &str) -> HttpResponse {
    // Vite writes a hash of the content into the names of what it puts under `assets/`.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    kept(request, kind(path), cache, data, version)
}

/// What a browser may keep, as `cache` says; one that has this version already is told so.
pub(crate) fn kept(
    request: &HttpRequest,
    kind: &'static str,
    cache: &'static str,
    data: Vec<u8>,
    version: &str,
) -> HttpResponse {
    let tag = format!("\"{version}\"");
    // Weak: a file has one tag, whether it leaves compressed or not.
    let etag = format!("W/{tag}");
    let known = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(tag.as_str())) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, kind))
            .body(data)
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    response
}

fn moved(to: &str, query: &str) -> HttpResponse {
    let to = match query {
        "" => to.to_owned(),
        query => format!("{to}?{query}"),
    };
    HttpResponse::Found().insert_header((LOCATION, to)).finish()
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// The first parts of the addresses that the UI draws; the last two are of Zipkin's UI.
const PAGES: [&str; 11] = [
    "traces",
    "trace",
    "lookup",
    "search",
    "services",
    "dependencies",
    "dependency",
    "traceViewer",
    "compare",
    "status",
    "view",
];

/// As it stands in `ui/index.html`.
const BASE_TAG: &str = "<base href=\"/\" />";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <base href=\"/\" />\
    <title>Hopline</title></head><body><h1>Hopline is running</h1>\
    <p>Its window was not built into this binary: run <code>make ui</code>, then build again.</p>\
    <p>The APIs work without it: <a href=\"api/v2/services\">/api/v2/services</a>, \
    <a href=\"api/hopline/status\">/api/hopline/status</a>, <a href=\"health\">/health</a>.</p>\
    </body></html>";
