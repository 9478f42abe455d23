//! The shop that the load comes from: twenty services and how their work is written down. What
//! each of them does is in `plan.rs`.

/// One thing that a service answers.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) service: &'static str,
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    /// Own work before the first step and after the last, in microseconds.
    pub(super) work: u64,
    pub(super) steps: &'static [Step],
}

/// One line of the plan.
pub(super) const fn operation(
    service: &'static str,
    method: &'static str,
    route: &'static str,
    work: u64,
    steps: &'static [Step],
) -> Operation {
    Operation {
        service,
        method,
        route,
        work,
        steps,
    }
}

#[derive(Debug)]
pub(super) enum Step {
    /// A request to another service: a client span and a server span.
    Call(&'static Operation),
    /// PostgreSQL: verb, table, statement.
    Sql(&'static str, &'static str, &'static str),
    /// Redis: verb, key.
    Cache(&'static str, &'static str),
    /// Own work worth a span: function, microseconds.
    Work(&'static str, u64),
    /// Kafka: topic, consuming service, what it does then.
    Publish(&'static str, &'static str, &'static [Self]),
    /// Somebody else's API: host, method, path.
    External(&'static str, &'static str, &'static str),
    /// Only so many times in a hundred.
    Sometimes(u64, &'static Self),
    /// One to so many times, one after another.
    Repeat(u64, &'static Self),
    /// All at once; the slowest decides.
    Together(&'static [Self]),
}

pub(super) const SERVICES: [&str; 20] = [
    "gateway",
    "web",
    "auth",
    "users",
    "catalog",
    "search",
    "recommendation",
    "reviews",
    "cart",
    "pricing",
    "promotion",
    "tax",
    "inventory",
    "orders",
    "payment",
    "fraud",
    "shipping",
    "invoice",
    "email",
    "analytics",
];
