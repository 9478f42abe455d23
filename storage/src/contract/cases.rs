//! The contract as cases: given these spans, when this is asked, then these traces or names.
use crate::contract::battery::Case;
use crate::contract::cast::{TODAY_MS, bare, span, tag, three_services, trace_id};
use crate::id::TraceId;
use crate::query::{NameQuery, TagCondition, TimeRange, TraceQuery};
use crate::span::{Kind, Span};

pub(super) fn all() -> Vec<Case> {
    [basic_cases(), order_cases(), fragment_cases(), name_cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Everything of two days around today.
pub(super) fn query() -> TraceQuery {
    let range = TimeRange {
        from_ms: TODAY_MS - 86_400_000,
        to_ms: TODAY_MS + 86_400_000,
    };
    TraceQuery::all(range, 100)
}

pub(super) fn service(name: &str) -> TraceQuery {
    TraceQuery {
        service: Some(name.to_owned()),
        ..query()
    }
}

pub(super) fn tags(tags: &[(&str, Option<&str>)]) -> TraceQuery {
    let condition = |(key, value): &(&str, Option<&str>)| TagCondition {
        key: (*key).to_owned(),
        value: value.map(str::to_owned),
    };
    TraceQuery {
        tags: tags.iter().map(condition).collect(),
        ..query()
    }
}

pub(super) fn span_names(service: &str) -> NameQuery {
    NameQuery::SpanNames {
        service: service.to_owned(),
    }
}

pub(super) fn remote_services(service: &str) -> NameQuery {
    NameQuery::RemoteServices {
        service: service.to_owned(),
    }
}

fn tag_values(key: &str) -> NameQuery {
    NameQuery::TagValues {
        key: key.to_owned(),
    }
}

fn with_tag(span: Span, key: &str, value: &str) -> Span {
    Span {
        attributes: vec![tag(key, value)],
        ..span
    }
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
            "values of a tag are listed once, whoever recorded them",
            vec![
                vec![
                    with_tag(bare(a, 1), "zone", "west"),
                    with_tag(bare(a, 2), "zone", "east"),
                ],
                vec![
                    with_tag(bare(b, 1), "zone", "west"),
                    with_tag(bare(b, 2), "Zone", "north"),
                ],
            ],
        )
        .names(tag_values("zone"), &["east", "west"])
        .names(tag_values("other"), &[]),
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
                let mut shuffled = many;
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
