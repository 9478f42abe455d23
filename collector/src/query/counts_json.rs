//! Counts and latencies as JSON: durations in nanoseconds, within 1 %; null where no duration is
//! known. What was counted most comes first.
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use storage::dependency::CallKind;
use storage::rollup::{Cell, Counted, Counts, Exemplars, Subject};
use storage::span::Kind;

use super::services::searched;
use crate::json_out::{
    put_bool, put_decimal, put_items, put_number, put_optional, put_text as put_quoted,
};

const MINUTE_MS: u64 = 60_000;

/// Counts beside those of as much time just before.
pub(super) struct Compared {
    now: Counts,
    /// `None` when there was no time before.
    before: Option<BTreeMap<Subject, Cell>>,
}

impl Compared {
    pub(super) fn new(mut now: Counts, before: Option<Counts>) -> Self {
        now.rows.sort_by_key(|row| Reverse(row.whole.count));
        let before = before.map(|before| {
            now.truncated |= before.truncated;
            let rows = before.rows.into_iter();
            rows.map(|row| (row.subject, row.whole)).collect()
        });
        Self { now, before }
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.now.rows.iter().map(|counted| Row {
            counted,
            before: self
                .before
                .as_ref()
                .map(|before| before.get(&counted.subject)),
        })
    }
}

/// A row of an answer and what was counted of it before.
struct Row<'a> {
    counted: &'a Counted,
    before: Option<Option<&'a Cell>>,
}

/// The answer of `GET /api/hopline/services`.
pub(super) fn services(counts: &Compared) -> Vec<u8> {
    let mut out = head(&counts.now, counts.now.truncated);
    out.extend_from_slice(b",\"services\":");
    put_items(&mut out, counts.rows(), |out, row| {
        out.push(b'{');
        put_row(out, &row);
        out.push(b'}');
    });
    out.push(b'}');
    out
}

/// The answer of `GET /api/hopline/services/{service}`.
pub(super) fn service(
    name: &str,
    whole: &Compared,
    operations: &Compared,
    edges: &Compared,
) -> Vec<u8> {
    let truncated = [whole, operations, edges].map(|counts| counts.now.truncated);
    let mut out = head(&whole.now, truncated.contains(&true));
    out.push(b',');
    let subject = Subject::Service(Some(name.to_owned()));
    let silent = Counted {
        subject: subject.clone(),
        whole: Cell::default(),
        points: Vec::new(),
    };
    let nothing = Row {
        counted: &silent,
        before: (whole.before.as_ref()).map(|before| before.get(&subject)),
    };
    put_row(&mut out, &whole.rows().next().unwrap_or(nothing));
    out.extend_from_slice(b",\"operations\":");
    put_items(&mut out, operations.rows(), |out, row| {
        out.push(b'{');
        put_row(out, &row);
        put_exemplars(out, &row.counted.whole.exemplars);
        out.push(b'}');
    });
    let side = |is_in: bool| {
        edges.rows().filter(move |row| match &row.counted.subject {
            Subject::Edge { caller, callee, .. } => (if is_in { callee } else { caller }) == name,
            _ => false,
        })
    };
    out.extend_from_slice(b",\"edgesIn\":");
    put_items(&mut out, side(true), put_edge);
    out.extend_from_slice(b",\"edgesOut\":");
    put_items(&mut out, side(false), put_edge);
    out.push(b'}');
    out
}

/// The answer of `GET /api/hopline/dependencies`; `recorded` are the services with spans.
pub(super) fn dependencies(edges: &Compared, recorded: &Counts) -> Vec<u8> {
    let mut out = head(&edges.now, edges.now.truncated || recorded.truncated);
    out.extend_from_slice(b",\"edges\":");
    put_items(&mut out, edges.rows(), put_edge);
    out.extend_from_slice(b",\"services\":");
    put_items(&mut out, nodes(edges, recorded), |out, (name, kind)| {
        out.extend_from_slice(b"{\"service\":");
        put_quoted(out, name);
        out.extend_from_slice(b",\"virtual\":");
        put_bool(out, kind != Node::Service);
        out.extend_from_slice(b",\"kind\":");
        put_quoted(out, kind.text());
        out.push(b'}');
    });
    out.push(b'}');
    out
}

/// What stands at the end of an edge. The earlier one, if calls say different things.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// It recorded spans.
    Service,
    Database,
    Queue,
    /// Somebody of whom only others tell.
    Peer,
}

impl Node {
    const fn text(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Database => "database",
            Self::Queue => "queue",
            Self::Peer => "peer",
        }
    }

    const fn of_edge(kind: CallKind) -> Self {
        match kind {
            CallKind::Database => Self::Database,
            CallKind::Messaging => Self::Queue,
            CallKind::Rpc | CallKind::Other => Self::Peer,
        }
    }
}

fn nodes<'a>(edges: &'a Compared, recorded: &'a Counts) -> BTreeMap<&'a str, Node> {
    let services = recorded.rows.iter().filter_map(|row| match &row.subject {
        Subject::Service(name) => name.as_deref(),
        _ => None,
    });
    let mut nodes: BTreeMap<&str, Node> = services.map(|name| (name, Node::Service)).collect();
    let recorded: BTreeSet<&str> = nodes.keys().copied().collect();
    for row in &edges.now.rows {
        if let Subject::Edge {
            caller,
            callee,
            kind,
        } = &row.subject
        {
            for name in [caller.as_str(), callee] {
                if !recorded.contains(name) {
                    let node = nodes.entry(name).or_insert(Node::Peer);
                    *node = (*node).min(Node::of_edge(*kind));
                }
            }
        }
    }
    nodes
}

/// The beginning of an answer, without a comma behind.
fn head(counts: &Counts, truncated: bool) -> Vec<u8> {
    let range = searched(counts);
    let mut out = Vec::with_capacity(4_096);
    out.extend_from_slice(b"{\"searched\":{\"from\":");
    put_number(&mut out, range.from_ms);
    out.extend_from_slice(b",\"to\":");
    put_number(&mut out, range.to_ms);
    out.extend_from_slice(b"},\"stepMs\":");
    put_number(&mut out, u64::from(counts.steps.length) * MINUTE_MS);
    out.extend_from_slice(b",\"truncated\":");
    put_bool(&mut out, truncated);
    out
}

fn put_edge(out: &mut Vec<u8>, row: Row<'_>) {
    out.push(b'{');
    put_row(out, &row);
    put_exemplars(out, &row.counted.whole.exemplars);
    out.push(b'}');
}

/// Who it is, the counts, those before, and how they went.
fn put_row(out: &mut Vec<u8>, row: &Row<'_>) {
    put_subject(out, &row.counted.subject);
    out.push(b',');
    put_cell(out, &row.counted.whole);
    out.extend_from_slice(b",\"before\":");
    let nothing = Cell::default();
    put_optional(out, row.before, |out, cell| {
        out.push(b'{');
        put_cell(out, cell.unwrap_or(&nothing));
        out.push(b'}');
    });
    out.extend_from_slice(b",\"series\":");
    put_items(out, &row.counted.points, |out, (minute, cell)| {
        out.extend_from_slice(b"{\"startMs\":");
        put_number(out, u64::from(*minute) * MINUTE_MS);
        out.push(b',');
        put_cell(out, cell);
        out.push(b'}');
    });
}

fn put_subject(out: &mut Vec<u8>, subject: &Subject) {
    match subject {
        Subject::Service(name) => {
            out.extend_from_slice(b"\"service\":");
            put_optional(out, name.as_deref(), put_quoted);
        }
        Subject::Operation {
            operation, kind, ..
        } => {
            out.extend_from_slice(b"\"operation\":");
            put_optional(out, operation.as_deref(), put_quoted);
            out.extend_from_slice(b",\"kind\":");
            put_quoted(out, Kind::from_number((*kind).into()).name());
        }
        Subject::Edge {
            caller,
            callee,
            kind,
        } => {
            out.extend_from_slice(b"\"caller\":");
            put_quoted(out, caller);
            out.extend_from_slice(b",\"callee\":");
            put_quoted(out, callee);
            out.extend_from_slice(b",\"kind\":");
            put_quoted(
                out,
                match kind {
                    CallKind::Rpc => "rpc",
                    CallKind::Messaging => "messaging",
                    CallKind::Database => "database",
                    CallKind::Other => "other",
                },
            );
        }
    }
}

fn put_cell(out: &mut Vec<u8>, cell: &Cell) {
    out.extend_from_slice(b"\"requests\":");
    put_number(out, cell.count.max(0));
    out.extend_from_slice(b",\"errors\":");
    put_number(out, cell.errors.max(0));
    let quantiles = cell.sketch.quantiles([0.5, 0.9, 0.99]);
    for (position, name) in ["p50", "p90", "p99"].into_iter().enumerate() {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"Nano\":");
        let nanos = quantiles.map(|quantiles| quantiles[position].round() as u64);
        put_optional(out, nanos, put_number);
    }
}

/// Traces to look at, each once: the slowest, the latest that failed, the latest. Of the first only
/// the duration is kept, of the others only the start.
fn put_exemplars(out: &mut Vec<u8>, exemplars: &Exemplars) {
    let Exemplars {
        slowest,
        error,
        recent,
    } = *exemplars;
    let failed = error.map(|error| error.trace);
    let mut told = Vec::with_capacity(3);
    let mut rows = Vec::with_capacity(3);
    for (exemplar, is_start) in [(slowest, false), (error, true), (recent, true)] {
        if let Some(exemplar) = exemplar.filter(|one| !told.contains(&one.trace)) {
            told.push(exemplar.trace);
            rows.push((exemplar, is_start));
        }
    }
    out.extend_from_slice(b",\"exemplars\":");
    put_items(out, rows, |out, (exemplar, is_start)| {
        let measure = |wanted: bool| (is_start == wanted).then_some(exemplar.measure);
        out.extend_from_slice(b"{\"traceId\":");
        put_quoted(out, &exemplar.trace.to_string());
        out.extend_from_slice(b",\"startTimeUnixNano\":");
        put_optional(out, measure(true), put_decimal);
        out.extend_from_slice(b",\"durationNano\":");
        put_optional(out, measure(false), put_number);
        out.extend_from_slice(b",\"error\":");
        // Others may have failed before it.
        let is_known = failed == Some(exemplar.trace);
        put_optional(out, is_known.then_some(true), put_bool);
        out.push(b'}');
    });
}
