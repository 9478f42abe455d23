//! The contract for what logs say of spans: kept beside them, found by what it says, and nothing
//! that a trace, a service or a name of a span could be made of.
use crate::contract::battery::Case;
use crate::contract::cases::{query, remote_services, service, span_names, tags};
use crate::contract::cast::{bare, log, otlp, span, tag, trace_id};
use crate::correlation::Correlation;
use crate::query::{NameQuery, TraceQuery};
use crate::span::{Attribute, Span, Value};

pub(super) fn all() -> Vec<Case> {
    let id = trace_id(1);
    let own = || otlp(id, 1, "web", "get /cart", 0, 100);
    let note = || {
        let number = Attribute {
            key: "order".into(),
            value: Value::Int(42),
        };
        let attributes = vec![
            tag("request.id", "req-7"),
            number,
            tag("peer.service", "db"),
        ];
        log(id, 1, "web", 20, "cart.emptied", attributes)
    };
    let by_log = || tags(&[("request.id", Some("req-7"))]);
    let lookup = TraceQuery {
        correlation: Some(Correlation::new(["request.id", "other"], ["req-7"])),
        ..query()
    };
    let names = |case: Case| {
        case.names(NameQuery::Services, &["web"])
            .names(span_names("web"), &["get /cart"])
            .names(remote_services("web"), &[])
    };
    vec![
        names(
            Case::new(
                "a trace is found by what a log says of one of its spans",
                vec![vec![own(), note()]],
            )
            .finds(by_log(), &[id])
            .finds(lookup, &[id])
            .finds(tags(&[("order", Some("42"))]), &[id])
            .finds(tags(&[("order", None)]), &[id])
            .finds(tags(&[("cart.emptied", None)]), &[id])
            .finds(tags(&[("request.id", Some("req-8"))]), &[]),
        ),
        Case::new(
            "a log has no name, other side or error of its own to be found by",
            vec![vec![
                own(),
                note(),
                log(id, 1, "sidecar", 30, "get /", vec![tag("error", "x")]),
            ]],
        )
        .finds(
            TraceQuery {
                span_name: Some("cart.emptied".to_owned()),
                ..query()
            },
            &[],
        )
        .finds(
            TraceQuery {
                remote_service: Some("db".to_owned()),
                ..query()
            },
            &[],
        )
        .finds(
            TraceQuery {
                error_only: true,
                ..query()
            },
            &[],
        )
        .finds(service("sidecar"), &[]),
        names(
            Case::new(
                "a log that comes before its span is found with it",
                vec![vec![note()], vec![own()]],
            )
            .finds(by_log(), &[id]),
        ),
        names(
            Case::new(
                "a log that comes after its span is found with it",
                vec![vec![own()], vec![note()], vec![note()]],
            )
            .finds(by_log(), &[id])
            .finds(
                TraceQuery {
                    service: Some("web".to_owned()),
                    duration_min: Some(100_000_000),
                    ..by_log()
                },
                &[id],
            ),
        ),
        Case::new(
            "logs alone are no trace, and no service is known by them",
            vec![
                vec![note()],
                vec![log(trace_id(2), 1, "ghost", 1, "x", vec![])],
            ],
        )
        .finds(query(), &[])
        .finds(by_log(), &[])
        .finds(service("ghost"), &[])
        .names(NameQuery::Services, &[]),
        Case::new(
            "a log of a Zipkin span that nobody else has is kept beside the trace",
            vec![vec![
                span(id, 1, "Web", "get", 0, 10),
                bare(id, 2),
                log(id, 9, "web", 5, "lost", vec![tag("k", "v")]),
            ]],
        )
        .finds(tags(&[("k", Some("v"))]), &[id])
        .names(NameQuery::Services, &["web"]),
        Case::new(
            "hundreds of logs of one span, sent twice, are kept once each",
            vec![many(), many()],
        )
        .finds(tags(&[("n", Some("299"))]), &[id]),
    ]
}

/// Alike but for a number, some of them in the same moment.
fn many() -> Vec<Span> {
    let id = trace_id(1);
    let note = |number: u64| {
        let attributes = vec![tag("n", &number.to_string())];
        log(id, 1, "web", number % 7, "note", attributes)
    };
    let own = [otlp(id, 1, "web", "get", 0, 100)];
    own.into_iter().chain((0..300).map(note)).collect()
}
