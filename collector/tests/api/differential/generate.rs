//! Rounds from a seed: the same seed gives the same round everywhere.
use serde_json::{Value, json};
use storage::contract::generate::Dice;

use super::first_model;
use super::questions;
use super::round::{List, Post, Round, Spelling};
use super::spans::{self, Place};

/// As many lists as trace ids of two digits allow ([`spans::TRACES`] each, and one of the waiting).
pub(super) const LISTS: usize = 25;

pub(super) fn round(seed: u64, lists: usize) -> Round {
    let mut dice = Dice::new(seed);
    let lists: Vec<List> = (0..lists.min(LISTS))
        .map(|list| self::list(&mut dice, Place { list }))
        .collect();
    let questions = questions::of_all(&mut dice, &lists);
    let settles_after = (0..2).filter(|_| dice.chance(2)).collect();
    Round {
        lists,
        questions,
        settles_after,
    }
}

fn list(dice: &mut Dice, place: Place) -> List {
    let spelling = match dice.roll(8) {
        0 => Spelling::V1Json,
        1 => Spelling::Thrift,
        2 => Spelling::Proto3,
        _ => Spelling::V2Json,
    };
    let mut spans = match spelling {
        Spelling::V2Json | Spelling::Proto3 => spans::spans(dice, place),
        Spelling::V1Json | Spelling::Thrift => first_model::spans(dice, place),
    };
    let questions = questions::of_list(dice, place, &spans);
    if dice.chance(25) && spelling == Spelling::V2Json {
        let bad = bad_span(dice, place);
        let position = dice.roll(spans.len() as u64 + 1) as usize;
        spans.insert(position, bad);
    }
    let second = match dice.roll(3) {
        0 => spans.split_off(dice.roll(spans.len() as u64) as usize),
        _ => Vec::new(),
    };
    let post = |spans| Post { spelling, spans };
    let mut posts = vec![post(spans)];
    if !second.is_empty() {
        posts.push(post(second));
    }
    List { posts, questions }
}

/// A span for which both refuse the list.
fn bad_span(dice: &mut Dice, place: Place) -> Value {
    let mut span = json!({"traceId": place.trace_id(dice, 0), "id": "e"});
    let (field, value) = match dice.roll(12) {
        0 => ("traceId", json!("ABC")),
        1 => ("traceId", json!("0")),
        2 => ("traceId", json!("")),
        3 => ("id", json!("0123456789abcdef0")),
        4 => ("id", json!("x")),
        5 => ("id", json!("0000000000000000")),
        6 => ("kind", json!("client")),
        7 => ("timestamp", json!("abc")),
        8 => ("tags", json!({"a": null})),
        9 => ("annotations", json!([{"timestamp": 1}])),
        10 => ("localEndpoint", json!({"port": 65_536})),
        _ => ("parentId", json!("")),
    };
    span[field] = value;
    span
}
