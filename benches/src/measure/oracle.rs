//! Holds answers to what was sent: the right traces, whole, the newest first in line, the right
//! names and counts. A fast answer that is wrong is no figure.
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::http::Answer;
use crate::ledger::{CONDITIONS, Entry, Ledger};

/// Which of two traces is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Hopline: the one whose root started later, to the microsecond.
    Root,
    /// Zipkin's memory store: the one with the latest span, to the millisecond.
    LatestSpan,
}

#[derive(Debug)]
pub struct Oracle<'a> {
    pub ledger: &'a Ledger,
    order: Order,
    by_id: HashMap<u128, &'a Entry>,
    by_user: HashMap<u64, Vec<&'a Entry>>,
    /// For each condition the moments of the traces that must be found, newest first.
    newest: Vec<Vec<u64>>,
}

/// The most traces that a search asks for.
pub const LIMIT: usize = 20;

type Verdict = Result<(), String>;

impl<'a> Oracle<'a> {
    pub fn new(ledger: &'a Ledger, order: Order) -> Self {
        let mut by_user: HashMap<u64, Vec<&Entry>> = HashMap::new();
        for entry in &ledger.traces {
            by_user.entry(entry.known.user).or_default().push(entry);
        }
        let newest = (0..CONDITIONS.len())
            .map(|place| {
                let found = ledger.traces.iter().filter(|entry| entry.fulfils(place));
                newest(found, order)
            })
            .collect();
        Self {
            ledger,
            order,
            by_id: ledger
                .traces
                .iter()
                .map(|entry| (entry.known.trace_id, entry))
                .collect(),
            by_user,
            newest,
        }
    }

    /// Zipkin's `/trace/{id}`: every span of that trace and no other.
    pub fn trace(&self, entry: &Entry, answer: &Answer) -> Verdict {
        let spans = read(answer)?;
        self.whole(&spans)
            .and_then(|found| same(&found.known.trace_id, &entry.known.trace_id))
    }

    /// Hopline's call tree of that trace, with every span.
    pub fn hops(&self, entry: &Entry, answer: &Answer) -> Verdict {
        let tree = read(answer)?;
        same(&id(&tree["traceId"])?, &entry.known.trace_id)?;
        same(&tree["spanCount"], &Value::from(entry.spans))?;
        same(&tree["truncated"], &Value::from(false))
    }

    /// Hopline's lookup of a correlation id: that trace and no other.
    pub fn lookup(&self, entry: &Entry, answer: &Answer) -> Verdict {
        let found = read(answer)?;
        let matches = list(&found["matches"])?;
        same(&matches.len(), &1)?;
        same(&id(&matches[0]["traceId"])?, &entry.known.trace_id)
    }

    /// Hopline's lookup of what no trace has.
    pub fn nothing(&self, answer: &Answer) -> Verdict {
        let found = read(answer)?;
        same(&list(&found["matches"])?.len(), &0)?;
        same(&found["truncated"], &Value::from(false))
    }

    /// Zipkin's `/traces` for that condition: the newest traces that fulfil it, whole.
    pub fn search(&self, place: usize, answer: &Answer) -> Verdict {
        let traces = read(answer)?;
        let found = self.each(&traces, |trace| self.whole(trace))?;
        self.are(&found, &self.newest[place], |entry| entry.fulfils(place))
    }

    /// Hopline's summaries for that condition.
    pub fn summaries(&self, place: usize, answer: &Answer) -> Verdict {
        let answer = read(answer)?;
        let found = self.each(&answer["traces"], |summary| {
            let entry = self.entry(id(&summary["traceId"])?)?;
            same(&summary["spanCount"], &Value::from(entry.spans)).map(|()| entry)
        })?;
        self.are(&found, &self.newest[place], |entry| entry.fulfils(place))
    }

    /// Zipkin's `/traces` for a tag that only the traces of this user carry.
    pub fn user(&self, entry: &Entry, answer: &Answer) -> Verdict {
        let traces = read(answer)?;
        let found = self.each(&traces, |trace| self.whole(trace))?;
        let user = entry.known.user;
        let own = self.by_user.get(&user).into_iter().flatten().copied();
        self.are(&found, &newest(own, self.order), |entry| {
            entry.known.user == user
        })
    }

    pub fn services(&self, answer: &Answer) -> Verdict {
        let sent: Vec<_> = self.ledger.names.keys().collect();
        same(&read(answer)?, &serde_json::json!(sent))
    }

    pub fn span_names(&self, service: &str, answer: &Answer) -> Verdict {
        let sent: Vec<_> = self
            .ledger
            .names
            .get(service)
            .into_iter()
            .flatten()
            .collect();
        same(&read(answer)?, &serde_json::json!(sent))
    }

    /// Who called whom how often, among the services that recorded spans. Whom else they named
    /// depends on the format.
    pub fn dependencies(&self, answer: &Answer) -> Verdict {
        self.calls(&read(answer)?, ["parent", "child", "callCount"])
    }

    /// The same of Hopline's edges, which tell the kinds of calls apart.
    pub fn edges(&self, answer: &Answer) -> Verdict {
        self.calls(&read(answer)?["edges"], ["caller", "callee", "requests"])
    }

    /// How often each service was asked.
    pub fn counts(&self, answer: &Answer) -> Verdict {
        let answer = read(answer)?;
        let found = list(&answer["services"])?.iter().filter_map(|row| {
            let service = self.own(&row["service"])?;
            Some((service, row["requests"].as_u64()?))
        });
        same(&found.collect(), &self.ledger.asked)
    }

    /// The page of one service: how often it was asked, and by all its callers together.
    pub fn service(&self, service: &str, answer: &Answer) -> Verdict {
        let answer = read(answer)?;
        same(
            &answer["requests"].as_u64(),
            &self.ledger.asked.get(service).copied(),
        )?;
        let sent = self.ledger.calls.iter();
        let sent: u64 = sent
            .filter(|((_, callee), _)| *callee == service)
            .map(|(_, calls)| calls)
            .sum();
        let found = list(&answer["edgesIn"])?.iter();
        let found = found.filter(|edge| self.own(&edge["caller"]).is_some());
        same(
            &found.filter_map(|edge| edge["requests"].as_u64()).sum(),
            &sent,
        )
    }

    fn calls(&self, links: &Value, [caller, callee, calls]: [&str; 3]) -> Verdict {
        let mut found: BTreeMap<_, u64> = BTreeMap::new();
        for link in list(links)? {
            if let (Some(caller), Some(callee)) = (self.own(&link[caller]), self.own(&link[callee]))
            {
                *found.entry((caller, callee)).or_default() += link[calls].as_u64().unwrap_or(0);
            }
        }
        let sent = &self.ledger.calls;
        match found
            .keys()
            .chain(sent.keys())
            .find(|link| found.get(*link) != sent.get(*link))
        {
            None => Ok(()),
            Some(link) => {
                let (found, sent) = (found.get(link), sent.get(link));
                Err(format!("{link:?}: {found:?} calls instead of {sent:?}"))
            }
        }
    }

    fn own(&self, service: &Value) -> Option<&'static str> {
        let (name, _) = self.ledger.names.get_key_value(service.as_str()?)?;
        Some(*name)
    }

    fn entry(&self, id: u128) -> Result<&'a Entry, String> {
        let entry = self.by_id.get(&id).copied();
        entry.ok_or_else(|| format!("trace {id:032x} was never sent"))
    }

    /// The trace that these spans are, if they are all of one.
    fn whole(&self, spans: &Value) -> Result<&'a Entry, String> {
        let spans = list(spans)?;
        let first = spans.first().ok_or("an empty trace")?;
        let entry = self.entry(id(&first["traceId"])?)?;
        let same_trace = spans.iter().all(|span| span["traceId"] == first["traceId"]);
        if !same_trace || spans.len() != entry.spans as usize {
            let (found, sent) = (spans.len(), entry.spans);
            return Err(format!("{found} spans where {sent} of one trace were sent"));
        }
        Ok(entry)
    }

    fn each(
        &self,
        values: &Value,
        entry: impl Fn(&Value) -> Result<&'a Entry, String>,
    ) -> Result<Vec<&'a Entry>, String> {
        list(values)?.iter().map(entry).collect()
    }

    /// Whether these are the wanted traces: each fulfils what was asked, none came twice, and
    /// together they are as new as the newest. Of two that are equally new either will do.
    fn are(&self, found: &[&Entry], wanted: &[u64], fulfils: impl Fn(&Entry) -> bool) -> Verdict {
        if let Some(stranger) = found.iter().find(|entry| !fulfils(entry)) {
            let id = stranger.known.trace_id;
            return Err(format!("trace {id:032x} does not fulfil the condition"));
        }
        let mut ids: Vec<_> = found.iter().map(|entry| entry.known.trace_id).collect();
        ids.sort_unstable();
        ids.dedup();
        same(&ids.len(), &wanted.len())?;
        let moments = newest(found.iter().copied(), self.order);
        if moments == wanted {
            Ok(())
        } else {
            Err("not the newest traces".to_owned())
        }
    }
}

fn newest<'a>(entries: impl Iterator<Item = &'a Entry>, order: Order) -> Vec<u64> {
    let mut moments: Vec<u64> = entries
        .map(|entry| match order {
            Order::Root => entry.start / 1_000,
            Order::LatestSpan => entry.newest / 1_000_000,
        })
        .collect();
    moments.sort_unstable_by_key(|moment| Reverse(*moment));
    moments.truncate(LIMIT);
    moments
}

fn read(answer: &Answer) -> Result<Value, String> {
    if answer.status != 200 {
        return Err(String::from_utf8_lossy(&answer.body).into_owned());
    }
    serde_json::from_slice(&answer.body).map_err(|error| error.to_string())
}

fn list(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| "not a list".to_owned())
}

fn id(value: &Value) -> Result<u128, String> {
    let text = value.as_str().unwrap_or_default();
    u128::from_str_radix(text, 16).map_err(|_| format!("{value} is not a trace id"))
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, sent: &T) -> Verdict {
    if found == sent {
        Ok(())
    } else {
        Err(format!("{found:?} instead of {sent:?}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::generate::{Data, Options};
    use crate::span::Span;
    use crate::stream::Stream;

    const NEWEST_OF_WEB: usize = 1;

    /// What was sent, and the traces as a server should tell them.
    fn sent() -> (Ledger, HashMap<u128, Value>) {
        let options = Options {
            seed: 7,
            data: Data::Reference,
        };
        let mut stream = Stream::new(options, 5_000, 1_790_000_000_000_000_000);
        let spans: Vec<Span> = stream.by_ref().flatten().collect();
        let mut traces: HashMap<u128, Value> = HashMap::new();
        for span in spans {
            let trace = traces.entry(span.trace_id).or_insert_with(|| json!([]));
            let span = json!({"traceId": format!("{:032x}", span.trace_id)});
            trace.as_array_mut().expect("it is a list").push(span);
        }
        (stream.ledger, traces)
    }

    fn answer(value: &Value) -> Answer {
        Answer {
            status: 200,
            body: value.to_string().into_bytes(),
        }
    }

    #[test]
    fn a_trace_must_be_that_one_and_whole() {
        let (ledger, traces) = sent();
        let oracle = Oracle::new(&ledger, Order::Root);
        let [one, other] = [ledger.traces[3], ledger.traces[4]];
        let right = &traces[&one.known.trace_id];
        assert_eq!(oracle.trace(&one, &answer(right)), Ok(()));

        let mut short = right.clone();
        short.as_array_mut().expect("it is a list").pop();
        let mut mixed = short.clone();
        let stranger = traces[&other.known.trace_id][0].clone();
        mixed.as_array_mut().expect("it is a list").push(stranger);
        let wrong = [&traces[&other.known.trace_id], &short, &mixed, &json!([])];
        for wrong in wrong {
            assert!(oracle.trace(&one, &answer(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_search_must_find_the_newest_and_nothing_else() {
        let (ledger, traces) = sent();
        for order in [Order::Root, Order::LatestSpan] {
            let oracle = Oracle::new(&ledger, order);
            let mut entries = ledger.traces.clone();
            entries.sort_by_key(|entry| {
                Reverse(match order {
                    Order::Root => entry.start,
                    Order::LatestSpan => entry.newest,
                })
            });
            let (found, strangers): (Vec<_>, Vec<_>) = entries
                .into_iter()
                .partition(|entry| entry.fulfils(NEWEST_OF_WEB));
            let told = |entries: &[&Entry]| {
                let traces: Vec<_> = entries
                    .iter()
                    .map(|entry| &traces[&entry.known.trace_id])
                    .collect();
                oracle.search(NEWEST_OF_WEB, &answer(&json!(traces)))
            };
            let right: Vec<&Entry> = found.iter().take(LIMIT).collect();
            assert_eq!(told(&right), Ok(()), "{order:?}");

            let late: Vec<&Entry> = found.iter().skip(1).take(LIMIT).collect();
            let mut doubled = right.clone();
            doubled[1] = doubled[0];
            let mut strange = right.clone();
            strange[0] = &strangers[0];
            for wrong in [&late, &doubled, &strange, &right[1..].to_vec(), &vec![]] {
                assert!(told(wrong).is_err(), "{order:?}");
            }
        }
    }

    #[test]
    fn names_and_calls_must_all_be_there() {
        let (ledger, _) = sent();
        let oracle = Oracle::new(&ledger, Order::Root);
        let services: Vec<_> = ledger.names.keys().collect();
        assert_eq!(oracle.services(&answer(&json!(services))), Ok(()));
        assert!(oracle.services(&answer(&json!(services[1..]))).is_err());

        let links: Vec<_> = ledger
            .calls
            .iter()
            .map(|((parent, child), count)| {
                json!({"parent": parent, "child": child, "callCount": count})
            })
            .chain([json!({"parent": "web", "child": "redis", "callCount": 1})])
            .collect();
        assert_eq!(oracle.dependencies(&answer(&json!(links))), Ok(()));
        let mut miscounted = links.clone();
        miscounted[0]["callCount"] = json!(1_000_000);
        for wrong in [json!(miscounted), json!(links[1..])] {
            assert!(oracle.dependencies(&answer(&wrong)).is_err());
        }
    }
}
