//! The path below which a reverse proxy shows the server.
use std::str::FromStr;

use serde::Deserialize;

/// Nothing, or a path such as `/ops/tracing`: a slash in front, none behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BasePath(String);

impl BasePath {
    /// The path, without a slash behind; empty when there is none.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is left of a path below this one. `None` when there is no base path, or the path is
    /// not below it.
    pub fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        match path.strip_prefix(&self.0)? {
            "" => Some("/"),
            rest => rest.starts_with('/').then_some(rest),
        }
    }
}

impl FromStr for BasePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() {
            return Ok(Self::default());
        }
        let mut parts = path.split('/');
        let begins = parts.next() == Some("");
        let first = parts.clone().next().unwrap_or_default();
        if !begins || !parts.all(is_plain) || path.len() > LENGTH_MAX {
            return Err(EXPECTED.to_owned());
        }
        // A proxy may take the base path away: what is left must not look as if it had not.
        if OWN.contains(&first) {
            return Err(format!(
                "/{first} is a path of hopline's own: choose another one for the proxy"
            ));
        }
        Ok(Self(path.to_owned()))
    }
}

impl TryFrom<String> for BasePath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Letters that need no encoding in an address, nor escaping in a page or a header.
fn is_plain(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !matches!(part, "" | "." | "..") && part.bytes().all(plain)
}

const EXPECTED: &str = "expected a path of letters, digits and `-._~` such as /tracing";
const LENGTH_MAX: usize = 200;

/// The first parts of the paths that are served; `zipkin` may be one, as it is for Zipkin.
const OWN: [&str; 18] = [
    "actuator",
    "api",
    "assets",
    "c",
    "dependencies",
    "dependency",
    "health",
    "info",
    "licences",
    "lookup",
    "metrics",
    "prometheus",
    "search",
    "services",
    "trace",
    "traceViewer",
    "traces",
    "v1",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_with_and_without_a_slash_behind() {
        for (text, path) in [
            ("", ""),
            ("/", ""),
            ("/tracing", "/tracing"),
            ("/tracing/", "/tracing"),
            ("/ops/zipkin", "/ops/zipkin"),
            ("/zipkin", "/zipkin"),
            ("/ops/api", "/ops/api"),
        ] {
            assert_eq!(text.parse(), Ok(BasePath(path.to_owned())), "{text}");
        }
        for bad in [
            "tracing",
            "//",
            "/a//b",
            "/a/../b",
            "/a b",
            "/a\"><script>",
            "https://a.example/tracing",
            "/api",
            "/traces/x",
        ] {
            assert!(bad.parse::<BasePath>().is_err(), "{bad}");
        }
        assert!(format!("/{}", "a".repeat(200)).parse::<BasePath>().is_err());
    }

    #[test]
    fn what_is_below_it() {
        let path: BasePath = "/ops/tracing".parse().expect("it is one");
        for (asked, rest) in [
            ("/ops/tracing", Some("/")),
            ("/ops/tracing/", Some("/")),
            ("/ops/tracing//x", Some("//x")),
            ("/ops/tracing/health", Some("/health")),
            ("/ops/tracings", None),
            ("/ops", None),
            ("/", None),
        ] {
            assert_eq!(path.below(asked), rest, "{asked}");
        }
        assert_eq!(BasePath::default().below("/health"), None);
    }
}
