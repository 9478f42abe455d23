//! `zipkin.proto3.ListOfSpans` as prost derives it, and random ones: the oracle of our walker.
use std::collections::BTreeMap;

use prost::Message;
use storage::contract::generate::Dice;

#[derive(Clone, PartialEq, Message)]
pub(super) struct ListOfSpans {
    #[prost(message, repeated, tag = "1")]
    pub(super) spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Span {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) parent_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) id: Vec<u8>,
    #[prost(int32, tag = "4")]
    pub(super) kind: i32,
    #[prost(string, tag = "5")]
    pub(super) name: String,
    #[prost(fixed64, tag = "6")]
    pub(super) timestamp: u64,
    #[prost(uint64, tag = "7")]
    pub(super) duration: u64,
    #[prost(message, optional, tag = "8")]
    pub(super) local_endpoint: Option<Endpoint>,
    #[prost(message, optional, tag = "9")]
    pub(super) remote_endpoint: Option<Endpoint>,
    #[prost(message, repeated, tag = "10")]
    pub(super) annotations: Vec<Annotation>,
    #[prost(btree_map = "string, string", tag = "11")]
    pub(super) tags: BTreeMap<String, String>,
    #[prost(bool, tag = "12")]
    pub(super) debug: bool,
    #[prost(bool, tag = "13")]
    pub(super) shared: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Endpoint {
    #[prost(string, tag = "1")]
    pub(super) service_name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) ipv4: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub(super) ipv6: Vec<u8>,
    #[prost(int32, tag = "4")]
    pub(super) port: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Annotation {
    #[prost(fixed64, tag = "1")]
    pub(super) timestamp: u64,
    #[prost(string, tag = "2")]
    pub(super) value: String,
}

const TEXTS: [&str; 6] = ["", "a", "Web", "http.method", "zwölf \"x\"", "🦀"];

fn text(dice: &mut Dice) -> String {
    TEXTS[dice.roll(TEXTS.len() as u64) as usize].to_owned()
}

/// Bytes of an id; seldom ones that cannot be.
fn id(dice: &mut Dice, usual: usize) -> Vec<u8> {
    let length = match dice.roll(12) {
        0 => 0,
        1 => usual + 1,
        2 => 1 + dice.roll(usual as u64) as usize,
        _ => usual,
    };
    let zero = dice.roll(20) == 0;
    let byte = |dice: &mut Dice| if zero { 0 } else { dice.roll(4) as u8 };
    (0..length).map(|_| byte(dice)).collect()
}

fn time(dice: &mut Dice) -> u64 {
    match dice.roll(8) {
        0 => 0,
        1 => u64::MAX - dice.roll(9),
        2 => 1_795_164_009_123_456_789 * dice.roll(9),
        _ => 1_472_470_996_199_000 + dice.roll(99),
    }
}

fn endpoint(dice: &mut Dice) -> Option<Endpoint> {
    (dice.roll(4) > 0).then(|| Endpoint {
        service_name: text(dice),
        ipv4: if dice.roll(2) == 0 {
            vec![1, 2, 3, dice.roll(9) as u8]
        } else {
            Vec::new()
        },
        ipv6: match dice.roll(4) {
            0 => [vec![0x20, 1, 0xd], vec![dice.roll(9) as u8; 13]].concat(),
            1 => [vec![0; 15], vec![1]].concat(),
            2 => vec![7; dice.roll(20) as usize],
            _ => Vec::new(),
        },
        port: dice.roll(70_000) as i32 - 3_000,
    })
}

pub(super) fn span(dice: &mut Dice) -> Span {
    Span {
        trace_id: id(dice, 16),
        parent_id: if dice.roll(2) == 0 {
            id(dice, 8)
        } else {
            Vec::new()
        },
        id: id(dice, 8),
        kind: dice.roll(7) as i32 - 1,
        name: text(dice),
        timestamp: time(dice),
        duration: if dice.roll(4) == 0 {
            0
        } else {
            dice.roll(1_000_000)
        },
        local_endpoint: endpoint(dice),
        remote_endpoint: endpoint(dice),
        annotations: (0..dice.roll(4))
            .map(|_| Annotation {
                timestamp: dice.roll(3),
                value: text(dice),
            })
            .collect(),
        tags: (0..dice.roll(5))
            .map(|_| (text(dice), text(dice)))
            .collect(),
        debug: dice.roll(4) == 0,
        shared: dice.roll(4) == 0,
    }
}
