//! Links from a span to its logs: templates of the operator, filled with what the span says. Only
//! `http` and `https`, a host that no span can choose, and every value percent-encoded.
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// The links, in the order of the setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LogLinks(pub Vec<LogLink>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLink {
    pub name: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Blank(Blank),
}

/// What a template leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blank {
    TraceId,
    SpanId,
    Service,
    /// A minute before the span begins, in milliseconds since the epoch.
    StartMs,
    /// A minute after it ends.
    EndMs,
    /// The same two moments as RFC 3339 writes them.
    StartIso,
    EndIso,
    /// The value of a tag.
    Tag(String),
}

impl LogLink {
    /// The address, with each blank filled; `None` if there is no value for one of them.
    pub fn address(&self, mut value: impl FnMut(&Blank) -> Option<String>) -> Option<String> {
        let mut address = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => address.push_str(text),
                Part::Blank(blank) => address.push_str(&escaped(&value(blank)?)),
            }
        }
        Some(address)
    }

    fn new(name: &str, template: &str) -> Result<Self, String> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(['{', '}', '/', ':']) {
            return Err(format!("`{name}` is no name for a link"));
        }
        let template = preset(template)?.unwrap_or_else(|| template.to_owned());
        check_host(&template)?;
        let (mut parts, mut rest) = (Vec::new(), template.as_str());
        while let Some((text, behind)) = rest.split_once('{') {
            let (blank, behind) = behind
                .split_once('}')
                .ok_or_else(|| format!("a `{{` of the link {name} is not closed"))?;
            parts.push(Part::Text(plain(text)?));
            parts.push(Part::Blank(blank.parse()?));
            rest = behind;
        }
        parts.push(Part::Text(plain(rest)?));
        Ok(Self {
            name: name.to_owned(),
            parts,
        })
    }
}

impl FromStr for LogLinks {
    type Err = String;

    /// `NAME=TEMPLATE` or `NAME=PRESET:…`, with white space between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut links = Vec::new();
        for entry in text.split_whitespace() {
            if entry.len() > LINK_BYTES_MAX || links.len() >= LINKS_MAX {
                return Err(format!(
                    "at most {LINKS_MAX} links of at most {LINK_BYTES_MAX} bytes"
                ));
            }
            let (name, template) = entry.split_once('=').ok_or(EXPECTED)?;
            links.push(LogLink::new(name, template)?);
        }
        Ok(Self(links))
    }
}

impl TryFrom<String> for LogLinks {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Blank {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "traceId" => Self::TraceId,
            "spanId" => Self::SpanId,
            "service" => Self::Service,
            "startMs" => Self::StartMs,
            "endMs" => Self::EndMs,
            "startIso" => Self::StartIso,
            "endIso" => Self::EndIso,
            _ => match text.strip_prefix("tag:") {
                Some(key) if !key.is_empty() => Self::Tag(key.to_owned()),
                _ => {
                    return Err(format!(
                        "`{{{text}}}` is unknown: a link knows {{traceId}}, {{spanId}}, {{service}}, \
                         {{startMs}}, {{endMs}}, {{startIso}}, {{endIso}} and {{tag:NAME}}"
                    ));
                }
            },
        })
    }
}

/// Only `http` and `https`: a link must not run a script. What a span says must not choose the host.
fn check_host(template: &str) -> Result<(), String> {
    let (scheme, rest) = template.split_once("://").ok_or(EXPECTED)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if !is_web || host.is_empty() || host.contains(['{', '}', '\\', '@']) {
        return Err(EXPECTED.to_owned());
    }
    Ok(())
}

/// Text of a template: signs that an address may have.
fn plain(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    if text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "percent-encode what is no letter of an address in `{text}`"
        ))
    }
}

/// The template of a preset; `None` if the text is none.
fn preset(text: &str) -> Result<Option<String>, String> {
    let Some((kind, rest)) = text.split_once(':') else {
        return Ok(None);
    };
    let (base, choice) = rest.split_once('#').unwrap_or((rest, ""));
    let base = base.trim_end_matches('/');
    Ok(Some(match kind {
        "loki" if choice.is_empty() => {
            return Err(
                "the preset loki needs its data source: loki:https://grafana.example#UID"
                    .to_owned(),
            );
        }
        "loki" => {
            let expression = r#"{service_name=~\".+\"} |= \"{traceId}\""#;
            let panes = format!(
                r#"{{"hop":{{"datasource":"{choice}","queries":[{{"refId":"A","datasource":{{"type":"loki","uid":"{choice}"}},"expr":"{expression}"}}],"range":{{"from":"{{startMs}}","to":"{{endMs}}"}}}}}}"#
            );
            format!(
                "{base}/explore?schemaVersion=1&orgId=1&panes={}",
                template(&panes)
            )
        }
        "kibana" => {
            let index = match choice {
                "" => String::new(),
                index => format!("index:'{}',", escaped(index)),
            };
            let query = template(r#"trace.id:"{traceId}""#);
            format!(
                "{base}/app/discover#/?_g=(time:(from:'{{startIso}}',to:'{{endIso}}'))\
                 &_a=({index}query:(language:kuery,query:'{query}'))"
            )
        }
        "cloud-logging" => {
            let project = escaped(base);
            let query = template(&format!("trace=\"projects/{base}/traces/{{traceId}}\""));
            format!(
                "https://console.cloud.google.com/logs/query;query={query};\
                 timeRange={{startIso}}%2F{{endIso}}?project={project}"
            )
        }
        "datadog" => format!(
            "{base}/logs?query=trace_id%3A{{traceId}}&from_ts={{startMs}}&to_ts={{endMs}}&live=false"
        ),
        _ => return Ok(None),
    }))
}

/// Encodes a text but for its blanks.
fn template(text: &str) -> String {
    let mut encoded = escaped(text);
    for blank in ["traceId", "startMs", "endMs"] {
        encoded = encoded.replace(&format!("%7B{blank}%7D"), &format!("{{{blank}}}"));
    }
    encoded
}

/// A text as one value of an address: nothing of it means anything there.
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// All but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const EXPECTED: &str = "expected NAME=https://HOST/… with {traceId}, or NAME=loki:https://HOST#UID, \
    kibana:https://HOST, cloud-logging:PROJECT or datadog:https://HOST";
const LINKS_MAX: usize = 16;
const LINK_BYTES_MAX: usize = 4_096;
const NAME_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(setting: &str) -> Vec<(String, String)> {
        let links: LogLinks = setting.parse().expect(setting);
        let filled = links.0.iter().filter_map(|link| {
            let address = link.address(|blank| {
                Some(match blank {
                    Blank::TraceId => "4bf9".to_owned(),
                    Blank::SpanId => "00f0".to_owned(),
                    Blank::Service => "a b\"'/?&=#{é".to_owned(),
                    Blank::StartMs => "1".to_owned(),
                    Blank::EndMs => "2".to_owned(),
                    Blank::StartIso => "2026-11-22T05:00:00Z".to_owned(),
                    Blank::EndIso => "2026-11-22T06:00:00Z".to_owned(),
                    Blank::Tag(key) if key == "host.name" => "javascript:alert(1)".to_owned(),
                    Blank::Tag(_) => return None,
                })
            });
            Some((link.name.clone(), address?))
        });
        filled.collect()
    }

    #[test]
    fn templates_are_filled_and_values_mean_nothing() {
        let setting = "Logs=https://logs.example/q?t={traceId}&s={spanId}&from={startMs}&to={endMs} \
            Service=http://logs.example/{service}\n\tTag=HTTPS://x/?h={tag:host.name} None=https://x/{tag:no}";
        let expected = [
            ("Logs", "https://logs.example/q?t=4bf9&s=00f0&from=1&to=2"),
            (
                "Service",
                "http://logs.example/a%20b%22%27%2F%3F%26%3D%23%7B%C3%A9",
            ),
            ("Tag", "HTTPS://x/?h=javascript%3Aalert%281%29"),
        ];
        let expected = expected.map(|(name, address)| (name.to_owned(), address.to_owned()));
        assert_eq!(addresses(setting), expected);
    }

    #[test]
    fn presets() {
        let setting = "L=loki:https://g.example/#uid-1 K=kibana:https://k.example/s/shop#logs-* \
            C=cloud-logging:shop-1 D=datadog:https://app.datadoghq.com";
        let found: Vec<String> = addresses(setting)
            .into_iter()
            .map(|(_, address)| address)
            .collect();
        assert_eq!(
            found,
            [
                "https://g.example/explore?schemaVersion=1&orgId=1&panes=%7B%22hop%22%3A%7B%22datasource%22%3A\
                 %22uid-1%22%2C%22queries%22%3A%5B%7B%22refId%22%3A%22A%22%2C%22datasource%22%3A%7B%22type%22%3A\
                 %22loki%22%2C%22uid%22%3A%22uid-1%22%7D%2C%22expr%22%3A%22%7Bservice_name%3D~%5C%22.%2B%5C%22\
                 %7D%20%7C%3D%20%5C%224bf9%5C%22%22%7D%5D%2C%22range%22%3A%7B%22from%22%3A%221%22%2C%22to%22%3A\
                 %222%22%7D%7D%7D",
                "https://k.example/s/shop/app/discover#/?_g=(time:(from:'2026-11-22T05%3A00%3A00Z',\
                 to:'2026-11-22T06%3A00%3A00Z'))&_a=(index:'logs-%2A',query:(language:kuery,\
                 query:'trace.id%3A%224bf9%22'))",
                "https://console.cloud.google.com/logs/query;query=trace%3D%22projects%2Fshop-1%2Ftraces\
                 %2F4bf9%22;timeRange=2026-11-22T05%3A00%3A00Z%2F2026-11-22T06%3A00%3A00Z?project=shop-1",
                "https://app.datadoghq.com/logs?query=trace_id%3A4bf9&from_ts=1&to_ts=2&live=false",
            ]
        );
    }

    #[test]
    fn what_could_run_a_script_or_lead_elsewhere_is_refused() {
        for bad in [
            "x=javascript:alert({traceId})",
            "x=javascript://x/%0aalert(1)",
            "x=data://text/html,{traceId}",
            "x=//host/{traceId}",
            "x=/logs/{traceId}",
            "x=https://{service}/",
            "x=https://a@{tag:host}/",
            "x=https://a@b/",
            "x=https://",
            "x=https://host/{unknown}",
            "x=https://host/{tag:}",
            "x=https://host/{traceId",
            "x=https://host/}",
            "x=https://host/\"onclick=",
            "https://host/{traceId}",
            "=https://host/",
            "x=loki:https://host",
            "x=loki:javascript://host#u",
            "x=datadog:host",
        ] {
            assert!(bad.parse::<LogLinks>().is_err(), "{bad}");
        }
        assert_eq!("".parse(), Ok(LogLinks::default()));
        assert!(
            "a=https://b/ "
                .repeat(LINKS_MAX + 1)
                .parse::<LogLinks>()
                .is_err()
        );
    }
}
