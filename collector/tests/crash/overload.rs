//! Far more senders than the server can serve: what it takes it keeps, what it cannot it refuses in
//! order, and its memory stays bounded.
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
use storage::contract::generate::Dice;

use crate::begin;
use crate::client::Connection;
use crate::load::assert_well_formed;
use crate::server::{BINARY, Doors, Server};
use crate::spans::{Request, text};

const MEMORY_MB: u64 = 128;
/// What a server may use beyond `--memory`: its code, the index writer, two memtables of rows, and
/// the stacks and buffers of its connections.
const OVERHEAD_MB: u64 = 192;
/// As many as it takes to be busy.
const FEW: usize = 8;
const MANY: usize = 200;
/// Of a request: with 200 under way at once more than the memory takes.
const SPANS: usize = 2_000;
/// Of each of the turns: few senders, then many, and again.
const TURN: Duration = Duration::from_secs(4);
const TURNS: usize = 2;

/// What a crowd of senders saw.
#[derive(Default)]
struct Crowd {
    acknowledged: AtomicU64,
    refused: AtomicU64,
    slowest_refusal: Mutex<Duration>,
    /// The first of every so many acknowledged traces.
    kept: Mutex<Vec<[u8; 16]>>,
}

#[test]
fn overload_is_refused_in_order_and_memory_stays_bounded() {
    let (_turn, seed) = begin("overload");
    let folder = tempfile::tempdir().expect("a folder for the data");
    let memory = format!("{MEMORY_MB}MB");
    let command = std::process::Command::new(BINARY);
    let mut server = Server::spawn_as(command, folder.path(), "fsync", &["--memory", &memory]);
    server.wait_until_ready();
    let body = Body::template();
    let (few, many) = (Crowd::default(), Crowd::default());
    let mut largest = 0;
    for turn in 0..TURNS {
        // The few send as fast as they are served; the many ten times as much as those were.
        let mut pace = Duration::ZERO;
        for (crowd, senders) in [(&few, FEW), (&many, MANY)] {
            let doors = server.doors();
            let served_before = crowd.acknowledged.load(Ordering::Relaxed);
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                for sender in 0..senders {
                    let dice = Dice::new(seed ^ (turn * 10_000 + senders * 1_000 + sender) as u64);
                    let (body, stop) = (body.clone(), &stop);
                    scope.spawn(move || crowd.send(doors, body, dice, pace, stop));
                }
                let began = Instant::now();
                while began.elapsed() < TURN {
                    server.watch(Duration::from_millis(50));
                    largest = largest.max(server.resident_bytes());
                }
                stop.store(true, Ordering::Relaxed);
            });
            let served = crowd.acknowledged.load(Ordering::Relaxed) - served_before;
            pace = TURN * MANY as u32 / (10 * served.max(1) as u32);
        }
    }
    let seconds = (TURN * TURNS as u32).as_secs_f64();
    let rates = [&few, &many].map(|crowd| {
        let spans = crowd.acknowledged.load(Ordering::Relaxed) as f64 * SPANS as f64;
        spans / seconds
    });
    let refused = [&few, &many].map(|crowd| crowd.refused.load(Ordering::Relaxed));
    let slowest = *many.slowest_refusal.lock().expect("no sender panicked");
    let largest_mb = largest >> 20;
    eprintln!(
        "{FEW} senders: {:.0} spans/s, {} refused; {MANY} senders: {:.0} spans/s ({:.0} %), {} refused, the slowest refusal after {slowest:?}; at most {largest_mb} MB of memory, --memory {MEMORY_MB}",
        rates[0],
        refused[0],
        rates[1],
        rates[1] / rates[0] * 100.0,
        refused[1],
    );
    let mut connection = Connection::open(server.doors().http);
    for crowd in [&few, &many] {
        for id in crowd.kept.lock().expect("no sender panicked").iter() {
            let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            let path = format!("/api/v2/trace/{id}");
            let answer = connection.ask("GET", &path, &[], b"").expect("it answers");
            assert_eq!(answer.status, 200, "seed {seed}: trace {id}");
            let spans = answer.json();
            assert_eq!(
                spans.as_array().map(Vec::len),
                Some(SPANS),
                "seed {seed}: trace {id}"
            );
        }
    }
    server.terminate();
    assert!(refused[1] > 0, "{MANY} senders were no overload");
    assert!(
        largest_mb <= MEMORY_MB + OVERHEAD_MB,
        "{largest_mb} MB of memory"
    );
    assert!(
        rates[1] >= 0.8 * rates[0],
        "the more come, the less is done: {rates:?} spans/s"
    );
}

impl Crowd {
    /// One sender, who sends every so often, whatever he hears: a refused request is followed by
    /// the next.
    fn send(
        &self,
        doors: Doors,
        mut body: Body,
        mut dice: Dice,
        pace: Duration,
        stop: &AtomicBool,
    ) {
        let mut connection = Connection::open(doors.otlp);
        let mut next = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            next += pace;
            let id = body.renew(&mut dice);
            let request = &body.request;
            let headers = [("content-type", request.content_type)];
            let began = Instant::now();
            let answer = connection.ask("POST", request.path, &headers, &request.body);
            let answer = answer.expect("the server answers, whatever it says");
            match answer.status {
                200 => {
                    if self
                        .acknowledged
                        .fetch_add(1, Ordering::Relaxed)
                        .is_multiple_of(50)
                    {
                        self.kept.lock().expect("no sender panicked").push(id);
                    }
                }
                429 | 503 => {
                    assert_well_formed(request, &answer);
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    let mut slowest = self.slowest_refusal.lock().expect("no sender panicked");
                    *slowest = began.elapsed().max(*slowest);
                }
                status => panic!("{status}: {}", answer.text()),
            }
            std::thread::park_timeout(next.saturating_duration_since(Instant::now()));
        }
    }
}

/// A request whose trace id is replaced in place: senders must cost less than the server.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) request: Request,
    /// Where the trace ids are.
    places: Vec<usize>,
}

impl Body {
    /// As many spans as a collector sends at once.
    pub(crate) fn template() -> Self {
        Self::of(SPANS)
    }

    pub(crate) fn renew(&mut self, dice: &mut Dice) -> [u8; 16] {
        let (high, low) = (dice.roll(u64::MAX) + 1, dice.roll(u64::MAX) + 1);
        let id = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        for place in &self.places {
            self.request.body[*place..place + 16].copy_from_slice(&id);
        }
        id
    }

    pub(crate) fn of(spans: usize) -> Self {
        let placeholder = [0xab; 16];
        let span = |number: usize| Span {
            trace_id: placeholder.to_vec(),
            span_id: (number as u64 + 1).to_be_bytes().to_vec(),
            name: format!("get /cart/{}", number % 7),
            start_time_unix_nano: 1_700_000_000_000_000_000 + number as u64 * 1_000,
            end_time_unix_nano: 1_700_000_000_900_000_000 + number as u64 * 7_000,
            attributes: vec![
                text("http.path", &format!("/cart/{number}/items")),
                text("user", &format!("user-{}", number * 7_919 % 1_000)),
            ],
            ..Span::default()
        };
        let body = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource {
                    attributes: vec![text("service.name", "cart")],
                    ..Resource::default()
                }),
                scope_spans: vec![ScopeSpans {
                    spans: (0..spans).map(span).collect(),
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        }
        .encode_to_vec();
        let places: Vec<usize> = body
            .windows(16)
            .enumerate()
            .filter(|(_, bytes)| *bytes == placeholder)
            .map(|(place, _)| place)
            .collect();
        assert_eq!(places.len(), spans);
        Self {
            request: Request {
                is_otlp: true,
                path: "/v1/traces",
                content_type: "application/x-protobuf",
                body,
            },
            places,
        }
    }
}
