//! From Zipkin's first model to today's: each rule in a line, and what a real Zipkin server 3.6.1
//! answered to random spans, in both spellings.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use collector::wire::zipkin_json;
use serde_json::Value;
use storage::contract::generate::Dice;
use storage::span::Kind;

#[path = "wire/thrift_spans.rs"]
mod thrift_spans;
#[path = "wire/v1_shorthand.rs"]
mod v1_shorthand;

use v1_shorthand::{shown, span, spellings};

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

/// Given random spans, then both spellings mean the same, and no more spans than hosts, one for
/// what names none and one for each service that calls itself.
#[test]
fn both_spellings_mean_the_same() {
    const VALUES: [&str; 10] = ["cs", "cr", "sr", "ss", "ms", "mr", "ws", "wr", "x", "zwölf"];
    const KEYS: [&str; 6] = ["ca", "sa", "ma", "lc", "k", "🦀"];
    const HOSTS: [&str; 6] = ["-", "web", "Web/1.1.1.1", "app", "/2.2.2.2", "db/3.3.3.3"];
    let mut dice = Dice::new(5);
    let mut split = 0;
    for _ in 0..4_000 {
        let mut words = Vec::new();
        let mut pick = |list: &[&str]| list[dice.roll(list.len() as u64) as usize].to_owned();
        for _ in 0..pick(&["0", "1", "2", "4", "6"]).parse().unwrap() {
            let time = pick(&["10", "20", "30", "40", "-5"]);
            words.push(format!("{}@{time}:{}", pick(&VALUES), pick(&HOSTS)));
        }
        for _ in 0..pick(&["0", "1", "3"]).parse().unwrap() {
            let value = pick(&["", "=", "=v", "=1"]);
            words.push(format!("{}{value}:{}", pick(&KEYS), pick(&HOSTS)));
        }
        words.push(pick(&["+", "10+", "10+20", "+20", "5+50", "0+0"]));
        let text = words.join(" ");
        let [json, thrift] = spellings(&span(&text)).map(|(_, decode, body)| {
            let decoded = decode(body.into()).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(decoded.refused.first, None, "{text}");
            decoded.batch.to_spans().unwrap()
        });
        assert_eq!(json, thrift, "{text}");
        assert!((1..=HOSTS.len() + 2).contains(&json.len()), "{text}");
        for span in &json {
            assert_eq!(
                (span.trace_id, span.span_id),
                (json[0].trace_id, json[0].span_id)
            );
            assert!(!(span.shared && span.kind == Kind::Client), "{text}");
        }
        split += usize::from(json.len() > 1);
    }
    assert!(split > 1_000, "{split}");
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
