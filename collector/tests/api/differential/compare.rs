//! Two answers to one question. Each known difference is stated where it is let pass, as precisely
//! as it is known; `docs/zipkin-compatibility.md` has its row.
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::contradictions::Contradictions;
use super::elements::elements;
use super::round::{Kind, Round, filled};
use crate::client::Answer;
use crate::scenario::words::Words;

/// What was sent, as far as comparing needs it.
pub(super) struct Facts {
    /// In all names of this round and in none of others.
    suffix: String,
    /// The low halves of ids of traces with spans that are the same but for the case of letters.
    told_in_other_case: HashSet<String>,
    /// Start times in microseconds by the low half of a trace's id.
    times: HashMap<String, Times>,
    contradictions: Contradictions,
}

#[derive(Default)]
struct Times {
    /// Of spans without a parent.
    roots: Vec<u64>,
    /// The earliest of each trace id without a root, by the id.
    earliest: HashMap<String, u64>,
    ids: HashSet<String>,
}

impl Facts {
    pub(super) fn new(round: &Round, words: &Words, known: Vec<Value>) -> Self {
        let mut seen: HashMap<String, String> = HashMap::new();
        let mut told_in_other_case = HashSet::new();
        for post in round.lists.iter().flat_map(|list| &list.posts) {
            for span in filled(&post.spans, words) {
                let text = span.to_string();
                let other = seen.insert(text.to_lowercase(), text.clone());
                if other.is_some_and(|other| other != text) {
                    told_in_other_case.insert(low(span["traceId"].as_str().unwrap_or_default()));
                }
            }
        }
        let mut traces: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for span in &known {
            let id = low(span["traceId"].as_str().unwrap_or_default());
            traces.entry(id).or_default().push(span.clone());
        }
        let mut times: HashMap<String, Times> = HashMap::new();
        for span in known {
            let id = span["traceId"].as_str().unwrap_or_default();
            let times = times.entry(low(id)).or_default();
            times.ids.insert(id.to_owned());
            let Some(start) = span["timestamp"].as_u64() else {
                continue;
            };
            if span["parentId"].is_null() {
                times.roots.push(start);
            }
            let earliest = times.earliest.entry(id.to_owned()).or_insert(start);
            *earliest = start.min(*earliest);
        }
        Self {
            suffix: words.fill("<s>"),
            told_in_other_case,
            times,
            contradictions: Contradictions::among(&traces),
        }
    }

    /// A trace with several roots, or whose id is in use in two widths, has more than one time: which
    /// of them counts is Zipkin's order of storage. True if some are in the window and some are not.
    fn may_be_in_or_out(&self, id: &str, window: &Window) -> bool {
        self.times.get(&low(id)).is_some_and(|times| {
            let all = times.roots.iter().chain(times.earliest.values());
            let inside = all.clone().filter(|time| window.contains(**time)).count();
            inside != 0 && inside != all.count() && (times.roots.len() > 1 || times.ids.len() > 1)
        })
    }

    fn has_twin(&self, id: &str) -> bool {
        self.times
            .get(&low(id))
            .is_some_and(|times| times.ids.len() > 1)
    }
}

/// The window of a search in microseconds, both ends in it.
struct Window(i64, i64);

impl Window {
    fn of(path: &str) -> Self {
        let number = |name: &str| -> i64 {
            let (_, value) = path.split_once(name).unwrap_or_default();
            value
                .split('&')
                .next()
                .and_then(|value| value.parse().ok())
                .unwrap_or_default()
        };
        let (end, lookback) = (number("endTs="), number("lookback="));
        Self((end - lookback) * 1_000, end * 1_000)
    }

    const fn contains(&self, micros: u64) -> bool {
        self.0 <= micros as i64 && micros as i64 <= self.1
    }
}

/// Both take it, or both refuse it and say the same why.
pub(super) fn posts(reference: &Answer, subject: &Answer) -> Result<(), String> {
    // Where in the list it is, and which codec says so, are not part of what is compared.
    let why = |answer: &Answer| {
        let text = answer.text();
        let end = [" at line ", " at $", " reading "]
            .iter()
            .filter_map(|mark| text.find(mark))
            .min();
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let (expected, found) = (
        (reference.status, why(reference)),
        (subject.status, why(subject)),
    );
    if expected == found {
        Ok(())
    } else {
        Err(format!("Zipkin answers {expected:?}, Hopline {found:?}"))
    }
}

/// Zipkin ends an answer with zeros where it has escapes beside letters outside ASCII.
fn text(answer: &Answer) -> String {
    answer.text().trim_end_matches('\0').to_owned()
}

pub(super) fn json(answer: &Answer) -> Option<Value> {
    serde_json::from_str(&text(answer)).ok()
}

/// The answers to each path of a question; `path` is the first of them.
pub(super) fn answers(
    kind: Kind,
    path: &str,
    reference: &[Answer],
    subject: &[Answer],
    facts: &Facts,
) -> Result<(), String> {
    for (expected, found) in reference.iter().zip(subject) {
        let head = |answer: &Answer| {
            (
                answer.status,
                answer.header("content-type").map(str::to_owned),
            )
        };
        if head(expected) != head(found) {
            return Err("status or type differ".to_owned());
        }
        if expected.status != 200 {
            return equal(text(expected), text(found), "what is said differs");
        }
    }
    let (expected, found) = (text(&reference[0]), text(&subject[0]));
    match kind {
        Kind::Names => equal(names(&expected)?, names(&found)?, "the names differ"),
        Kind::NamesOfAll => {
            let own = |text: &str| -> Result<Vec<String>, String> {
                let mut names = names(text)?;
                names.retain(|name| name.contains(&facts.suffix));
                Ok(names)
            };
            equal(own(&expected)?, own(&found)?, "the names differ")
        }
        Kind::Links => {
            let own = |text: &str| -> Option<Vec<String>> {
                let links = elements(text)?
                    .into_iter()
                    .filter(|link| link.contains(&facts.suffix))
                    .filter(|link| !facts.contradictions.touch(link));
                let mut links: Vec<String> = links.map(str::to_owned).collect();
                links.sort_unstable();
                Some(links)
            };
            equal(own(&expected), own(&found), "the links differ")
        }
        Kind::Trace => {
            let (expected, found) = (trace(&expected)?, trace(&found)?);
            same_trace(&expected, found, facts)
        }
        Kind::Many => {
            let (expected, found) = (traces(&expected)?, traces(&found)?);
            for trace in &found {
                let other = expected.iter().find(|other| other.id == trace.id);
                let other = other.ok_or_else(|| format!("{} should not be there", trace.id))?;
                same_trace(other, trace.clone(), facts)?;
            }
            let ids = |traces: &[Trace]| {
                let mut ids: Vec<String> = traces.iter().map(|trace| trace.id.clone()).collect();
                // Zipkin looks them up by their low half.
                if ids.iter().any(|id| facts.has_twin(id)) {
                    ids.sort_unstable();
                }
                ids
            };
            equal(
                ids(&expected),
                ids(&found),
                "other traces, or in another order",
            )
        }
        Kind::Search(limit) => {
            let (expected, found) = (traces(&expected)?, traces(&found)?);
            let window = Window::of(path);
            searched(&expected, &found, &window, facts)?;
            if let (Some(limit), [_, expected_first], [_, found_first]) =
                (limit, reference, subject)
            {
                let first = |some: &Answer, all: &[Trace]| -> Result<bool, String> {
                    let some = traces(&text(some))?;
                    let ids = |traces: &[Trace]| -> Vec<String> {
                        traces
                            .iter()
                            .take(limit)
                            .map(|trace| trace.id.clone())
                            .collect()
                    };
                    Ok(some.len() == limit.min(all.len()) && ids(&some) == ids(all))
                };
                if !first(found_first, &found)? {
                    return Err("with a limit it is not the first of all".to_owned());
                }
                let has_twins = expected.iter().any(|trace| facts.has_twin(&trace.id));
                if !has_twins && !first(expected_first, &expected)? {
                    return Err("Zipkin's with a limit is not the first of all".to_owned());
                }
            }
            Ok(())
        }
    }
}

/// As they are read: Zipkin writes letters beyond 16 bits as two escapes, here alone.
fn names(text: &str) -> Result<Vec<String>, String> {
    serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))
}

/// A trace in an answer: its spans as they are spelled there.
#[derive(Clone, Debug)]
struct Trace {
    id: String,
    /// Sorted.
    spans: Vec<String>,
    /// When it began, in microseconds; none if it has several roots.
    began: Option<u64>,
}

fn traces(text: &str) -> Result<Vec<Trace>, String> {
    elements(text)
        .ok_or("it is no list")?
        .into_iter()
        .map(trace)
        .collect()
}

fn trace(text: &str) -> Result<Trace, String> {
    let spelled = elements(text).ok_or("it is no list")?;
    let mut spans = Vec::new();
    for span in &spelled {
        let span: Value = serde_json::from_str(span).map_err(|error| format!("{error}: {span}"))?;
        spans.push(span);
    }
    let id = spans.first().ok_or("an empty trace")?["traceId"].as_str();
    let times = |of_roots: bool| {
        let of = spans
            .iter()
            .filter(move |span| !of_roots || span["parentId"].is_null());
        of.filter_map(|span| span["timestamp"].as_u64())
    };
    let began = match times(true).count() {
        0 => times(false).min(),
        1 => times(true).next(),
        _ => None,
    };
    let mut spelled: Vec<String> = spelled.into_iter().map(str::to_owned).collect();
    spelled.sort_unstable();
    Ok(Trace {
        id: id.ok_or("a span without a trace id")?.to_owned(),
        spans: spelled,
        began,
    })
}

fn same_trace(expected: &Trace, mut found: Trace, facts: &Facts) -> Result<(), String> {
    if facts.told_in_other_case.contains(&low(&expected.id)) {
        // Zipkin folds names before it looks for what is there twice.
        found.spans.dedup();
    }
    equal(
        &expected.spans,
        &found.spans,
        &format!("the spans of {} differ", expected.id),
    )
}

fn searched(
    expected: &[Trace],
    found: &[Trace],
    window: &Window,
    facts: &Facts,
) -> Result<(), String> {
    for (these, those, word) in [(expected, found, "missing"), (found, expected, "too many")] {
        for trace in these {
            match those.iter().find(|other| other.id == trace.id) {
                Some(other) if word == "missing" => same_trace(trace, other.clone(), facts)?,
                Some(_) => {}
                None if facts.may_be_in_or_out(&trace.id, window) => {}
                None => return Err(format!("{} is {word}", trace.id)),
            }
        }
    }
    // Zipkin orders traces by their latest span in the window, Hopline by when they began.
    let order: Vec<_> = found
        .iter()
        .filter_map(|trace| Some((trace.began?, low(&trace.id))))
        .collect();
    if order
        .iter()
        .zip(order.iter().skip(1))
        .any(|(one, next)| one < next)
    {
        return Err(format!("the newest are not first: {order:?}"));
    }
    Ok(())
}

/// The last sixteen digits.
fn low(id: &str) -> String {
    let padded = format!("{id:0>16}");
    padded[padded.len() - 16..].to_owned()
}

fn equal<T: PartialEq + std::fmt::Debug>(expected: T, found: T, text: &str) -> Result<(), String> {
    if expected == found {
        Ok(())
    } else {
        Err(format!(
            "{text}:\n    Zipkin  {expected:?}\n    Hopline {found:?}"
        ))
    }
}
