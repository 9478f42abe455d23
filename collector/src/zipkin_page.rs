//! What Zipkin's own page, Lens, asks of a server beside the API.
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::config::ZipkinUi;
use crate::ui;

/// What Zipkin's own page asks for when it starts, printed as Zipkin prints it.
pub async fn config(request: HttpRequest, page: web::Data<ZipkinUi>) -> HttpResponse {
    let text = |text: &Option<String>| Value::from(text.as_deref());
    let body = format!(
        "{{\n  \"environment\" : {},\n  \"queryLimit\" : {},\n  \"defaultLookback\" : {},\n  \
         \"searchEnabled\" : {},\n  \"logsUrl\" : {},\n  \"supportUrl\" : {},\n  \
         \"archivePostUrl\" : {},\n  \"archiveUrl\" : {},\n  \"dependency\" : {{\n    \
         \"enabled\" : {},\n    \"lowErrorRate\" : {},\n    \"highErrorRate\" : {}\n  }}\n}}",
        Value::from(page.environment.as_str()),
        page.query_limit,
        page.default_lookback_ms,
        page.search_enabled,
        text(&page.logs_url),
        text(&page.support_url),
        text(&page.archive_post_url),
        text(&page.archive_url),
        page.dependency_enabled,
        page.dependency_low_error_rate,
        page.dependency_high_error_rate,
    );
    let mut version = DefaultHasher::new();
    body.hash(&mut version);
    let version = format!("{:016x}", version.finish());
    let kind = "application/json; charset=utf-8";
    ui::kept(&request, kind, "max-age=600", body.into(), &version)
}
