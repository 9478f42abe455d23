//! What is sent: spans whose every field follows from the seed and a number, as the two doors take
//! them and as the API must show them.
use std::fmt::Write as _;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, InstrumentationScope, KeyValue, any_value::Value as Any,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use prost::Message as _;
use serde_json::{Value, json};
use storage::contract::generate::Dice;

/// Three traces that come in two requests: the first two traces whole, one a request, the third
/// split over both. Each request is one batch over two traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) seed: u64,
    pub(crate) number: u64,
}

pub(crate) const TRACES: usize = 3;
pub(crate) const REQUESTS: usize = 2;

/// When the spans say that they happened, in microseconds: they do not depend on the clock.
pub(crate) const BEGAN_MICROS: u64 = 1_700_000_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Zipkin,
    OtlpProtobuf,
    OtlpJson,
}

/// A request as it goes over the wire.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) is_otlp: bool,
    pub(crate) path: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// One span, before it is put into a format.
struct Content {
    trace: usize,
    trace_id: [u8; 16],
    id: u64,
    parent: Option<u64>,
    is_client: bool,
    shared: bool,
    name: String,
    service: &'static str,
    start_micros: u64,
    duration_micros: u64,
    tags: Vec<(String, String)>,
    annotation: Option<String>,
    fails: bool,
}

impl Round {
    /// Half of all rounds are Zipkin's, a quarter each OTLP in protobuf and in JSON.
    const fn format(self) -> Format {
        match self.number % 4 {
            1 => Format::OtlpProtobuf,
            3 => Format::OtlpJson,
            _ => Format::Zipkin,
        }
    }

    fn dice(self, trace: usize) -> Dice {
        let number = self.number * TRACES as u64 + trace as u64;
        Dice::new(self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(number))
    }

    fn id_bytes(dice: &mut Dice) -> [u8; 16] {
        let (high, low) = (1 + dice.roll(u64::MAX), 1 + dice.roll(u64::MAX));
        (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
    }

    pub(crate) fn trace_id(self, trace: usize) -> String {
        hex(&Self::id_bytes(&mut self.dice(trace)))
    }

    /// Two to eight spans. The first carries a correlation id and a tag of this trace alone, the
    /// last another tag.
    fn contents(self, trace: usize) -> Vec<Content> {
        let mut dice = self.dice(trace);
        let trace_id = Self::id_bytes(&mut dice);
        let count = 2 + dice.roll(7);
        let first_id = 1 + dice.roll(u64::MAX - 100);
        let unique = format!("{:x}-{}-{trace}", self.seed, self.number);
        let is_zipkin = self.format() == Format::Zipkin;
        let content = |position: u64| {
            // Zipkin's second span is the server half of the first: one id, two spans.
            let shared = is_zipkin && position == 1;
            let mut tags = vec![("http.path".to_owned(), path(&mut dice))];
            if position == 0 {
                tags.push(("correlationId".to_owned(), format!("c-{unique}")));
                tags.push(("crash.tag".to_owned(), unique.clone()));
            }
            if position + 1 == count {
                tags.push(("crash.end".to_owned(), unique.clone()));
            }
            let fails = dice.roll(6) == 0;
            if fails && is_zipkin {
                tags.push(("error".to_owned(), "no stock".to_owned()));
            }
            Content {
                trace,
                trace_id,
                id: if shared {
                    first_id
                } else {
                    first_id + position
                },
                parent: (position > 0 && !shared).then(|| first_id + dice.roll(position)),
                is_client: position.is_multiple_of(2),
                shared,
                name: ["get", "post /pay", "select 🦀"][dice.roll(3) as usize].to_owned(),
                service: ["web", "orders", "billing", "db"][dice.roll(4) as usize],
                start_micros: BEGAN_MICROS + self.number * 1_000 + position * 10,
                duration_micros: 1 + dice.roll(5_000_000),
                tags,
                annotation: (dice.roll(4) == 0).then(|| "cache miss".to_owned()),
                fails,
            }
        };
        (0..count).map(content).collect()
    }

    fn batch(self, request: usize) -> Vec<Content> {
        let mut batch = self.contents(request);
        let split = self.contents(TRACES - 1);
        let middle = split.len() / 2;
        let is_mine = |position: usize| (position < middle) == (request == 0);
        batch.extend(
            split
                .into_iter()
                .enumerate()
                .filter(|(position, _)| is_mine(*position))
                .map(|(_, content)| content),
        );
        batch
    }

    /// The spans of a request, each with the trace it is of and as `/api/hopline` shows it.
    pub(crate) fn expected(self, request: usize) -> Vec<(usize, Value)> {
        let format = self.format();
        self.batch(request)
            .iter()
            .map(|content| (content.trace, content.shown(format)))
            .collect()
    }

    pub(crate) fn request(self, request: usize) -> Request {
        let batch = self.batch(request);
        let format = self.format();
        let otlp = || ExportTraceServiceRequest {
            resource_spans: batch.iter().map(Content::otlp).collect(),
        };
        let body = match format {
            Format::Zipkin => Value::from_iter(batch.iter().map(Content::zipkin))
                .to_string()
                .into_bytes(),
            Format::OtlpProtobuf => otlp().encode_to_vec(),
            Format::OtlpJson => serde_json::to_vec(&otlp()).expect("spans are JSON"),
        };
        let is_otlp = format != Format::Zipkin;
        Request {
            is_otlp,
            path: if is_otlp {
                "/v1/traces"
            } else {
                "/api/v2/spans"
            },
            content_type: match format {
                Format::OtlpProtobuf => "application/x-protobuf",
                _ => "application/json",
            },
            body,
        }
    }
}

impl Content {
    const fn kind(&self) -> &'static str {
        if self.is_client { "CLIENT" } else { "SERVER" }
    }

    fn zipkin(&self) -> Value {
        let mut span = json!({
            "traceId": hex(&self.trace_id),
            "id": format!("{:016x}", self.id),
            "kind": self.kind(),
            "name": self.name,
            "timestamp": self.start_micros,
            "duration": self.duration_micros,
            "localEndpoint": { "serviceName": self.service, "ipv4": "10.0.0.7", "port": 80 },
            "tags": Value::from_iter(self.tags.clone()),
        });
        if let Some(parent) = self.parent {
            span["parentId"] = format!("{parent:016x}").into();
        }
        if let Some(text) = &self.annotation {
            span["annotations"] = json!([{ "timestamp": self.start_micros, "value": text }]);
        }
        if self.shared {
            span["shared"] = true.into();
        }
        span
    }

    fn otlp(&self) -> ResourceSpans {
        let start_nano = self.start_micros * 1_000;
        let event = |name: &String| span::Event {
            time_unix_nano: start_nano,
            name: name.clone(),
            ..span::Event::default()
        };
        let span = Span {
            trace_id: self.trace_id.to_vec(),
            span_id: self.id.to_be_bytes().to_vec(),
            parent_span_id: self
                .parent
                .map_or_else(Vec::new, |id| id.to_be_bytes().to_vec()),
            kind: if self.is_client { 3 } else { 2 },
            name: self.name.clone(),
            start_time_unix_nano: start_nano,
            end_time_unix_nano: start_nano + self.duration_micros * 1_000,
            attributes: self
                .tags
                .iter()
                .map(|(key, value)| text(key, value))
                .collect(),
            events: self.annotation.iter().map(event).collect(),
            status: self.fails.then(|| Status {
                code: 2,
                message: "no stock".to_owned(),
            }),
            ..Span::default()
        };
        ResourceSpans {
            resource: Some(Resource {
                attributes: vec![text("service.name", self.service)],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "crash".to_owned(),
                    version: "1".to_owned(),
                    ..InstrumentationScope::default()
                }),
                spans: vec![span],
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }
    }

    /// All that `/api/hopline/traces/{id}?skew=raw` says of this span.
    fn shown(&self, format: Format) -> Value {
        let is_otlp = format != Format::Zipkin;
        let pairs = Value::from_iter(self.shown_tags(is_otlp));
        let event = |name: &String| {
            let time = (self.start_micros * 1_000).to_string();
            json!({ "timeUnixNano": time, "name": name, "attributes": [] })
        };
        let endpoint =
            json!({ "serviceName": self.service, "ipv4": "10.0.0.7", "ipv6": null, "port": 80 });
        let resource = json!([{ "key": "service.name", "value": self.service }]);
        let is_error_status = is_otlp && self.fails;
        json!({
            "spanId": format!("{:016x}", self.id),
            "parentSpanId": self.parent.map(|id| format!("{id:016x}")),
            "kind": self.kind(),
            "service": self.service,
            "operation": self.name,
            "startTimeUnixNano": (self.start_micros * 1_000).to_string(),
            "durationNano": self.duration_micros * 1_000,
            "offsetNano": 0,
            "error": self.fails,
            "statusCode": if is_error_status { "ERROR" } else { "UNSET" },
            "statusMessage": is_error_status.then_some("no stock"),
            "shared": self.shared,
            "debug": false,
            "localEndpoint": if is_otlp { Value::Null } else { endpoint },
            "remoteEndpoint": null,
            "attributes": pairs,
            "events": self.annotation.iter().map(event).collect::<Vec<_>>(),
            "links": [],
            "resource": if is_otlp { resource } else { json!([]) },
            "scope": is_otlp.then(|| json!({ "name": "crash", "version": "1" })),
        })
    }

    /// OTLP's are a list in the sender's order; Zipkin's are a map, sent here in the order of keys.
    fn shown_tags(&self, is_otlp: bool) -> Vec<Value> {
        let mut tags = self.tags.clone();
        if !is_otlp {
            tags.sort();
        }
        tags.iter()
            .map(|(key, value)| json!({ "key": key, "value": value }))
            .collect()
    }
}

/// A short path mostly, sometimes one that is long.
fn path(dice: &mut Dice) -> String {
    let item = dice.roll(1_000_000);
    let length = if dice.roll(16) == 0 { 700 } else { 1 };
    format!("/cart/{item}/{}", "ü".repeat(length))
}

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(Any::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to memory does not fail");
        hex
    })
}
