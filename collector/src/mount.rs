//! Requests below a path become requests as if there were none: below the base path, and below
//! `/zipkin`, where Zipkin's page is and where proxies lead that were set up for it.
use actix_web::dev::ServiceRequest;
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use actix_web::{HttpMessage as _, HttpRequest};
use bytes::Bytes;

use crate::config::BasePath;

/// Takes the base path away from a request's path, if it begins with it: some reverse proxies
/// have done so already, some leave it to the server. `/zipkin` goes too: with a base path, since
/// Zipkin's variable for it names the path of its page, which a proxy leads to `/zipkin`; without
/// one, since the commonest proxy before a Zipkin forwards `/zipkin/` and nothing else.
pub fn unmount(base: &BasePath, request: &mut ServiceRequest) {
    let asked = request.path();
    let rest = base.below(asked).unwrap_or(asked);
    let rest = match rest.strip_prefix(ZIPKIN) {
        // What the page names is relative to the path with its slash: it is sent there.
        Some("") if base.as_str().is_empty() => rest,
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
    request.extensions_mut().insert(Unmounted);
}

/// Whether a part of the request's path was taken away.
#[must_use]
pub fn was_unmounted(request: &HttpRequest) -> bool {
    request.extensions().contains::<Unmounted>()
}

/// Where the page lives that answers a request: what stands in its `<base>`, without the slash
/// behind.
#[must_use]
pub fn page_base<'a>(base: &'a BasePath, request: &HttpRequest) -> &'a str {
    match base.as_str() {
        "" if was_unmounted(request) => ZIPKIN,
        base => base,
    }
}

struct Unmounted;

/// Where Zipkin's page is.
pub const ZIPKIN: &str = "/zipkin";
