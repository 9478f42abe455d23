//! Realistic traces from a seed: walks the plan of the shop and writes down the spans.
mod describe;
mod plan;
mod shop;

use crate::random::{Random, scatter};
use crate::span::{Event, Host, Kind, Span, Text};

use plan::ENTRIES;
use shop::{Operation, SERVICES, Step};

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub seed: u64,
    pub data: Data,
}

/// How much of the data repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// The reference: what a shop with good instrumentation sends.
    Reference,
    /// Three more unique values on every span, clocks in nanoseconds, many processes a service.
    Hard,
}

/// What somebody outside would know of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub trace_id: u128,
    pub request: u64,
    pub user: u64,
}

pub const USERS: u64 = 200_000;

impl Known {
    /// The correlation id that the gateway gave this request.
    pub fn request_id(&self) -> String {
        format!("req-{:016x}", self.request)
    }

    pub fn user_id(&self) -> String {
        format!("user-{}", self.user)
    }
}

/// Makes one trace after another; the same options make the same traces.
#[derive(Debug)]
pub struct Generator {
    options: Options,
    random: Random,
    traces: u64,
}

impl Generator {
    pub const fn new(options: Options) -> Self {
        Self {
            options,
            random: Random::seeded(options.seed),
            traces: 0,
        }
    }

    /// The next trace, whose first span starts then. The spans are in the order of their start.
    pub fn trace(&mut self, start: u64) -> (Known, Vec<Span>) {
        self.traces += 1;
        let random = &mut self.random;
        let trace_id = (u128::from(random.number()) << 64) | u128::from(random.id());
        let (one, other) = (random.below(USERS), random.below(USERS));
        let known = Known {
            trace_id,
            // One to one, so that no two traces share a request id.
            request: scatter(self.options.seed.wrapping_add(self.traces)),
            // Some visitors come more often than others.
            user: one.min(other),
        };
        let mut walk = Walk {
            known,
            data: self.options.data,
            random,
            spans: Vec::new(),
        };
        let entry = walk.entry();
        walk.serve(entry, None, None, start);
        (known, walk.spans)
    }
}

/// One trace on its way.
struct Walk<'a> {
    known: Known,
    data: Data,
    random: &'a mut Random,
    spans: Vec<Span>,
}

/// When a step was over, and whether it failed.
#[derive(Clone, Copy)]
struct Outcome {
    end: u64,
    failed: bool,
}

impl Walk<'_> {
    fn entry(&mut self) -> &'static Operation {
        let mut draw = self.random.below(100);
        for (weight, operation) in ENTRIES {
            if draw < weight {
                return operation;
            }
            draw -= weight;
        }
        ENTRIES[0].1
    }

    /// The server's side of a request. `caller` is the process that asked.
    fn serve(
        &mut self,
        operation: &'static Operation,
        parent: Option<u64>,
        caller: Option<Host>,
        start: u64,
    ) -> Outcome {
        let host = self.host(operation.service);
        let name = format!("{} {}", operation.method, operation.route);
        let place = self.open(Kind::Server, host, name.into(), parent, start);
        let path = self.fill(operation.route);
        describe::server(self, place, operation, path, caller);
        let ready = start + self.pause(operation.work);
        let inner = self.steps(operation.steps, place, ready);
        let end = inner.end + self.pause(operation.work / 2);
        describe::answer(self, place, inner.failed);
        self.close(
            place,
            end,
            inner.failed.then_some("upstream request failed"),
        );
        Outcome {
            end,
            failed: inner.failed,
        }
    }

    /// One step after another; the first failure is the last step.
    fn steps(&mut self, steps: &'static [Step], parent: usize, start: u64) -> Outcome {
        let mut now = start;
        for step in steps {
            let outcome = self.step(step, parent, now);
            now = outcome.end + self.pause(40);
            if outcome.failed {
                return Outcome {
                    end: now,
                    failed: true,
                };
            }
        }
        Outcome {
            end: now,
            failed: false,
        }
    }

    fn step(&mut self, step: &'static Step, parent: usize, start: u64) -> Outcome {
        match step {
            Step::Call(operation) => self.call(operation, parent, start),
            Step::Sql(verb, table, statement) => {
                let place = self.child(Kind::Client, format!("{verb} {table}"), parent, start);
                describe::sql(self, place, verb, table, statement);
                self.leaf(place, 1_400, "canceling statement due to statement timeout")
            }
            Step::Cache(verb, key) => {
                let place = self.child(Kind::Client, (*verb).to_owned(), parent, start);
                describe::cache(self, place, verb, key);
                self.leaf(place, 320, "connection reset by peer")
            }
            Step::Work(function, typical) => {
                let place = self.child(Kind::Internal, (*function).to_owned(), parent, start);
                describe::work(self, place, function);
                let end = start + self.pause(*typical);
                self.close(place, end, None);
                Outcome { end, failed: false }
            }
            Step::Publish(topic, group, steps) => self.publish(topic, group, steps, parent, start),
            Step::External(host, method, path) => {
                let place = self.child(Kind::Client, (*method).to_owned(), parent, start);
                describe::external(self, place, host, method, path);
                self.leaf(place, 38_000, "deadline exceeded")
            }
            Step::Sometimes(percent, step) => {
                if self.random.below(100) < *percent {
                    self.step(step, parent, start)
                } else {
                    Outcome {
                        end: start,
                        failed: false,
                    }
                }
            }
            Step::Repeat(most, step) => {
                let mut outcome = Outcome {
                    end: start,
                    failed: false,
                };
                for _ in 0..self.random.between(1, *most) {
                    let next = outcome.end + self.pause(60);
                    outcome = self.step(step, parent, next);
                    if outcome.failed {
                        break;
                    }
                }
                outcome
            }
            Step::Together(steps) => {
                let outcomes: Vec<_> = steps
                    .iter()
                    .map(|step| {
                        let start = start + self.pause(30);
                        self.step(step, parent, start)
                    })
                    .collect();
                Outcome {
                    end: outcomes
                        .iter()
                        .map(|outcome| outcome.end)
                        .max()
                        .unwrap_or(start),
                    failed: outcomes.iter().any(|outcome| outcome.failed),
                }
            }
        }
    }

    fn call(&mut self, operation: &'static Operation, parent: usize, start: u64) -> Outcome {
        let name = operation.method.to_owned();
        let place = self.child(Kind::Client, name, parent, start);
        describe::request(self, place, operation);
        let (id, caller) = (self.spans[place].id, self.spans[place].host);
        let there = start + self.pause(260);
        let inner = self.serve(operation, Some(id), Some(caller), there);
        let end = inner.end + self.pause(220);
        describe::answer(self, place, inner.failed);
        self.close(
            place,
            end,
            inner.failed.then_some("500 Internal Server Error"),
        );
        Outcome {
            end,
            failed: inner.failed,
        }
    }

    /// The sender goes on at once; the message waits in the queue and is read by another service.
    fn publish(
        &mut self,
        topic: &'static str,
        group: &'static str,
        steps: &'static [Step],
        parent: usize,
        start: u64,
    ) -> Outcome {
        let place = self.child(Kind::Producer, format!("send {topic}"), parent, start);
        describe::send(self, place, topic);
        let end = start + self.pause(1_100);
        self.close(place, end, None);

        let id = self.spans[place].id;
        let read = end + self.pause(14_000);
        let host = self.host(group);
        let consumer = self.open(
            Kind::Consumer,
            host,
            format!("process {topic}").into(),
            Some(id),
            read,
        );
        describe::process(self, consumer, topic, group);
        let ready = read + self.pause(120);
        let inner = self.steps(steps, consumer, ready);
        self.close(
            consumer,
            inner.end,
            inner.failed.then_some("message was not processed"),
        );
        Outcome { end, failed: false }
    }

    fn leaf(&mut self, place: usize, typical: u64, message: &'static str) -> Outcome {
        let failed = self.random.chance(80);
        let end = self.spans[place].start + self.pause(if failed { typical * 4 } else { typical });
        describe::answer(self, place, failed);
        if failed {
            describe::exception(&mut self.spans[place], end, message);
        }
        self.close(place, end, failed.then_some(message));
        Outcome { end, failed }
    }

    fn child(&mut self, kind: Kind, name: String, parent: usize, start: u64) -> usize {
        let (id, host) = (self.spans[parent].id, self.spans[parent].host);
        self.open(kind, host, name.into(), Some(id), start)
    }

    fn open(
        &mut self,
        kind: Kind,
        host: Host,
        name: Text,
        parent: Option<u64>,
        start: u64,
    ) -> usize {
        self.spans.push(Span {
            trace_id: self.known.trace_id,
            id: self.random.id(),
            parent,
            kind,
            host,
            name,
            start,
            duration: 0,
            attributes: Vec::with_capacity(12),
            events: Vec::<Event>::new(),
            error: None,
            peer: None,
            shared: false,
        });
        self.spans.len() - 1
    }

    fn close(&mut self, place: usize, end: u64, error: Option<&'static str>) {
        if self.data == Data::Hard {
            describe::unique(self, place);
        }
        let span = &mut self.spans[place];
        span.duration = end.saturating_sub(span.start);
        span.error = error.map(Text::from);
    }

    /// So long, in the steps of this data's clocks.
    fn pause(&mut self, typical_us: u64) -> u64 {
        match self.data {
            Data::Reference => self.random.latency(typical_us) * 1000,
            Data::Hard => self.random.latency(typical_us * 1000),
        }
    }

    fn host(&mut self, service: &'static str) -> Host {
        let number = SERVICES
            .iter()
            .position(|name| *name == service)
            .unwrap_or(0) as u8;
        let instances = if self.data == Data::Hard { 40 } else { 3 };
        Host {
            service,
            number,
            instance: self.random.below(instances) as u8,
        }
    }

    /// The template with this request's values in it.
    fn fill(&mut self, template: &'static str) -> Text {
        if !template.contains('{') {
            return template.into();
        }
        let (number, sku) = (self.random.below(60_000), self.random.below(8_000));
        template
            .replace("{n}", &number.to_string())
            .replace("{sku}", &format!("sku-{sku}"))
            .replace("{user}", &self.known.user.to_string())
            .replace("{word}", &format!("w{}", self.random.below(3_000)))
            .into()
    }
}
