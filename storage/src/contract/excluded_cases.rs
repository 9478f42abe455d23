//! Cases of what excludes a trace, of how long a whole trace took, and of answers that go on after a place.
use crate::contract::battery::Case;
use crate::contract::cases::{query, service};
use crate::contract::cast::{
    TODAY_MS, annotation, log, otlp, span, span_id, tag, three_services, trace_id,
};
use crate::id::TraceId;
use crate::query::{Excluded, Place, TagCondition, TimeRange, TraceQuery};
use crate::span::{Span, Status, StatusCode};

pub(super) fn all() -> Vec<Case> {
    vec![
        tags(),
        services_and_names(),
        errors(),
        late_parts(),
        whole(),
        places(),
    ]
}

fn without(tags: &[(&str, Option<&str>)]) -> TraceQuery {
    let tags = tags.iter().map(|(key, value)| TagCondition {
        key: (*key).to_owned(),
        value: value.map(str::to_owned),
    });
    excluding(Excluded {
        tags: tags.collect(),
        ..Excluded::NOTHING
    })
}

fn excluding(excluded: Excluded) -> TraceQuery {
    TraceQuery {
        excluded,
        ..query()
    }
}

fn tags() -> Case {
    let (a, b, c, d) = (trace_id(1), trace_id(2), trace_id(3), trace_id(4));
    let of = |query: TraceQuery, service: &str| TraceQuery {
        service: Some(service.to_owned()),
        ..query
    };
    Case::new(
        "a tag that no considered span may have, nor what a log says of one",
        vec![
            vec![
                Span {
                    attributes: vec![tag("http.method", "GET")],
                    ..span(a, 1, "web", "get", 1, 10)
                },
                Span {
                    parent_id: Some(span_id(1)),
                    attributes: vec![tag("http.method", "POST")],
                    ..span(a, 2, "shop", "post", 2, 5)
                },
                Span {
                    attributes: vec![tag("http.method", "POST")],
                    events: vec![annotation(3, "cache miss")],
                    ..span(b, 1, "web", "get", 3, 10)
                },
            ],
            vec![span(c, 1, "web", "get", 5, 10)],
            vec![
                otlp(d, 1, "web", "get", 7, 10),
                log(d, 1, "web", 8, "slow", vec![tag("http.method", "GET")]),
            ],
        ],
    )
    .finds(without(&[("http.method", Some("GET"))]), &[c, b])
    .finds(without(&[("http.method", Some("get"))]), &[d, c, b, a])
    .finds(without(&[("http.method", Some("POST"))]), &[d, c])
    .finds(without(&[("http.method", None)]), &[c])
    .finds(without(&[("cache miss", None)]), &[d, c, a])
    .finds(
        without(&[("deployment.environment.name", Some("test"))]),
        &[c, b, a],
    )
    .finds(
        without(&[("http.method", Some("GET")), ("cache miss", None)]),
        &[c],
    )
    .finds(
        of(without(&[("http.method", Some("POST"))]), "web"),
        &[d, c, a],
    )
    .finds(of(without(&[("http.method", Some("GET"))]), "shop"), &[a])
    .finds(of(without(&[("http.method", Some("GET"))]), "till"), &[])
    .finds(
        TraceQuery {
            tags: vec![TagCondition {
                key: "http.method".to_owned(),
                value: None,
            }],
            ..without(&[("http.method", Some("GET"))])
        },
        &[b],
    )
    .finds(
        TraceQuery {
            tags: vec![TagCondition {
                key: "http.method".to_owned(),
                value: None,
            }],
            ..without(&[("http.method", None)])
        },
        &[],
    )
    .finds(
        TraceQuery {
            limit: 1,
            ..without(&[("http.method", Some("GET"))])
        },
        &[c],
    )
}

fn services_and_names() -> Case {
    let (a, b) = (trace_id(1), trace_id(2));
    let services = |names: &[&str]| Excluded {
        services: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Excluded::NOTHING
    };
    let named = |name: &str| Excluded {
        span_names: vec![name.to_owned()],
        ..Excluded::NOTHING
    };
    Case::new(
        "services that recorded no span of the trace, names that no considered span has",
        vec![
            three_services(a, 0),
            vec![span(b, 1, "Frontend", "GET", 5, 10)],
            // What a log says is no span.
            vec![log(b, 1, "backend", 6, "told", Vec::new())],
        ],
    )
    .finds(excluding(services(&["backend"])), &[b])
    .finds(excluding(services(&["frontend"])), &[])
    .finds(excluding(services(&["db"])), &[b, a])
    .finds(excluding(services(&["db", "backend"])), &[b])
    .finds(
        TraceQuery {
            excluded: services(&["backend"]),
            ..service("frontend")
        },
        &[b],
    )
    .finds(
        TraceQuery {
            excluded: services(&["frontend"]),
            ..service("frontend")
        },
        &[],
    )
    .finds(excluding(named("query")), &[b])
    .finds(excluding(named("get")), &[])
    .finds(
        TraceQuery {
            excluded: named("query"),
            ..service("frontend")
        },
        &[b, a],
    )
    .finds(
        TraceQuery {
            excluded: named("query"),
            ..service("backend")
        },
        &[],
    )
}

fn errors() -> Case {
    let (a, b, c) = (trace_id(1), trace_id(2), trace_id(3));
    let fine = Excluded {
        errors: true,
        ..Excluded::NOTHING
    };
    Case::new(
        "traces in which nothing failed",
        vec![
            three_services(a, 0),
            vec![span(b, 1, "web", "get", 5, 10)],
            vec![Span {
                status: Status {
                    code: StatusCode::Error,
                    message: String::new(),
                },
                ..otlp(c, 1, "web", "get", 7, 10)
            }],
        ],
    )
    .finds(excluding(fine.clone()), &[b])
    .finds(
        TraceQuery {
            excluded: fine.clone(),
            ..service("frontend")
        },
        &[a],
    )
    .finds(
        TraceQuery {
            excluded: fine,
            error_only: true,
            ..query()
        },
        &[],
    )
}

fn late_parts() -> Case {
    let a = trace_id(1);
    let late = |id, key: &str| Span {
        parent_id: Some(span_id(1)),
        attributes: vec![tag(key, "yes")],
        ..span(a, id, "till", "pay", 2, 5)
    };
    Case::new(
        "what came later excludes as well, and what came first",
        vec![
            vec![Span {
                attributes: vec![tag("first", "yes")],
                ..span(a, 1, "web", "get", 1, 10)
            }],
            vec![late(2, "second")],
            vec![late(3, "third")],
        ],
    )
    .finds(without(&[("first", Some("yes"))]), &[])
    .finds(without(&[("second", Some("yes"))]), &[])
    .finds(without(&[("third", None)]), &[])
    .finds(without(&[("fourth", None)]), &[a])
    .finds(
        TraceQuery {
            service: Some("web".to_owned()),
            ..without(&[("third", None)])
        },
        &[a],
    )
}

fn whole() -> Case {
    let (a, b, c) = (trace_id(1), trace_id(2), trace_id(3));
    let took = |min: Option<u64>, max: Option<u64>| TraceQuery {
        whole_min: min.map(|ms| ms * 1_000_000),
        whole_max: max.map(|ms| ms * 1_000_000),
        ..query()
    };
    let child = |id, span: u64, start, duration| Span {
        parent_id: Some(span_id(1)),
        ..span_of(id, span, "till", start, duration)
    };
    Case::new(
        "how long a whole trace took, from its first start to its last end, also where no span took as long",
        vec![
            vec![span_of(a, 1, "web", 0, 10), child(a, 2, 30, 20)],
            vec![span_of(b, 1, "web", 5, 100), child(b, 2, 10, 40)],
            vec![child(a, 3, 60, 0), span_of(c, 1, "web", 9, -5)],
        ],
    )
    .finds(took(Some(60), Some(60)), &[a])
    .finds(took(Some(61), None), &[b])
    .finds(took(None, Some(59)), &[c])
    .finds(took(None, Some(0)), &[c])
    .finds(took(Some(60), None), &[b, a])
    .finds(
        TraceQuery {
            service: Some("till".to_owned()),
            ..took(Some(100), Some(100))
        },
        &[b],
    )
    .finds(
        TraceQuery {
            duration_max: Some(40_000_000),
            ..took(Some(100), None)
        },
        &[b],
    )
}

fn span_of(id: TraceId, span_id: u64, service: &str, start_ms: u64, duration_ms: i64) -> Span {
    span(id, span_id, service, "get", start_ms, duration_ms)
}

fn places() -> Case {
    let (a, b, c, d) = (trace_id(1), trace_id(2), trace_id(3), trace_id(4));
    let after = |start_ms: u64, id, limit| TraceQuery {
        after: Some(Place::new((TODAY_MS + start_ms) * 1_000_000, id)),
        ..TraceQuery::all(TimeRange::ALL, limit)
    };
    Case::new(
        "an answer goes on after a place, also among traces that began together",
        vec![
            vec![
                span(a, 1, "web", "get", 1, 10),
                span(c, 1, "web", "get", 5, 10),
            ],
            vec![
                span(b, 1, "web", "get", 5, 10),
                span(d, 1, "web", "get", 9, 10),
            ],
        ],
    )
    .finds(after(9, d, 2), &[c, b])
    .finds(after(5, c, 2), &[b, a])
    .finds(after(5, b, 2), &[a])
    .finds(after(1, a, 2), &[])
    .finds(after(5, trace_id(9), 9), &[c, b, a])
    .finds(after(7, a, 1), &[c])
    .finds(
        TraceQuery {
            range: TimeRange {
                from_ms: TODAY_MS + 2,
                to_ms: TODAY_MS + 5,
            },
            ..after(5, c, 9)
        },
        &[b],
    )
}
