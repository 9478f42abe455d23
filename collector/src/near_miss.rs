//! The answer for a path that is not ours: 404, and the right path when the asker was close.
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};

use crate::failure::{Failure, FailureKind};

pub async fn not_found(request: HttpRequest) -> HttpResponse {
    // As Zipkin: whatever the path, an echo of the request would show a browser's cookies.
    if *request.method() == Method::TRACE {
        return Failure::new(FailureKind::WrongMethod, "405 Method Not Allowed").as_plain();
    }
    if request.path().starts_with("/api/hopline") {
        let failure = Failure::new(FailureKind::NotFound, "no such path");
        return match nearest(request.method(), request.path()) {
            Some((method, path)) => failure
                .with_hint(format!("did you mean {method} {path}?"))
                .as_json(),
            None => failure.as_json(),
        };
    }
    Failure::new(
        FailureKind::NotFound,
        text(request.method(), request.path()),
    )
    .as_plain()
}

/// Zipkin's `404 Not Found`, with the path that was meant behind it.
pub fn text(method: &Method, path: &str) -> String {
    match nearest(method, path) {
        Some((method, path)) => format!("404 Not Found: did you mean {method} {path}?"),
        None => "404 Not Found".to_owned(),
    }
}

/// The closest known path, if it is close: a few typing errors, a missing or doubled part, or the
/// right path with the wrong method.
fn nearest(method: &Method, path: &str) -> Option<(&'static str, &'static str)> {
    let asked = path.trim_end_matches('/').to_lowercase();
    if asked.len() > PATH_MAX {
        return None;
    }
    let is_post = *method == Method::POST || *method == Method::PUT;
    KNOWN
        .iter()
        .map(|(known_method, known)| {
            let fixed = known
                .split('{')
                .next()
                .unwrap_or(known)
                .trim_end_matches('/');
            let distance = distance(&asked, &fixed.to_lowercase());
            // Of two equally near paths the one of the same method was meant.
            (
                distance,
                (*known_method == "POST") != is_post,
                (*known_method, *known),
            )
        })
        .filter(|(distance, ..)| *distance <= DISTANCE_MAX)
        .min_by_key(|(distance, other_method, _)| (*distance, *other_method))
        .map(|(.., known)| known)
        .or_else(|| {
            OLD.iter()
                .find(|(old, _)| asked == *old)
                .map(|(_, known)| *known)
        })
}

/// Levenshtein's distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.bytes().enumerate() {
            let cost = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

const KNOWN: [(&str, &str); 34] = [
    ("POST", "/api/hopline/backup"),
    ("POST", "/v1/traces"),
    ("POST", "/v1/logs"),
    ("POST", "/v1/metrics"),
    ("POST", "/api/v2/spans"),
    ("POST", "/api/v1/spans"),
    ("GET", "/api/v2/services"),
    ("GET", "/api/v2/spans"),
    ("GET", "/api/v2/remoteServices"),
    ("GET", "/api/v2/traces"),
    ("GET", "/api/v2/trace/{id}"),
    ("GET", "/api/v2/traceMany"),
    ("GET", "/api/v2/dependencies"),
    ("GET", "/api/hopline/traces/{id}"),
    ("GET", "/api/hopline/traces/{id}/why"),
    ("GET", "/api/hopline/search"),
    ("GET", "/api/hopline/search/overview"),
    ("GET", "/api/hopline/traces/{id}/logs"),
    ("GET", "/api/hopline/lookup"),
    ("POST", "/api/hopline/lookup"),
    ("POST", "/api/hopline/view"),
    ("GET", "/c/{value}"),
    ("GET", "/api/hopline/services"),
    ("GET", "/api/hopline/services/{service}"),
    ("GET", "/api/hopline/dependencies"),
    ("GET", "/api/hopline/compare"),
    ("GET", "/api/hopline/compare/groups"),
    ("GET", "/api/hopline/openapi.json"),
    ("GET", "/api/hopline/status"),
    ("GET", "/health"),
    ("GET", "/info"),
    ("GET", "/metrics"),
    ("GET", "/prometheus"),
    ("GET", "/"),
];

/// Paths of other servers and of older clients.
const OLD: [(&str, (&str, &str)); 4] = [
    ("/api/spans", ("POST", "/api/v2/spans")),
    ("/api/traces", ("POST", "/v1/traces")),
    (
        "/opentelemetry.proto.collector.trace.v1.traceservice/export",
        ("POST", "/v1/traces"),
    ),
    ("/api/v1/traces", ("GET", "/api/v2/traces")),
];

const DISTANCE_MAX: usize = 2;
const PATH_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_that_was_meant() {
        for (method, path, meant) in [
            (
                Method::POST,
                "/api/v2/span",
                Some(("POST", "/api/v2/spans")),
            ),
            (
                Method::GET,
                "/api/v2/service",
                Some(("GET", "/api/v2/services")),
            ),
            (Method::POST, "/v1/trace", Some(("POST", "/v1/traces"))),
            (Method::POST, "/v1/traces/", Some(("POST", "/v1/traces"))),
            (
                Method::GET,
                "/api/v2/TRACES",
                Some(("GET", "/api/v2/traces")),
            ),
            (
                Method::GET,
                "/api/v1/spans",
                Some(("POST", "/api/v1/spans")),
            ),
            (Method::POST, "/api/spans", Some(("POST", "/api/v2/spans"))),
            (Method::GET, "/wp-login.php", None),
        ] {
            assert_eq!(nearest(&method, path), meant, "{path}");
        }
    }
}
