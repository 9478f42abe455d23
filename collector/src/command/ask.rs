//! One GET to the server, with a remedy for each way to fail.
use std::time::Duration;

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

pub(super) fn get(url: &str, path: &str, query: &[(&str, &str)]) -> Result<Answer, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .build()
        .into();
    let base = url.trim_end_matches('/');
    let mut request = agent.get(format!("{base}{path}"));
    for (name, value) in query {
        request = request.query(*name, *value);
    }
    let mut response = request.call().map_err(|error| {
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
