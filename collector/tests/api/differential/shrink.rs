//! The smallest round that still differs: lists go, then posts, spans, fields and conditions.
use serde_json::Value;

use super::play::Difference;
use super::round::{Kind, Round, Spelling};

/// Plays that are spent on it at most.
const PLAYS_MAX: usize = 600;

/// `differs` plays a round and tells how it differs, if it does.
pub(super) fn shrink(
    round: Round,
    difference: Difference,
    mut differs: impl FnMut(&Round) -> Option<Difference>,
) -> (Round, Difference) {
    let mut smallest = (round, difference);
    let mut plays = 0;
    'again: loop {
        for smaller in smaller(&smallest.0, &smallest.1) {
            if plays == PLAYS_MAX {
                return smallest;
            }
            plays += 1;
            if let Some(difference) = differs(&smaller) {
                smallest = (smaller, difference);
                continue 'again;
            }
        }
        return smallest;
    }
}

/// What is left when one thing goes, the largest things first.
fn smaller(round: &Round, difference: &Difference) -> Vec<Round> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Round)| {
        let mut smaller = round.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    if round.asked().count() > 1 {
        with(&|smaller| {
            for list in &mut smaller.lists {
                list.questions.clear();
            }
            smaller.questions = difference.question.clone().into_iter().collect();
        });
    }
    let lists = round.lists.len();
    // A list keeps its place, so that its times and ids stay: it is emptied.
    let mut pieces = lists.next_power_of_two();
    while pieces > 0 {
        for from in (0..lists).step_by(pieces) {
            let piece = from..lists.min(from + pieces);
            if piece
                .clone()
                .any(|list| !round.lists[list].posts.is_empty())
            {
                with(&|smaller| {
                    for list in piece.clone() {
                        smaller.lists[list].posts.clear();
                    }
                });
            }
        }
        pieces /= 2;
    }
    for phase in 0..round.settles_after.len() {
        with(&|smaller| _ = smaller.settles_after.remove(phase));
    }
    for list in 0..lists {
        for post in 0..round.lists[list].posts.len() {
            with(&|smaller| _ = smaller.lists[list].posts.remove(post));
            if post > 0 {
                with(&|smaller| {
                    let later = smaller.lists[list].posts.remove(post);
                    smaller.lists[list].posts[post - 1]
                        .spans
                        .extend(later.spans);
                });
            }
            let own = &round.lists[list].posts[post];
            let plain = match own.spelling {
                Spelling::Proto3 => Some(Spelling::V2Json),
                Spelling::Thrift => Some(Spelling::V1Json),
                _ => None,
            };
            if let Some(plain) = plain {
                with(&|smaller| smaller.lists[list].posts[post].spelling = plain);
            }
            for span in 0..own.spans.len() {
                with(&|smaller| _ = smaller.lists[list].posts[post].spans.remove(span));
            }
            for (span, value) in own.spans.iter().enumerate() {
                for less in parts_removed(value) {
                    with(&|smaller| smaller.lists[list].posts[post].spans[span] = less.clone());
                }
            }
        }
    }
    if let [question] = round.questions.as_slice() {
        for ask in conditions_removed(&question.ask) {
            with(&|smaller| smaller.questions[0].ask.clone_from(&ask));
        }
        if matches!(question.kind, Kind::Search(Some(_))) {
            with(&|smaller| smaller.questions[0].kind = Kind::Search(None));
        }
    }
    all
}

/// The value without one of its fields or elements, at any depth.
fn parts_removed(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(fields) => {
            for (key, inside) in fields {
                let mut less = fields.clone();
                less.remove(key);
                all.push(less.into());
                all.extend(parts_removed(inside).into_iter().map(|inside| {
                    let mut less = fields.clone();
                    less.insert(key.clone(), inside);
                    less.into()
                }));
            }
        }
        Value::Array(elements) => {
            for (position, inside) in elements.iter().enumerate() {
                let mut less = elements.clone();
                less.remove(position);
                all.push(less.into());
                all.extend(parts_removed(inside).into_iter().map(|inside| {
                    let mut less = elements.clone();
                    less[position] = inside;
                    less.into()
                }));
            }
        }
        _ => {}
    }
    all
}

/// The path without one of its parameters; without its window it would ask about now.
fn conditions_removed(path: &str) -> Vec<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parameters: Vec<&str> = query.split('&').filter(|one| !one.is_empty()).collect();
    let stays = |parameter: &str| {
        ["endTs=", "lookback=", "traceIds=", "key="]
            .iter()
            .any(|name| parameter.starts_with(name))
            || (parameter.starts_with("serviceName=") && !path.ends_with("/traces"))
    };
    let positions = 0..parameters.len();
    positions
        .filter(|position| !stays(parameters[*position]))
        .map(|position| {
            let mut left = parameters.clone();
            left.remove(position);
            format!("{path}?{}", left.join("&"))
        })
        .collect()
}
