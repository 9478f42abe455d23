//! Cases of what a search compares: names, tags, annotations, durations, and OTLP's typed values.
use crate::contract::battery::Case;
use crate::contract::cases::{query, remote_services, service, span_names, tags};
use crate::contract::cast::{annotation, otlp, span, tag, three_services, trace_id};
use crate::correlation::Correlation;
use crate::id::TraceId;
use crate::query::{LinkTarget, NameQuery, TimeRange, TraceQuery};
use crate::span::{Attribute, Kind, Link, Span, Status, StatusCode, Value};

pub(super) fn all() -> Vec<Case> {
    [search_cases(), otlp_cases(), link_cases()]
        .into_iter()
        .flatten()
        .collect()
}

fn link_cases() -> Vec<Case> {
    let (a, b, c) = (trace_id(1), trace_id(2), trace_id(3));
    let narrow = TraceId::from_halves(0, 1).expect("not zero");
    let twin = TraceId::from_halves(1, 1).expect("not zero");
    let linked = |id, service: &str, start_ms, targets: &[TraceId]| Span {
        links: (targets.iter())
            .map(|target| Link {
                trace_id: target.value(),
                span_id: 1,
                trace_state: String::new(),
                attributes: Vec::new(),
                dropped_attributes: 0,
                flags: 0,
            })
            .collect(),
        ..otlp(id, 1, service, "process", start_ms, 10)
    };
    let to = |trace_id, by_low_half| TraceQuery {
        links_to: Some(LinkTarget {
            trace_id,
            by_low_half,
        }),
        ..query()
    };
    vec![
        Case::new(
            "traces that link to a trace, by its exact id or by the low half",
            vec![
                vec![otlp(a, 1, "web", "send", 0, 10)],
                vec![
                    linked(b, "mail", 5, &[a, c, a]),
                    linked(c, "ship", 6, &[narrow]),
                ],
            ],
        )
        .finds(to(a, false), &[b])
        .finds(to(a, true), &[c, b])
        .finds(to(narrow, false), &[c])
        .finds(to(twin, false), &[])
        .finds(to(twin, true), &[c, b])
        .finds(to(c, false), &[b])
        .finds(to(b, true), &[])
        .finds(
            TraceQuery {
                service: Some("mail".to_owned()),
                ..to(a, true)
            },
            &[b],
        )
        .finds(
            TraceQuery {
                error_only: true,
                ..to(a, true)
            },
            &[],
        ),
        Case::new(
            "a span of Zipkin's form, and one with many links",
            vec![vec![
                Span {
                    links: linked(b, "x", 0, &[a]).links,
                    ..span(b, 1, "mail", "get", 5, 1)
                },
                linked(c, "batch", 6, &(1..900).map(trace_id).collect::<Vec<_>>()),
            ]],
        )
        .finds(to(a, false), &[c, b])
        .finds(to(trace_id(899), false), &[c])
        .finds(to(trace_id(900), false), &[]),
    ]
}

fn search_cases() -> Vec<Case> {
    let (a, b) = (trace_id(1), trace_id(2));
    let tagged = |id, key, value| Span {
        attributes: vec![tag(key, value)],
        ..span(id, 1, "web", "get", 0, 200)
    };
    let long = "x".repeat(1024);
    let longer = format!("{long}y");
    vec![
        Case::new(
            "remote service, span name and tags, each by a span of the service",
            vec![
                three_services(a, 0),
                vec![span(b, 1, "other", "get", 5, 10)],
            ],
        )
        .finds(
            TraceQuery {
                remote_service: Some("db".to_owned()),
                ..service("backend")
            },
            &[a],
        )
        .finds(
            TraceQuery {
                remote_service: Some("db".to_owned()),
                ..service("frontend")
            },
            &[],
        )
        .finds(
            TraceQuery {
                remote_service: Some("db".to_owned()),
                ..query()
            },
            &[a],
        )
        .finds(
            TraceQuery {
                span_name: Some("query".to_owned()),
                ..service("backend")
            },
            &[a],
        )
        .finds(
            TraceQuery {
                span_name: Some("query".to_owned()),
                ..service("frontend")
            },
            &[],
        )
        .finds(
            TraceQuery {
                span_name: Some("get".to_owned()),
                ..query()
            },
            &[b, a],
        )
        .finds(
            TraceQuery {
                tags: tags(&[("http.path", Some("/foo"))]).tags,
                ..service("frontend")
            },
            &[a],
        )
        .finds(
            TraceQuery {
                tags: tags(&[("http.path", Some("/foo"))]).tags,
                ..service("backend")
            },
            &[],
        ),
        Case::new(
            "a tag by key, by value, or an annotation by its text",
            vec![three_services(a, 0)],
        )
        .finds(tags(&[("http.path", None)]), &[a])
        .finds(tags(&[("http.path", Some("/foo"))]), &[a])
        .finds(tags(&[("http.path", Some("/fo"))]), &[])
        .finds(tags(&[("HTTP.PATH", None)]), &[])
        .finds(tags(&[("⻩", None)]), &[a])
        .finds(tags(&[("error", Some("💩")), ("http.path", None)]), &[a])
        .finds(tags(&[("error", Some("💩")), ("absent", None)]), &[]),
        Case::new(
            "an empty tag value is a value",
            vec![vec![tagged(a, "error", "")]],
        )
        .finds(tags(&[("error", None)]), &[a])
        .finds(tags(&[("error", Some(""))]), &[a])
        .finds(tags(&[("error", Some("1"))]), &[]),
        Case::new(
            "a long value is kept and compared whole",
            vec![
                vec![tagged(a, "lorem", &long)],
                vec![tagged(b, "lorem", &longer)],
            ],
        )
        .finds(tags(&[("lorem", Some(&long))]), &[a])
        .finds(tags(&[("lorem", Some(&longer))]), &[b]),
        Case::new(
            "durations are inclusive and of spans of the service",
            vec![three_services(a, 0)],
        )
        .finds(
            TraceQuery {
                duration_min: Some(350_000_000),
                ..service("frontend")
            },
            &[a],
        )
        .finds(
            TraceQuery {
                duration_min: Some(350_000_001),
                ..service("frontend")
            },
            &[],
        )
        .finds(
            TraceQuery {
                duration_min: Some(150_000_001),
                ..service("backend")
            },
            &[],
        )
        .finds(
            TraceQuery {
                duration_min: Some(50_000_000),
                duration_max: Some(50_000_000),
                ..query()
            },
            &[a],
        )
        .finds(
            TraceQuery {
                duration_min: Some(1),
                duration_max: Some(49_999_999),
                ..query()
            },
            &[],
        ),
        Case::new(
            "names are compared without case and may be any text",
            vec![vec![
                span(a, 1, "個人信息服務", "{\"JSON\": \"Name\"}", 0, 1),
                span(a, 2, "WEB", "GET /Foo", 0, 1),
            ]],
        )
        .finds(service("web"), &[a])
        .finds(service("個人信息服務"), &[a])
        .finds(
            TraceQuery {
                span_name: Some("{\"json\": \"name\"}".to_owned()),
                ..query()
            },
            &[a],
        )
        .names(NameQuery::Services, &["web", "個人信息服務"])
        .names(span_names("web"), &["get /foo"]),
        Case::new(
            "one of several tags",
            vec![
                vec![tagged(a, "x-request-id", "r1")],
                vec![tagged(b, "correlation_id", "r1")],
                vec![tagged(trace_id(3), "other", "r1")],
            ],
        )
        .finds(
            TraceQuery {
                correlation: Some(Correlation::new(["x-request-id", "correlation_id"], ["r1"])),
                range: TimeRange::ALL,
                ..query()
            },
            &[b, a],
        ),
    ]
}

fn otlp_cases() -> Vec<Case> {
    let (a, b, c, d) = (trace_id(1), trace_id(2), trace_id(3), trace_id(4));
    let rich = Span {
        kind: Kind::Client,
        status: Status {
            code: StatusCode::Error,
            message: "timeout".to_owned(),
        },
        attributes: vec![
            tag("peer.service", "Billing"),
            Attribute {
                key: "count".into(),
                value: Value::Int(-7),
            },
            Attribute {
                key: "ratio".into(),
                value: Value::Double(0.25),
            },
            Attribute {
                key: "cached".into(),
                value: Value::Bool(true),
            },
            Attribute {
                key: "none".into(),
                value: Value::Empty,
            },
            Attribute {
                key: "raw".into(),
                value: Value::Bytes(vec![0, 255]),
            },
            Attribute {
                key: "list".into(),
                value: Value::Array(vec![
                    Value::String("x".into()),
                    Value::Map(vec![tag("k", "v")]),
                ]),
            },
            tag("twice", "1"),
            tag("twice", "2"),
        ],
        events: vec![annotation(3, "exception")],
        links: vec![crate::span::Link {
            trace_id: b.value(),
            span_id: 9,
            trace_state: "a=b".to_owned(),
            attributes: vec![tag("why", "batch")],
            dropped_attributes: 1,
            flags: 257,
        }],
        trace_state: "vendor=1".to_owned(),
        flags: 0x101,
        dropped_attributes: 3,
        dropped_events: 2,
        dropped_links: 1,
        ..otlp(a, 1, "shop", "POST /pay", 0, 40)
    };
    vec![
        Case::new(
            "an OTLP span comes back as it was, and is found by the text of its values",
            vec![
                vec![rich, otlp(a, 2, "shop", "inner", 1, 5)],
                vec![otlp(b, 1, "other", "GET /", 1, 5)],
            ],
        )
        .finds(
            TraceQuery {
                remote_service: Some("billing".to_owned()),
                ..service("shop")
            },
            &[a],
        )
        .finds(tags(&[("count", Some("-7"))]), &[a])
        .finds(tags(&[("ratio", Some("0.25"))]), &[a])
        .finds(tags(&[("cached", Some("true"))]), &[a])
        .finds(tags(&[("list", Some("[\"x\",{\"k\":\"v\"}]"))]), &[a])
        .finds(tags(&[("twice", Some("1")), ("twice", Some("2"))]), &[a])
        .finds(tags(&[("error", Some("timeout"))]), &[a])
        .finds(tags(&[("otel.status_code", Some("ERROR"))]), &[a])
        .finds(
            tags(&[("deployment.environment.name", Some("test"))]),
            &[b, a],
        )
        .finds(tags(&[("otel.scope.name", Some("io.test"))]), &[b, a])
        .finds(tags(&[("service.name", None)]), &[])
        .finds(tags(&[("exception", None)]), &[a])
        .finds(
            TraceQuery {
                error_only: true,
                ..query()
            },
            &[a],
        )
        .names(NameQuery::Services, &["other", "shop"])
        .names(span_names("shop"), &["inner", "post /pay"])
        .names(remote_services("shop"), &["billing"]),
        Case::new(
            "codes tell of a failure by the kind of the span, unless its status is OK",
            vec![vec![
                coded(a, Kind::Server, StatusCode::Unset, Value::Int(500)),
                coded(b, Kind::Server, StatusCode::Unset, Value::Int(404)),
                coded(
                    c,
                    Kind::Client,
                    StatusCode::Unset,
                    Value::String("404".into()),
                ),
                coded(d, Kind::Server, StatusCode::Ok, Value::Int(500)),
            ]],
        )
        .finds(
            TraceQuery {
                error_only: true,
                ..query()
            },
            &[c, a],
        ),
    ]
}

fn coded(id: TraceId, kind: Kind, code: StatusCode, value: Value) -> Span {
    let mut span = otlp(id, 1, "shop", "GET /", id.value() as u64, 1);
    span.kind = kind;
    span.status.code = code;
    span.attributes.push(Attribute {
        key: "http.response.status_code".into(),
        value,
    });
    span
}
