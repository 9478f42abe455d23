//! The spans for one run: as requests that were made before the clock starts, or that are made
//! while others are sent, where all of them would not fit into memory.
use std::sync::mpsc::{self, Receiver};
use std::thread;

use clap::ValueEnum;
use storage::time::Clock;

use crate::generate::{Data, Options};
use crate::ledger::Ledger;
use crate::span::Span;
use crate::stream::Stream;
use crate::{otlp, zipkin};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Otlp,
    /// The same messages over gRPC.
    Grpc,
    Zipkin,
}

/// Which spans.
#[derive(Clone, Copy, Debug)]
pub struct Traffic {
    pub format: Format,
    pub data: Data,
    pub seed: u64,
    pub spans: usize,
}

/// Requests, and what is in them.
#[derive(Debug)]
pub struct Prepared {
    pub bodies: Vec<Vec<u8>>,
    pub ledger: Ledger,
}

/// Requests that lie ready while others are under way.
const READY: usize = 64;

impl Traffic {
    pub fn prepare(self) -> Prepared {
        let mut stream = self.stream();
        let bodies = stream
            .by_ref()
            .map(|spans| self.format.body(&spans))
            .collect();
        Prepared {
            bodies,
            ledger: stream.ledger,
        }
    }

    /// Makes the requests in a thread of their own while `send` takes them.
    pub fn live<R>(self, send: impl FnOnce(Receiver<Vec<u8>>) -> R) -> (R, Ledger) {
        thread::scope(|scope| {
            let (sender, bodies) = mpsc::sync_channel(READY);
            let maker = scope.spawn(move || {
                let mut stream = self.stream();
                for spans in stream.by_ref() {
                    if sender.send(self.format.body(&spans)).is_err() {
                        break;
                    }
                }
                stream.ledger
            });
            let sent = send(bodies);
            (sent, maker.join().unwrap_or_default())
        })
    }

    fn stream(self) -> Stream {
        let options = Options {
            seed: self.seed,
            data: self.data,
        };
        // The traffic ends now: servers look for recent spans, and drop old ones.
        let start = Clock::System.now_ms() * 1_000_000 - Stream::length(self.spans);
        Stream::new(options, self.spans, start)
    }
}

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Otlp => "OTLP protobuf",
            Self::Grpc => "OTLP gRPC",
            Self::Zipkin => "Zipkin v2 JSON",
        }
    }

    pub const fn path(self) -> &'static str {
        match self {
            Self::Otlp => "/v1/traces",
            Self::Grpc => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Zipkin => "/api/v2/spans",
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Otlp => "application/x-protobuf",
            Self::Grpc => "application/grpc",
            Self::Zipkin => "application/json",
        }
    }

    pub fn body(self, spans: &[Span]) -> Vec<u8> {
        match self {
            Self::Otlp | Self::Grpc => otlp::protobuf(spans),
            Self::Zipkin => zipkin::json(spans),
        }
    }
}
