//! Requests below the base path become requests as if there were none.
use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use bytes::Bytes;

use crate::config::BasePath;

/// Takes the base path away from a request's path, if it begins with it: some reverse proxies
/// have done so already, some leave it to the server.
///
/// Where there is a base path, `/zipkin` goes too: Zipkin's variable for it names the path of its
/// page, which a proxy leads to `/zipkin`, where Zipkin always serves it.
pub fn unmount(base: &BasePath, request: &mut ServiceRequest) {
    if base.as_str().is_empty() {
        return;
    }
    let asked = request.path();
    let rest = base.below(asked).unwrap_or(asked);
    let rest = match rest.strip_prefix(ZIPKIN) {
        Some("") => "/",
        Some("/config.json") => rest,
        Some(page) if page.starts_with('/') => page,
        _ => rest,
    };
    if rest == asked {
        return;
    }
    let path_and_query = match request.uri().query() {
        Some(query) => Bytes::from(format!("{rest}?{query}")),
        None => Bytes::copy_from_slice(rest.as_bytes()),
    };
    let mut parts = request.uri().clone().into_parts();
    // Part of an address that was one is one: neither can fail.
    let Ok(path_and_query) = PathAndQuery::from_maybe_shared(path_and_query) else {
        return;
    };
    parts.path_and_query = Some(path_and_query);
    let Ok(uri) = Uri::from_parts(parts) else {
        return;
    };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

const ZIPKIN: &str = "/zipkin";
