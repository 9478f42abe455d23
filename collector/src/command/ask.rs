//! One request to the server, with a remedy for each way to fail.
use std::time::Duration;

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

pub(super) fn get(url: &str, path: &str, query: &[(&str, &str)]) -> Result<Answer, String> {
    let base = url.trim_end_matches('/');
    let request = agent(Some(Duration::from_secs(60))).get(format!("{base}{path}"));
    let request = query.iter().fold(request, |request, (name, value)| {
        request.query(*name, *value)
    });
    answer(base, request.call())
}

/// A POST without a body, for as long as it takes.
pub(super) fn post(url: &str, path: &str, query: &[(&str, &str)]) -> Result<Answer, String> {
    let base = url.trim_end_matches('/');
    let request = agent(None).post(format!("{base}{path}"));
    let request = query.iter().fold(request, |request, (name, value)| {
        request.query(*name, *value)
    });
    answer(base, request.send_empty())
}

fn agent(timeout: Option<Duration>) -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(timeout)
        .http_status_as_error(false)
        .build()
        .into()
}

fn answer(
    base: &str,
    called: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, String> {
    let mut response = called.map_err(|error| {
        format!(
            "cannot ask {base}: {error}; is hopline running there? --url or HOPLINE_URL names \
             another address"
        )
    })?;
    let body = response
        .body_mut()
        .with_config()
        .limit(256 << 20)
        .read_to_string()
        .map_err(|error| format!("the answer of {base} broke off: {error}"))?;
    Ok(Answer {
        status: response.status().as_u16(),
        body,
    })
}

/// What our API says went wrong, in one line.
pub(super) fn reason(answer: &Answer) -> String {
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match (json["error"].as_str(), json["hint"].as_str()) {
        (Some(error), Some(hint)) => format!("{error}: {hint}"),
        (Some(error), None) => error.to_owned(),
        _ => format!("the server answered {}; is it hopline?", answer.status),
    }
}

/// A part of a path, whatever it contains.
pub(super) fn path_part(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
