//! Pasted texts and what they are read as.
use super::*;

const WIDE: &str = "463ac35c9f6413ad48485a3953bb6124";
const LOW: &str = "48485a3953bb6124";
const SPAN: &str = "a2fb4a1d1a96d312";

/// What a reading asks for, and its form; ids as their APIs spell them.
fn told(reading: &Reading) -> String {
    let beside = |span: Option<SpanId>| span.map_or(String::new(), |span| format!("/{span}"));
    let asks = match reading.asks {
        Asks::Trace(id, span) => format!("trace {id}{}", beside(span)),
        Asks::LowHalf(low, span) => format!("low {low:016x}{}", beside(span)),
        Asks::Span(id) => format!("span {id}"),
        Asks::Value => return format!("value {}", reading.piece),
    };
    format!("{asks} ({})", reading.read_as)
}

fn ids(text: &str) -> Vec<String> {
    let readings = read(text, &["order".to_owned()]).readings;
    let ids = readings
        .iter()
        .filter(|reading| reading.asks != Asks::Value);
    ids.map(told).collect()
}

fn values(text: &str) -> Vec<String> {
    let readings = read(text, &["order".to_owned()]).readings;
    let values = readings
        .iter()
        .filter(|reading| reading.asks == Asks::Value);
    values.map(|reading| reading.piece.clone()).collect()
}

/// `(pasted, what it is read as)`; `{w}`, `{l}` and `{s}` are the ids above.
const IDS: &[(&str, &[&str])] = &[
    // Trace ids alone.
    (
        "{w}",
        &["trace {w} (trace id)", "low {l} (low half of a trace id)"],
    ),
    (
        "0x{w}",
        &["trace {w} (trace id)", "low {l} (low half of a trace id)"],
    ),
    (
        " \"{w}\" ",
        &["trace {w} (trace id)", "low {l} (low half of a trace id)"],
    ),
    (
        "{l}",
        &[
            "trace {l} (trace id)",
            "low {l} (low half of a trace id)",
            "span {l} (span id)",
        ],
    ),
    (
        "a",
        &[
            "trace 000000000000000a (trace id)",
            "low 000000000000000a (low half of a trace id)",
        ],
    ),
    (
        "000000000000000000000000000000ff",
        &[
            "trace 00000000000000ff (trace id)",
            "low 00000000000000ff (low half of a trace id)",
        ],
    ),
    (
        "463ac35c-9f64-13ad-4848-5a3953bb6124",
        &["trace {w} (uuid)"],
    ),
    (
        "{463AC35C-9F64-13AD-4848-5A3953BB6124}",
        &["trace {w} (uuid)"],
    ),
    // Headers, with and without their names.
    ("00-{w}-{s}-01", &["trace {w}/{s} (traceparent)"]),
    (
        "traceparent: 00-{w}-{s}-01",
        &["trace {w}/{s} (traceparent)"],
    ),
    (
        "traceparent=00-{w}-{s}-00",
        &["trace {w}/{s} (traceparent)"],
    ),
    ("cc-{w}-{s}-01-what-comes", &["trace {w}/{s} (traceparent)"]),
    ("{l}-{s}", &["trace {l}/{s} (trace-span token)"]),
    ("{w}-{s}-1", &["trace {w}/{s} (b3)"]),
    ("{l}-{s}-1-00000000000000ff", &["trace {l}/{s} (b3)"]),
    ("b3: {l}-{s}-d", &["trace {l}/{s} (b3)"]),
    ("b3: {l}-{s}", &["trace {l}/{s} (b3)"]),
    ("b3: 0", &[]),
    ("b3: d", &[]),
    (
        "X-B3-TraceId: {w}",
        &["trace {w} (trace id)", "low {l} (low half of a trace id)"],
    ),
    ("X-B3-SpanId: {s}", &["span {s} (span id)"]),
    ("{w}:{s}:0:1", &["trace {w}/{s} (uber-trace-id)"]),
    (
        "uber-trace-id: ab%3ac%3A0%3A01",
        &["trace 00000000000000ab/000000000000000c (uber-trace-id)"],
    ),
    (
        "Root=1-463ac35c-9f6413ad48485a3953bb6124;Parent={s};Sampled=1",
        &["trace {w}/{s} (X-Amzn-Trace-Id)"],
    ),
    (
        "X-Amzn-Trace-Id: Self=1-00000000-000000000000000000000007;Root=1-463ac35c-9f6413ad48485a3953bb6124",
        &["trace {w} (X-Amzn-Trace-Id)"],
    ),
    (
        "1-463ac35c-9f6413ad48485a3953bb6124",
        &["trace {w} (X-Amzn-Trace-Id)"],
    ),
    (
        "X-Cloud-Trace-Context: {w}/255;o=1",
        &["trace {w}/00000000000000ff (X-Cloud-Trace-Context)"],
    ),
    (
        "{w}/255",
        &["trace {w}/00000000000000ff (X-Cloud-Trace-Context)"],
    ),
    (
        "projects/shop-1/traces/{w}",
        &["trace {w} (Cloud Logging trace)"],
    ),
    (
        "x-datadog-trace-id: 255",
        &["low 00000000000000ff (Datadog trace id)"],
    ),
    (
        "x-datadog-parent-id: 255",
        &["span 00000000000000ff (Datadog span id)"],
    ),
    // Tokens of logs.
    ("[{w}-{s}]", &["trace {w}/{s} (trace-span token)"]),
    ("[shop,{w},{s}]", &["trace {w}/{s} (log token)"]),
    ("[shop, {l}, {s}, true]", &["trace {l}/{s} (log token)"]),
    // Lines.
    (
        "2026-11-22 05:40:00.123 ERROR 1 --- [nio-8080-exec-1] [{w}-{s}] c.s.Cart : no stock",
        &["trace {w}/{s} (trace-span token)"],
    ),
    (
        "03:07 ERROR [payment,{w},{s}] 1 --- failed",
        &["trace {w}/{s} (log token)"],
    ),
    (
        "level=error msg=\"no stock\" trace_id={w} span_id={s} status=504",
        &[
            "trace {w}/{s} (trace id)",
            "low {l}/{s} (low half of a trace id)",
            "span {s} (span id)",
        ],
    ),
    (
        "{\"message\":\"no\",\"span_id\":\"{s}\",\"trace_id\":\"{w}\"}",
        &[
            "span {s} (span id)",
            "trace {w}/{s} (trace id)",
            "low {l} (low half of a trace id)",
        ],
    ),
    (
        "{\"log\":\"{\\\"traceId\\\":\\\"{w}\\\",\\\"spanId\\\":\\\"{s}\\\"}\"}",
        &[
            "trace {w}/{s} (trace id)",
            "low {l}/{s} (low half of a trace id)",
            "span {s} (span id)",
        ],
    ),
    (
        "dd.service=shop dd.trace_id=255 dd.span_id=16 no stock",
        &[
            "low 00000000000000ff/0000000000000010 (Datadog trace id)",
            "span 0000000000000010 (Datadog span id)",
        ],
    ),
    (
        "{\"logging.googleapis.com/trace\":\"projects/p/traces/{w}\",\"severity\":\"ERROR\"}",
        &["trace {w} (Cloud Logging trace)"],
    ),
    (
        "GET / HTTP/1.1\r\nHost: shop\r\ntraceparent: 00-{w}-{s}-01\r\nAccept: */*\r\n",
        &["trace {w}/{s} (traceparent)"],
    ),
    (
        "> Host: shop\n> b3: {l}-{s}-1\n> X-B3-Sampled: 1",
        &["trace {l}/{s} (b3)"],
    ),
    (
        "X-B3-TraceId: {w}\nX-B3-SpanId: {s}\nX-B3-Sampled: 1",
        &[
            "trace {w}/{s} (trace id)",
            "low {l}/{s} (low half of a trace id)",
            "span {s} (span id)",
        ],
    ),
    (
        "see https://tracing.example/zipkin/traces/{w}?x=1 for it.",
        &["trace {w} (trace id)", "low {l} (low half of a trace id)"],
    ),
    (
        "failed at 463AC35C9F6413AD48485A3953BB6124.",
        &["trace {w} (trace id)", "low {l} (low half of a trace id)"],
    ),
    // No ids.
    ("", &[]),
    ("order-7", &[]),
    ("0", &[]),
    ("00000000000000000000000000000000", &[]),
    ("zzz", &[]),
    ("463ac35c9f6413ad48485a3953bb61241", &[]),
    ("-", &[]),
    ("dead face added at 12:30:45:00 in 7 ms", &[]),
    ("ff-{w}-{s}-01", &[]),
    ("nothing to see here", &[]),
];

#[test]
fn ids_that_people_paste() {
    let full = |text: &str| {
        let text = text.replace("{w}", WIDE).replace("{l}", LOW);
        text.replace("{s}", SPAN)
    };
    let mut wrong = Vec::new();
    for (pasted, expected) in IDS {
        let expected: Vec<String> = expected.iter().map(|text| full(text)).collect();
        let found = ids(&full(pasted));
        if found != expected {
            wrong.push(format!("{pasted:?}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Datadog writes 64 bits in decimal.
#[test]
fn decimal_ids() {
    let found = ids("5208512171318403364");
    assert!(
        found.contains(&format!("low {LOW} (Datadog trace id)")),
        "{found:?}"
    );
    assert!(
        found.contains(&format!("span {LOW} (Datadog span id)")),
        "{found:?}"
    );
}

#[test]
fn values_that_people_paste() {
    for (pasted, expected) in [
        ("order-7", &["order-7"][..]),
        (" \"order-7\" ", &["\"order-7\"", "order-7"]),
        ("X-Request-ID: REQ-1", &["REQ-1", "X-Request-ID: REQ-1"]),
        ("x-request-id=REQ-1", &["REQ-1", "x-request-id=REQ-1"]),
        (
            "WARN orders request_id=req-7f3a again",
            &["req-7f3a", "WARN orders request_id=req-7f3a again"],
        ),
        (
            "{\"requestId\": \"a b\", \"n\": 1}",
            &["a b", "{\"requestId\": \"a b\", \"n\": 1}"],
        ),
        ("{\"ORDER\":[\"o-7\"]}", &["o-7", "{\"ORDER\":[\"o-7\"]}"]),
        (
            "guid:x-request-id=b5e2f6d0-0000-4000-8000-0000000000aa",
            &[
                "b5e2f6d0-0000-4000-8000-0000000000aa",
                "guid:x-request-id=b5e2f6d0-0000-4000-8000-0000000000aa",
            ],
        ),
        (
            "Kong-Request-Id: 4b9a1c0e-7d0b-4f2e-9a51-3c1f0a2b4c5d#12",
            &[
                "4b9a1c0e-7d0b-4f2e-9a51-3c1f0a2b4c5d#12",
                "Kong-Request-Id: 4b9a1c0e-7d0b-4f2e-9a51-3c1f0a2b4c5d#12",
            ],
        ),
        (WIDE, &[WIDE]),
        (
            "request_method=GET other=7",
            &["request_method=GET other=7"],
        ),
        ("", &[]),
    ] {
        assert_eq!(values(pasted), expected, "{pasted}");
    }
    let long = "x".repeat(PART_BYTES_MAX + 1);
    assert_eq!(values(&long), [""; 0]);
}

/// The ids are what the receiver of OpenTelemetry's collector makes of these.
#[test]
fn skywalking_ids_are_read_as_the_collector_tells_them() {
    let dotted = "56a5e1c519ae4c76a2b8b11d92cead7f.12.16563474296430001";
    let trace = "trace 56a5e1c515ae4c7613e51e7cf616977f";
    assert_eq!(ids(dotted), [format!("{trace} (SkyWalking trace id)")]);
    assert_eq!(values(dotted), [dotted]);
    let header = "1-NTZhNWUxYzUxOWFlNGM3NmEyYjhiMTFkOTJjZWFkN2YuMTIuMTY1NjM0NzQyOTY0MzAwMDE=-\
        NTZhNWUxYzUxOWFlNGM3NmEyYjhiMTFkOTJjZWFkN2Y=-3-c2hvcA==-aG9zdA==-R0VUIC8=-MTI3LjAuMC4xOjg=";
    for pasted in [
        header.to_owned(),
        format!("Host: shop\nsw8: {header}\nAccept: */*"),
    ] {
        assert_eq!(ids(&pasted), [format!("{trace}/f71d50d88b60e109 (sw8)")]);
        assert!(values(&pasted).contains(&dotted.to_owned()));
    }
}

#[test]
fn long_texts_are_cut_and_say_so() {
    let many: String = (1..1_000_u64)
        .map(|id| format!("trace_id={id:032x}\n"))
        .collect();
    let found = read(&many, &[]);
    assert_eq!(
        found
            .readings
            .iter()
            .filter(|reading| reading.asks != Asks::Value)
            .count(),
        IDS_MAX
    );
    assert!(found.is_cut);
    let many: String = (1..100).map(|id| format!("request_id=r{id} ")).collect();
    let found = read(&many, &[]);
    assert_eq!(found.readings.len(), VALUES_MAX);
    assert!(found.is_cut);
}

#[test]
fn one_id_for_endpoints_that_take_one() {
    for (text, id) in [
        (WIDE, Some(WIDE)),
        ("463ac35c-9f64-13ad-4848-5a3953bb6124", Some(WIDE)),
        (
            "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01",
            Some(WIDE),
        ),
        (
            "traceparent: 00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01",
            Some(WIDE),
        ),
        ("traceId=48485a3953bb6124", Some(LOW)),
        ("order-7", None),
        ("no 463ac35c9f6413ad48485a3953bb6124", None),
        ("", None),
        ("0", None),
    ] {
        assert_eq!(
            trace_id(text).map(|id| id.to_string()).as_deref(),
            id,
            "{text}"
        );
    }
}
