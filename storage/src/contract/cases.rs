//! The contract as cases: given these spans, when this is asked, then these traces or names.
use crate::batch::SpanBatch;
use crate::contract::cast::{
    TODAY_MS, annotation, bare, otlp, span, tag, three_services, trace_id,
};
use crate::id::TraceId;
use crate::query::{NameQuery, TagCondition, TimeRange, TraceQuery};
use crate::span::{Attribute, Kind, Span, Status, StatusCode, Value};
use crate::store::Store;
use crate::trace::Trace;

/// Runs every case, each against a store that `make` gives, which must be empty. Between writing
/// and asking, `between` is called: a store may arrange its data, be closed and opened again, or
/// do nothing; the answers must not depend on it.
///
/// # Panics
/// When a case fails; the text begins with its caption.
pub async fn run<S, F>(mut make: impl FnMut() -> S, mut between: impl FnMut(S) -> F)
where
    S: Store,
    F: Future<Output = S>,
{
    for case in cases() {
        let store = make();
        for batch in &case.batches {
            let written = store.write(SpanBatch::from_spans(batch)).await;
            assert!(written.is_ok(), "{}: {written:?}", case.caption);
        }
        let store = between(store).await;
        check_reads(&store, &case).await;
        for (query, expected) in &case.finds {
            let found = store.find(query).await.expect(case.caption);
            let ids: Vec<TraceId> = found.traces.iter().map(|trace| trace.id).collect();
            assert_eq!(&ids, expected, "{}: {query:?}", case.caption);
            for trace in &found.traces {
                assert!(query.matches(trace), "{}: {query:?}", case.caption);
                assert_same_spans(case.caption, &case.batches, trace);
            }
        }
        for (query, expected) in &case.names {
            let names = store.names(query).await.expect(case.caption);
            assert_eq!(&names, expected, "{}: {query:?}", case.caption);
        }
        let _ = store.close().await;
    }
}

async fn check_reads(store: &impl Store, case: &Case) {
    let mut ids: Vec<TraceId> = case
        .batches
        .iter()
        .flatten()
        .map(|span| span.trace_id)
        .collect();
    ids.sort();
    ids.dedup();
    let absent = TraceId::from_halves(0, 0xabad_1dea).expect("not zero");
    let asked: Vec<TraceId> = ids.iter().copied().chain([absent]).collect();
    let traces = store.traces(&asked).await.expect(case.caption);
    let got: Vec<TraceId> = traces.iter().map(|trace| trace.id).collect();
    assert_eq!(got, ids, "{}: traces by id", case.caption);
    for trace in &traces {
        assert_same_spans(case.caption, &case.batches, trace);
    }
}

/// The trace has exactly the spans that were written, each once, whatever the order.
fn assert_same_spans(caption: &str, batches: &[Vec<Span>], trace: &Trace) {
    let written: Vec<Span> = batches
        .iter()
        .flatten()
        .filter(|span| span.trace_id == trace.id)
        .cloned()
        .collect();
    let expected = Trace::group(written)
        .pop()
        .map(|trace| trace.spans)
        .unwrap_or_default();
    assert_eq!(
        sorted(trace.spans.clone()),
        sorted(expected),
        "{caption}: spans of {}",
        trace.id
    );
}

fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_cached_key(|span| format!("{span:?}"));
    spans
}

struct Case {
    caption: &'static str,
    /// Each inner list is one write.
    batches: Vec<Vec<Span>>,
    finds: Vec<(TraceQuery, Vec<TraceId>)>,
    names: Vec<(NameQuery, Vec<String>)>,
}

impl Case {
    fn new(caption: &'static str, batches: Vec<Vec<Span>>) -> Self {
        Self {
            caption,
            batches,
            finds: Vec::new(),
            names: Vec::new(),
        }
    }

    fn finds(mut self, query: TraceQuery, expected: &[TraceId]) -> Self {
        self.finds.push((query, expected.to_vec()));
        self
    }

    fn names(mut self, query: NameQuery, expected: &[&str]) -> Self {
        self.names.push((
            query,
            expected.iter().map(|name| (*name).to_owned()).collect(),
        ));
        self
    }
}

/// Everything of two days around today.
fn query() -> TraceQuery {
    let range = TimeRange {
        from_ms: TODAY_MS - 86_400_000,
        to_ms: TODAY_MS + 86_400_000,
    };
    TraceQuery::all(range, 100)
}

fn service(name: &str) -> TraceQuery {
    TraceQuery {
        service: Some(name.to_owned()),
        ..query()
    }
}

fn tags(tags: &[(&str, Option<&str>)]) -> TraceQuery {
    let condition = |(key, value): &(&str, Option<&str>)| TagCondition {
        key: (*key).to_owned(),
        value: value.map(str::to_owned),
    };
    TraceQuery {
        tags: tags.iter().map(condition).collect(),
        ..query()
    }
}

fn span_names(service: &str) -> NameQuery {
    NameQuery::SpanNames {
        service: service.to_owned(),
    }
}

fn remote_services(service: &str) -> NameQuery {
    NameQuery::RemoteServices {
        service: service.to_owned(),
    }
}

fn cases() -> Vec<Case> {
    let mut all = vec![];
    all.extend(basic_cases());
    all.extend(search_cases());
    all.extend(order_cases());
    all.extend(fragment_cases());
    all.extend(otlp_cases());
    all.extend(name_cases());
    all
}

fn basic_cases() -> Vec<Case> {
    let (a, b) = (trace_id(1), trace_id(2));
    let narrow = TraceId::from_halves(0, a.low()).expect("not zero");
    let all_criteria = TraceQuery {
        remote_service: Some("backend".to_owned()),
        span_name: Some("get".to_owned()),
        tags: tags(&[("a", None), ("b", Some("c"))]).tags,
        duration_min: Some(1),
        ..service("frontend")
    };
    vec![
        Case::new(
            "an empty store answers every form of question with nothing",
            vec![],
        )
        .finds(query(), &[])
        .finds(all_criteria, &[])
        .names(NameQuery::Services, &[])
        .names(span_names("frontend"), &[])
        .names(remote_services("frontend"), &[]),
        Case::new(
            "a span with nothing but ids is readable by id and never found",
            vec![vec![bare(a, 1)]],
        )
        .finds(query(), &[])
        .names(NameQuery::Services, &[]),
        Case::new(
            "a trace of three services comes back whole",
            vec![three_services(a, 0)],
        )
        .finds(service("backend"), &[a])
        .names(NameQuery::Services, &["backend", "frontend"])
        .names(span_names("backend"), &["get", "query"])
        .names(remote_services("backend"), &["db"])
        .names(remote_services("db"), &[]),
        Case::new(
            "spans of two traces in one write are kept apart",
            vec![
                three_services(a, 0)
                    .into_iter()
                    .zip(three_services(b, 10))
                    .flat_map(|(x, y)| [x, y])
                    .collect(),
            ],
        )
        .finds(query(), &[b, a]),
        Case::new(
            "a 64-bit id, its 128-bit extension and another one are three traces",
            vec![
                three_services(a, 0),
                three_services(narrow, 1),
                three_services(TraceId::from_halves(7, a.low()).expect("not zero"), 2),
            ],
        )
        .finds(
            query(),
            &[
                TraceId::from_halves(7, a.low()).expect("not zero"),
                narrow,
                a,
            ],
        ),
        Case::new(
            "the same report twice is one",
            vec![three_services(a, 0), three_services(a, 0)],
        )
        .finds(service("frontend"), &[a]),
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
                any_tag: vec![
                    ("x-request-id".to_owned(), "r1".to_owned()),
                    ("correlation_id".to_owned(), "r1".to_owned()),
                ],
                range: TimeRange::ALL,
                ..query()
            },
            &[b, a],
        ),
    ]
}

fn order_cases() -> Vec<Case> {
    let many: Vec<Vec<Span>> = (0..200)
        .map(|n| vec![span(trace_id(n + 1), 1, "web", "get", n * 10, 5)])
        .collect();
    let newest: Vec<TraceId> = (0..200).rev().map(|n| trace_id(n + 1)).collect();
    let (a, b) = (trace_id(1), trace_id(2));
    let at = |from: u64, to: u64| TraceQuery {
        range: TimeRange {
            from_ms: TODAY_MS + from,
            to_ms: TODAY_MS + to,
        },
        ..query()
    };
    vec![
        Case::new(
            "newest first, up to the limit, whatever the order of arrival",
            {
                let mut shuffled = many.clone();
                shuffled.reverse();
                shuffled.rotate_left(77);
                shuffled
            },
        )
        .finds(
            TraceQuery {
                limit: 10,
                ..query()
            },
            &newest[..10],
        )
        .finds(
            TraceQuery {
                limit: 1,
                ..service("web")
            },
            &newest[..1],
        )
        .finds(
            TraceQuery {
                limit: 1_000,
                ..query()
            },
            &newest,
        )
        .finds(at(0, 95), &newest[190..])
        .finds(at(1_985, 5_000), &newest[..1]),
        Case::new(
            "both ends of the time range are inclusive",
            vec![
                vec![span(a, 1, "web", "get", 1, 1)],
                vec![span(b, 1, "web", "get", 2, 1)],
            ],
        )
        .finds(at(1, 2), &[b, a])
        .finds(at(2, 2), &[b])
        .finds(at(0, 1), &[a])
        .finds(at(3, 9), &[]),
        Case::new(
            "a trace that goes on after the range comes back whole",
            vec![three_services(a, 0)],
        )
        .finds(at(0, 10), &[a])
        .finds(at(10, 1_000), &[]),
        Case::new(
            "limits count traces, not spans",
            vec![
                (0..101)
                    .map(|n| span(a, n + 1, "web", "get", n, 1))
                    .collect(),
                three_services(b, 1_000),
            ],
        )
        .finds(
            TraceQuery {
                limit: 1,
                ..service("web")
            },
            &[a],
        )
        .finds(
            TraceQuery {
                limit: 2,
                ..query()
            },
            &[b, a],
        ),
    ]
}

fn fragment_cases() -> Vec<Case> {
    let a = trace_id(1);
    let named = |id| Span {
        start: None,
        duration: None,
        ..span(a, id, "web", "get", 0, 0)
    };
    let timing = Span {
        name: None,
        local_endpoint: None,
        ..span(a, 1, "web", "get", 0, 200)
    };
    let debug = Span {
        kind: Kind::Client,
        debug: true,
        ..span(a, 1, "frontend", "get", 0, 20)
    };
    let shared = Span {
        kind: Kind::Server,
        shared: true,
        ..span(a, 1, "backend", "get", 5, 10)
    };
    vec![
        Case::new(
            "conditions may be met by spans that came in different writes",
            vec![
                vec![named(1)],
                vec![timing],
                vec![Span {
                    attributes: vec![tag("late", "yes")],
                    ..span(a, 2, "web", "put", 300, 1)
                }],
            ],
        )
        .finds(service("web"), &[a])
        .finds(
            TraceQuery {
                tags: tags(&[("late", Some("yes"))]).tags,
                span_name: Some("get".to_owned()),
                ..service("web")
            },
            &[a],
        )
        .finds(
            TraceQuery {
                duration_min: Some(200_000_000),
                ..query()
            },
            &[a],
        )
        .finds(
            TraceQuery {
                duration_min: Some(200_000_000),
                ..service("web")
            },
            &[],
        ),
        Case::new(
            "the two halves of a shared span are two spans",
            vec![vec![debug], vec![shared]],
        )
        .finds(service("frontend"), &[a])
        .finds(service("backend"), &[a]),
        Case::new(
            "strange times are kept",
            vec![vec![
                Span {
                    start: Some(1),
                    duration: Some(i64::MAX),
                    ..bare(a, 1)
                },
                Span {
                    start: Some(u64::MAX),
                    duration: Some(-5),
                    ..bare(a, 2)
                },
                Span {
                    start: None,
                    duration: Some(i64::MIN),
                    ..bare(a, 3)
                },
                Span {
                    start: Some(u64::MAX - 615),
                    duration: Some(1_000),
                    ..bare(a, 4)
                },
            ]],
        )
        .finds(
            TraceQuery {
                range: TimeRange::ALL,
                ..query()
            },
            &[a],
        ),
    ]
}

fn otlp_cases() -> Vec<Case> {
    let (a, b) = (trace_id(1), trace_id(2));
    let rich = Span {
        kind: Kind::Client,
        status: Status {
            code: StatusCode::Error,
            message: "timeout".to_owned(),
        },
        attributes: vec![
            tag("peer.service", "Billing"),
            Attribute {
                key: "count".to_owned(),
                value: Value::Int(-7),
            },
            Attribute {
                key: "ratio".to_owned(),
                value: Value::Double(0.25),
            },
            Attribute {
                key: "cached".to_owned(),
                value: Value::Bool(true),
            },
            Attribute {
                key: "none".to_owned(),
                value: Value::Empty,
            },
            Attribute {
                key: "raw".to_owned(),
                value: Value::Bytes(vec![0, 255]),
            },
            Attribute {
                key: "list".to_owned(),
                value: Value::Array(vec![
                    Value::String("x".to_owned()),
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
    ]
}

fn name_cases() -> Vec<Case> {
    let a = trace_id(1);
    let names: Vec<String> = (0..51).map(|n| format!("yak-{n:02}")).collect();
    let expected: Vec<&str> = names.iter().map(String::as_str).collect();
    let spans = names
        .iter()
        .enumerate()
        .map(|(n, name)| Span {
            remote_endpoint: Some(crate::contract::cast::endpoint(name)),
            ..span(a, n as u64 + 1, "web", name, 0, 1)
        })
        .collect();
    vec![
        Case::new("51 names of a service are all listed, once", vec![spans])
            .names(span_names("web"), &expected)
            .names(remote_services("web"), &expected)
            .names(NameQuery::Services, &["web"]),
    ]
}
