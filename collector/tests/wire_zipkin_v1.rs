//! From Zipkin's first model to today's: each rule in a line, and what a real Zipkin server 3.6.1
//! answered to random spans, in both spellings.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use bytes::Bytes;
use collector::wire::{Decoded, Undecodable, zipkin_json, zipkin_thrift, zipkin_v1_json};
use serde_json::{Value, json};
use storage::span::{Endpoint, Kind, Span};

#[path = "wire/thrift_spans.rs"]
mod thrift_spans;

type Decode = fn(Bytes) -> Result<Decoded, Undecodable>;

/// What a span says, in one line: `kind host start+duration to remote shared {tags} [annotations]`.
fn shown(span: &Span) -> String {
    let host = |endpoint: &Endpoint| {
        let name = endpoint.service.clone().unwrap_or_default();
        let address = endpoint.ipv4.map(|address| format!("/{address}"));
        name + &address.unwrap_or_default()
    };
    let mut words = Vec::new();
    if span.kind != Kind::Unspecified {
        words.push(format!("{:?}", span.kind).to_lowercase());
    }
    words.extend(span.local_endpoint.as_ref().map(host));
    if span.start.is_some() || span.duration.is_some() {
        let micros = |nanos: Option<i64>| nanos.map_or(String::new(), |n| (n / 1000).to_string());
        let start = micros(span.start.map(|nanos| nanos as i64));
        let duration = micros(span.duration);
        words.push(
            format!("{start}+{duration}")
                .trim_end_matches('+')
                .to_owned(),
        );
    }
    if let Some(remote) = &span.remote_endpoint {
        words.push(format!("to {}", host(remote)));
    }
    if span.shared {
        words.push("shared".to_owned());
    }
    for tag in &span.attributes {
        words.push(format!("{{{}={}}}", tag.key, tag.value));
    }
    for event in &span.events {
        words.push(format!("[{}@{}]", event.name, event.time / 1000));
    }
    words.join(" ")
}

/// `name` or `name/address` or `/address`; `-` is none.
fn endpoint(text: &str) -> Value {
    let (name, address) = text.split_once('/').unwrap_or((text, ""));
    match (name, address) {
        ("-", _) => Value::Null,
        (name, "") => json!({"serviceName": name}),
        ("", address) => json!({"ipv4": address}),
        (name, address) => json!({"serviceName": name, "ipv4": address}),
    }
}

/// A v1 span: `cs@10:web` is an annotation, `sa:db` an address, `key=value:web` a tag, and
/// `10+20` when the span itself began and how long it took.
fn span(text: &str) -> Value {
    let mut span = json!({"traceId": "a", "id": "1", "annotations": [], "binaryAnnotations": []});
    let mut add = |list: &str, one: Value| {
        span[list].as_array_mut().unwrap().push(one);
    };
    let (mut start, mut duration) = (None, None);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some((begin, length)) = word.split_once('+') {
            start = begin.parse::<i64>().ok();
            duration = length.parse::<i64>().ok();
            continue;
        }
        let (what, host) = word.split_once(':').unwrap();
        let endpoint = endpoint(host);
        if let Some((value, time)) = what.split_once('@') {
            let time: i64 = time.parse().unwrap();
            let annotation = json!({"timestamp": time, "value": value, "endpoint": endpoint});
            add("annotations", annotation);
        } else if let Some((key, value)) = what.split_once('=') {
            let tag = json!({"key": key, "value": value, "endpoint": endpoint});
            add("binaryAnnotations", tag);
        } else {
            let address = json!({"key": what, "value": true, "endpoint": endpoint});
            add("binaryAnnotations", address);
        }
    }
    if let Some(start) = start {
        span["timestamp"] = start.into();
    }
    if let Some(duration) = duration {
        span["duration"] = duration.into();
    }
    span
}

fn spellings(span: &Value) -> [(&'static str, Decode, Vec<u8>); 2] {
    let list = std::slice::from_ref(span);
    [
        (
            "json",
            zipkin_v1_json::decode,
            serde_json::to_vec(list).unwrap(),
        ),
        ("thrift", zipkin_thrift::decode, thrift_spans::list(list)),
    ]
}

/// Given a v1 span, then these are the spans that it is.
fn check(text: &str, spans: &[&str]) {
    for (spelling, decode, body) in spellings(&span(text)) {
        let decoded = decode(body.into()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(decoded.refused.first, None, "{spelling}: {text}");
        let found: Vec<_> = decoded
            .batch
            .to_spans()
            .unwrap()
            .iter()
            .map(shown)
            .collect();
        assert_eq!(found, spans, "{spelling}: {text}");
    }
}

#[test]
fn annotations_belong_to_the_span_of_their_host() {
    check("", &[""]);
    check("5+7", &["5+7"]);
    check("a@1:- b@2:-", &["[a@1] [b@2]"]);
    check("b@2:web a@1:web", &["web [a@1] [b@2]"]);
    check("a@1:web a@1:Web", &["web [a@1]"]);
    check("a@1:web b@2:app c@3:-", &["web [a@1] [c@3]", "app [b@2]"]);
    // Of hosts of one service the first is kept; those without a name are of one service.
    check(
        "a@1:web/1.1.1.1 b@2:WEB/2.2.2.2",
        &["web/1.1.1.1 [a@1] [b@2]"],
    );
    check("a@1:/1.1.1.1 b@2:/2.2.2.2", &["/1.1.1.1 [a@1] [b@2]"]);
    // Only events of a host are the beginning or the end of its part.
    check("cs@1:- cr@2:-", &["[cs@1] [cr@2]"]);
    check("foo@1:web", &["web [foo@1]"]);
}

#[test]
fn both_ends_of_a_part_time_it() {
    check("cs@10:web cr@30:web", &["client web 10+20"]);
    check("sr@10:web ss@30:web", &["server web 10+20 shared"]);
    // What the span says goes before, if it says both.
    check("5+50 cs@10:web cr@30:web", &["client web 5+50"]);
    check("5+50 sr@10:web ss@30:web", &["server web 5+50"]);
    check("5+ cs@10:web cr@30:web", &["client web 10+20"]);
    check("5+ sr@10:web ss@30:web", &["server web 10+20 shared"]);
    // A clock that stepped back.
    check("cs@30:web cr@10:web", &["client web 30"]);
}

#[test]
fn a_missing_beginning_is_found_in_the_span() {
    check("10+20 cr@30:web", &["client web 10+20"]);
    check("10+20 ss@30:web", &["server web 10+20"]);
    check("10+20 cr@31:web", &["client web 10+20 [cr@31]"]);
    check(
        "10+20 cr@30:web sr@15:app ss@25:app",
        &["server app 15+10 shared", "client web 10+20"],
    );
}

#[test]
fn client_and_server_of_one_span_are_two() {
    let both = "cs@10:web sr@15:app ss@25:app cr@30:web";
    check(both, &["client web 10+20", "server app 15+10 shared"]);
    check(
        &format!("5+50 {both}"),
        &["client web 5+50", "server app 15+10 shared"],
    );
    check(
        "cs@10:web sr@15:app cr@30:web",
        &["client web 10+20", "server app 15 shared"],
    );
    // One way: nothing came back.
    check(
        "cs@10:web sr@15:app",
        &["client web 10", "server app 15 shared"],
    );
    check(
        "5+50 cs@10:web sr@15:app",
        &["client web 5+50", "server app 15 shared"],
    );
    // A service that calls itself.
    check(
        "cs@10:web sr@15:web ss@25:web cr@30:web",
        &["client web 10+20", "server web 15+10 shared"],
    );
    check(
        "cs@10:web/1.1.1.1 sr@15:web/2.2.2.2 cr@30:web/1.1.1.1 x@16:web/2.2.2.2",
        &[
            "client web/1.1.1.1 10+20 [x@16]",
            "server web/2.2.2.2 15 shared",
        ],
    );
}

#[test]
fn what_is_incomplete_keeps_what_is_known() {
    check("cs@10:web", &["client web 10"]);
    check("cr@30:web", &["client web [cr@30]"]);
    check("sr@10:web", &["server web 10 shared"]);
    check("ss@30:web", &["server web [ss@30]"]);
    check("5+ cs@10:web", &["client web 5"]);
    check("5+50 cs@10:web", &["client web 5+50"]);
    check("5+50 sr@10:web", &["server web 5+50"]);
    check("5+ sr@10:web", &["server web 5"]);
    // The span's own times are those of the first host.
    check(
        "5+50 x@1:app cs@10:web",
        &["app 5+50 [x@1]", "client web 10"],
    );
    check(
        "cr@30:web sr@15:app",
        &["server app 15 shared", "client web [cr@30]"],
    );
    check(
        "cs@10:web ss@25:app",
        &["client web 10", "server app [ss@25]"],
    );
}

#[test]
fn messages_have_two_ends() {
    check("ms@10:web", &["producer web 10"]);
    check("ms@10:web ws@15:web", &["producer web 10+5"]);
    check("5+50 ms@10:web", &["producer web 5+50"]);
    check("mr@20:app", &["consumer app 20"]);
    check("wr@18:app mr@20:app", &["consumer app 18+2"]);
    check("5+50 wr@18:app mr@20:app", &["consumer app 5+50"]);
    check(
        "ms@10:web mr@20:app",
        &["producer web 10", "consumer app 20 shared"],
    );
    check(
        "ms@10:web ws@12:web wr@18:app mr@20:app",
        &["producer web 10+2", "consumer app 18+2 shared"],
    );
    check(
        "ms@10:web mr@20:web",
        &["producer web 10", "consumer web 20 shared"],
    );
    // Without a message they are annotations like others.
    check("ws@12:web wr@18:app", &["web [ws@12]", "app [wr@18]"]);
    // The producer's times are its own.
    check(
        "5+50 ms@10:web mr@20:app",
        &["producer web 10", "consumer app 20 shared"],
    );
}

#[test]
fn addresses_of_spans_without_a_beginning_or_an_end() {
    check("sa:db", &["to db"]);
    check("ca:web", &["server to web"]);
    check("ca:web sa:db", &["web to db"]);
    check("x@1:app sa:db", &["app to db [x@1]"]);
    check("x@1:app ca:web", &["server app to web [x@1]"]);
    check("x@1:app ca:web sa:db", &["app [x@1]", "web to db"]);
    check("sa:- ca:-", &[""]);
    check("ma:broker", &[""]);
}

#[test]
fn addresses_are_the_other_side_of_a_call() {
    check("cs@10:web cr@30:web sa:db", &["client web 10+20 to db"]);
    check("cr@30:web sa:db", &["client web to db [cr@30]"]);
    check(
        "sr@10:app ss@30:app ca:web",
        &["server app 10+20 to web shared"],
    );
    check("ss@30:app ca:web", &["server app to web [ss@30]"]);
    check("sr@10:app sa:db", &["server app 10 shared"]);
    check("cs@10:web ca:app", &["client web 10"]);
    check(
        "cs@10:web sr@15:app ca:web/1.1.1.1 sa:app/2.2.2.2",
        &[
            "client web 10 to app/2.2.2.2",
            "server app 15 to web/1.1.1.1 shared",
        ],
    );
    // The client's socket under the server's name, or the server itself.
    check(
        "sr@10:app/1.1.1.1 ca:App/2.2.2.2",
        &["server app/1.1.1.1 10 to /2.2.2.2 shared"],
    );
    check(
        "sr@10:app/1.1.1.1 ca:App/1.1.1.1",
        &["server app/1.1.1.1 10 shared"],
    );
    check(
        "sr@10:app/1.1.1.1 ca:app",
        &["server app/1.1.1.1 10 shared"],
    );
    check("ms@10:web ma:broker", &["producer web 10 to broker"]);
    check("mr@10:app ma:broker", &["consumer app 10 to broker"]);
    check(
        "ms@10:web mr@20:app ma:broker",
        &[
            "producer web 10 to broker",
            "consumer app 20 to broker shared",
        ],
    );
    // A text on the key of an address is one, too: some clients wrote "1" for true.
    check("cs@10:web sa=1:db", &["client web 10 to db"]);
}

#[test]
fn the_rest_of_binary_annotations_are_tags_of_their_host() {
    check("k=v:-", &["{k=v}"]);
    check("k=v:web", &["web {k=v}"]);
    check("k=v:web l=w:app", &["web {k=v}", "app {l=w}"]);
    check(
        "cs@10:web k=v:app l=w:web",
        &["client web 10 {l=w}", "app {k=v}"],
    );
    check("k=:web k=v:web k=w:web", &["web {k=w}"]);
    // In the order of their keys, which decides who is first.
    check("z=1:app a=2:web", &["web {a=2}", "app {z=1}"]);
    // The marker of a local span.
    check("lc=:web", &["web"]);
    check("lc=job:web", &["web {lc=job}"]);
    // A boolean that is no address says nothing, not even where.
    check("flag:web", &[""]);
}

/// The lines are random spans and what a real server made of them: of its list of spans, in any
/// order.
#[test]
fn random_spans_are_what_a_real_server_makes_of_them() {
    let lines = include_str!("wire/zipkin_v1_answers.jsonl").lines();
    let mut split = 0;
    for line in lines.clone() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let sent = line["sent"].take();
        for (spelling, decode, body) in spellings(&sent) {
            let decoded = decode(body.into()).unwrap_or_else(|error| panic!("{sent}: {error}"));
            let spans = decoded.batch.to_spans().unwrap();
            let written = zipkin_json::encode_spans(&spans);
            let mut found: Vec<Value> = serde_json::from_slice(&written).unwrap();
            // Only where the spellings differ are there two answers.
            let answer = line.get(spelling).unwrap_or_else(|| &line["json"]);
            let mut answer = answer.as_array().unwrap().clone();
            for list in [&mut found, &mut answer] {
                list.sort_by_cached_key(Value::to_string);
            }
            assert_eq!(found, answer, "{spelling}: {sent}");
            split += usize::from(answer.len() > 1);
        }
    }
    assert!(lines.count() > 100 && split > 50, "{split}");
}
