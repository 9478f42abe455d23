//! Plays a round: posts its lists to all peers, asks them all, and tells the first difference.
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bodies;
use super::compare::{self, Facts};
use super::generate::LISTS;
use super::peers::{Peer, Peers};
use super::round::{Question, Round};
use super::spans::TRACES;
use crate::client::Answer;
use crate::scenario::words::Words;

/// Where two peers say other things.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    /// None if they differ about a post.
    pub(super) question: Option<Question>,
    /// Which of the subjects.
    pub(super) subject: usize,
    pub(super) text: String,
}

pub(super) fn play(peers: &mut Peers, round: &Round) -> Result<(), Difference> {
    let posts = || round.lists.iter().flat_map(|list| &list.posts);
    let words = peers.next_place(posts().map(|post| post.spans.len() + 1).sum());
    for phase in 0..round.phases() {
        post_all(peers, round, phase, &words)?;
    }
    ask_all(peers, round, &words)
}

fn post_all(
    peers: &mut Peers,
    round: &Round,
    phase: usize,
    words: &Words,
) -> Result<(), Difference> {
    let settles = round.settles_after.contains(&phase);
    let mut bodies = Vec::new();
    for (number, list) in round.lists.iter().enumerate() {
        if let Some(post) = list.posts.get(phase) {
            let last = last_span(number, phase);
            let (path, content_type) = post.spelling.door();
            bodies.push((path, content_type, bodies::body(post, &last, words), last));
        }
    }
    let answers = of_each(peers, |peer| {
        let mut answers = Vec::new();
        let mut awaited = Vec::new();
        for (path, content_type, body, last) in &bodies {
            let answer = peer.ask("POST", path, &[("content-type", content_type)], body);
            if answer.status == 202 {
                awaited.push(words.fill(last["traceId"].as_str().unwrap_or_default()));
            }
            answers.push(answer);
        }
        if peer.is_late() {
            wait_for(peer, &awaited);
        }
        if settles {
            peer.settle();
        }
        answers
    });
    let (reference, subjects) = answers.split_first().expect("a reference");
    for (number, (peer, subject)) in peers.subjects.iter().zip(subjects).enumerate() {
        for (position, answer) in subject.iter().enumerate() {
            let expected = &reference[position];
            compare::posts(expected, answer).map_err(|text| Difference {
                question: None,
                subject: number,
                text: format!("{}: POST {}: {text}", peer.name, bodies[position].0),
            })?;
        }
    }
    Ok(())
}

/// A span that is sent last, of a trace of its own that no search finds: when it is there, so are
/// the others.
fn last_span(list: usize, phase: usize) -> Value {
    let number = LISTS * TRACES + list;
    let trace_id = if phase == 0 {
        format!("<{number}>")
    } else {
        format!("<W{number}>")
    };
    json!({"traceId": trace_id, "id": "1"})
}

fn wait_for(peer: &mut Peer, traces: &[String]) {
    /// The real server's longest request line holds more.
    const AT_ONCE: usize = 100;
    for traces in traces.chunks(AT_ONCE) {
        let path = match traces {
            [one] => format!("/api/v2/trace/{one}"),
            many => format!("/api/v2/traceMany?traceIds={}", many.join(",")),
        };
        let began = Instant::now();
        loop {
            let answer = peer.get(&path);
            let found: Vec<Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
            if found.len() == traces.len() {
                break;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{} keeps {} of {}: {path}",
                peer.name,
                found.len(),
                traces.len()
            );
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

fn ask_all(peers: &mut Peers, round: &Round, words: &Words) -> Result<(), Difference> {
    let asked: Vec<&Question> = round.asked().map(|(_, question)| question).collect();
    let answers = of_each(peers, |peer| {
        let answers = asked.iter().map(|question| {
            let paths = question.paths(words);
            paths.iter().map(|path| peer.get(path)).collect::<Vec<_>>()
        });
        answers.collect::<Vec<_>>()
    });
    let (reference, subjects) = answers.split_first().expect("a reference");
    let facts = Facts::new(round, words, known_traces(peers, round, words));
    for (position, question) in asked.iter().enumerate() {
        for (number, (peer, subject)) in peers.subjects.iter().zip(subjects).enumerate() {
            let (expected, found) = (&reference[position], &subject[position]);
            let paths = question.paths(words);
            let compared = compare::answers(question.kind, &paths[0], expected, found, &facts);
            compared.map_err(|text| Difference {
                question: Some((*question).clone()),
                subject: number,
                text: format!(
                    "{}: GET {}: {text}\n  Zipkin: {}\n  Hopline: {}",
                    peer.name,
                    paths.join(" and "),
                    told(expected),
                    told(found),
                ),
            })?;
        }
    }
    Ok(())
}

/// The traces of the round as the reference keeps them, each whatever is asked.
fn known_traces(peers: &mut Peers, round: &Round, words: &Words) -> Vec<Value> {
    let mut ids: Vec<String> = Vec::new();
    for span in round
        .lists
        .iter()
        .flat_map(|list| &list.posts)
        .flat_map(|post| &post.spans)
    {
        let id = words.fill(span["traceId"].as_str().unwrap_or_default());
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let mut known = Vec::new();
    for id in ids {
        let answer = peers.reference.get(&format!("/api/v2/trace/{id}"));
        let spans = compare::json(&answer).and_then(|spans| spans.as_array().cloned());
        known.extend(spans.unwrap_or_default());
    }
    known
}

fn told(answers: &[Answer]) -> String {
    /// Of all names that there are the first do.
    const LETTERS_MAX: usize = 4_000;
    let told = answers.iter().map(|answer| {
        let kind = answer.header("content-type").unwrap_or("-");
        let text: String = answer.text().chars().take(LETTERS_MAX).collect();
        format!("{} {kind} {text}", answer.status)
    });
    told.collect::<Vec<_>>().join("\n    and ")
}

/// Lets every peer do the same at once; what each gave, the reference first.
fn of_each<T: Send>(peers: &mut Peers, work: impl Fn(&mut Peer) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = peers
            .all()
            .map(|peer| scope.spawn(move || work(peer)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}
