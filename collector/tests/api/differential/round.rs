//! A round: some lists of spans and the questions about them, as text with the words of
//! [`Words`] for ids, names and times, so that the same round can be played again elsewhere.
use serde_json::Value;

use crate::scenario::words::Words;

/// Lists that are posted and asked about together; they share one time, a stretch for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Round {
    pub(super) lists: Vec<List>,
    /// About all the lists.
    pub(super) questions: Vec<Question>,
    /// A store that arranges later what it keeps does so after these posts.
    pub(super) settles_after: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// One after the other.
    pub(super) posts: Vec<Post>,
    pub(super) questions: Vec<Question>,
}

#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) spelling: Spelling,
    /// Spans of Zipkin's first or second model, as the spelling wants them. A time is a text such
    /// as `<now+5>`, and a number when it is sent.
    pub(super) spans: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    V2Json,
    Proto3,
    V1Json,
    Thrift,
}

/// What is asked for, and how two answers compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// A path.
    pub(super) ask: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The spans of one trace, in any order.
    Trace,
    /// Traces by their ids.
    Many,
    /// Traces that a search finds; asked without a limit, and again with this one.
    Search(Option<usize>),
    /// Names of one service: exactly.
    Names,
    /// Names of all lists that ever were: those of the round, in their order.
    NamesOfAll,
    /// Who calls whom: in any order.
    Links,
}

/// No search finds as many traces as one round has.
pub(super) const LIMIT_OF_ALL: usize = 500;

impl Question {
    pub(super) fn new(ask: impl Into<String>, kind: Kind) -> Self {
        let ask = ask.into();
        Self { ask, kind }
    }

    /// The paths that are asked for, in turn.
    pub(super) fn paths(&self, words: &Words) -> Vec<String> {
        let path = words.fill(&self.ask);
        match self.kind {
            Kind::Search(limit) => [Some(LIMIT_OF_ALL), limit]
                .into_iter()
                .flatten()
                .map(|limit| format!("{path}&limit={limit}"))
                .collect(),
            _ => vec![path],
        }
    }
}

impl Round {
    pub(super) fn phases(&self) -> usize {
        let posts = self.lists.iter().map(|list| list.posts.len());
        posts.max().unwrap_or(0)
    }

    /// Every question with the list that it is about.
    pub(super) fn asked(&self) -> impl Iterator<Item = (Option<usize>, &Question)> {
        let of_lists = self.lists.iter().enumerate().flat_map(|(number, list)| {
            let questions = list.questions.iter();
            questions.map(move |question| (Some(number), question))
        });
        of_lists.chain(self.questions.iter().map(|question| (None, question)))
    }

    /// The round as a scenario that a file in `collector/tests/scenarios/` can take.
    pub(super) fn as_scenario(&self) -> String {
        let mut lines = vec![
            "[[scenario]]".to_owned(),
            "name = \"\"".to_owned(),
            "steps = [".to_owned(),
        ];
        for phase in 0..self.phases() {
            for post in self.lists.iter().filter_map(|list| list.posts.get(phase)) {
                let (path, _) = post.spelling.door();
                let body = spelled(&post.spans);
                let note = match post.spelling {
                    Spelling::V2Json | Spelling::V1Json => String::new(),
                    other => format!(" # sent as {other:?}"),
                };
                lines.push(format!(
                    "  {{ ask = \"POST {path}\", body = '{body}' }},{note}"
                ));
            }
            if self.settles_after.contains(&phase) {
                lines.push("  # Here the local store arranged what it had.".to_owned());
            }
        }
        for (_, question) in self.asked() {
            lines.push(format!(
                "  {{ ask = \"GET {}\", answer = '' }},",
                question.ask
            ));
        }
        lines.push("]".to_owned());
        lines.join("\n")
    }
}

/// As JSON in which the times are numbers, still as words.
fn spelled(spans: &[Value]) -> String {
    /// Stands in no text of a list.
    const BARE: char = '\u{e000}';
    fn bare(value: &mut Value) {
        match value {
            Value::String(text) if is_time(text) => *text = format!("{BARE}{text}{BARE}"),
            Value::Array(elements) => elements.iter_mut().for_each(bare),
            Value::Object(fields) => fields.values_mut().for_each(bare),
            _ => {}
        }
    }
    let mut spans = Value::from(spans.to_vec());
    bare(&mut spans);
    let text = spans.to_string();
    text.replace(&format!("\"{BARE}"), "")
        .replace(&format!("{BARE}\""), "")
}

/// The spans with ids, names and times for their words.
pub(super) fn filled(spans: &[Value], words: &Words) -> Vec<Value> {
    fn fill(value: &Value, words: &Words) -> Value {
        match value {
            Value::String(text) if is_time(text) => {
                words.fill(text).parse::<i64>().expect("a time").into()
            }
            Value::String(text) => words.fill(text).into(),
            Value::Array(elements) => elements.iter().map(|one| fill(one, words)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, one)| (words.fill(key), fill(one, words)))
                .collect(),
            other => other.clone(),
        }
    }
    spans.iter().map(|span| fill(span, words)).collect()
}

fn is_time(text: &str) -> bool {
    text.starts_with("<now") && text.ends_with('>')
}

impl Spelling {
    /// Where it is posted and under which type.
    pub(super) const fn door(self) -> (&'static str, &'static str) {
        match self {
            Self::V2Json => ("/api/v2/spans", "application/json"),
            Self::Proto3 => ("/api/v2/spans", "application/x-protobuf"),
            Self::V1Json => ("/api/v1/spans", "application/json"),
            Self::Thrift => ("/api/v1/spans", "application/x-thrift"),
        }
    }
}
