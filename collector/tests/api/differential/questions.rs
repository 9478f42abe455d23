//! What is asked about generated lists: of what is in them, and of what nearly is.
use std::collections::BTreeSet;

use serde_json::Value;
use storage::contract::generate::Dice;

use super::generate::LISTS;
use super::round::{Kind, List, Question};
use super::spans::{Place, TRACES};
use super::texts::{encoded, has_control, other_case};

/// Keys whose values both complete (`AUTOCOMPLETE_KEYS`).
pub(super) const COMPLETED_KEYS: &str = "env,http.method,k,é";

/// What a list says, by what can be asked for.
#[derive(Default)]
struct Said {
    traces: Vec<String>,
    services: Vec<String>,
    remotes: Vec<String>,
    names: Vec<String>,
    conditions: Vec<String>,
    durations: Vec<i64>,
    times: Vec<i64>,
    /// A time is far from the others.
    far: bool,
}

pub(super) fn of_list(dice: &mut Dice, place: Place, spans: &[Value]) -> Vec<Question> {
    let mut said = Said::default();
    spans.iter().for_each(|span| said.read(span));
    let mut questions = Vec::new();
    let traces: BTreeSet<&String> = said.traces.iter().collect();
    for id in &traces {
        questions.push(Question::new(format!("/api/v2/trace/{id}"), Kind::Trace));
    }
    if dice.chance(3) {
        let other = place.trace_id(dice, 0);
        let end = dice.pick(&["", "%20"]);
        questions.push(Question::new(
            format!("/api/v2/trace/{other}{end}"),
            Kind::Trace,
        ));
    }
    if dice.chance(3) {
        let mut ids: Vec<String> = traces.into_iter().cloned().collect();
        ids.push(place.trace_id(dice, TRACES - 1));
        questions.push(Question::new(
            format!("/api/v2/traceMany?traceIds={}", ids.join(",")),
            Kind::Many,
        ));
    }
    for _ in 0..4 {
        questions.push(said.search(dice, place));
    }
    let service = said.service(dice);
    for names in ["spans", "remoteServices"] {
        let ask = format!("/api/v2/{names}?serviceName={}", encoded(&service));
        questions.push(Question::new(ask, Kind::Names));
    }
    if !said.far {
        let ask = format!(
            "/api/v2/dependencies?{}",
            whole(place.middle(), place.middle())
        );
        questions.push(Question::new(ask, Kind::Links));
    }
    questions
}

/// From the first to the last time, with some minutes around them, in microseconds.
fn whole(first: i64, last: i64) -> String {
    const AROUND_MS: i64 = 180_000;
    let end = last / 1_000 + AROUND_MS;
    let lookback = end - (first / 1_000 - AROUND_MS);
    format!("endTs=<ms{end:+}>&lookback={lookback}")
}

/// Questions about the lists of a round together.
pub(super) fn of_all(dice: &mut Dice, lists: &[List]) -> Vec<Question> {
    let mut said = Said::default();
    let spans = lists
        .iter()
        .flat_map(|list| &list.posts)
        .flat_map(|post| &post.spans);
    spans.for_each(|span| said.read(span));
    let window = whole(Place { list: LISTS }.middle(), 0);
    // From the first millisecond, since Zipkin counts traces without a time at zero, to one that is
    // beyond all times of spans.
    let ever = "endTs=18000000000000&lookback=17999999999999";
    let mut questions = vec![
        Question::new("/api/v2/services", Kind::NamesOfAll),
        Question::new("/api/v2/autocompleteKeys", Kind::Names),
        Question::new(format!("/api/v2/dependencies?{ever}"), Kind::Links),
        Question::new(format!("/api/v2/traces?{window}"), Kind::Search(Some(3))),
    ];
    for key in COMPLETED_KEYS.split(',') {
        let ask = format!("/api/v2/autocompleteValues?key={}", encoded(key));
        questions.push(Question::new(ask, Kind::NamesOfAll));
    }
    for _ in 0..4 {
        let conditions = said.conditions(dice);
        questions.push(Question::new(
            format!("/api/v2/traces?{window}{conditions}"),
            Kind::Search(None),
        ));
        let service = said.service(dice);
        questions.push(Question::new(
            format!("/api/v2/traces?{window}&serviceName={}", encoded(&service)),
            Kind::Search(Some(1 + dice.roll(4) as usize)),
        ));
    }
    questions
}

impl Said {
    fn read(&mut self, span: &Value) {
        let text = |value: &Value| {
            let text = value.as_str().filter(|text| !has_control(text));
            text.map(str::to_owned)
        };
        self.traces.extend(text(&span["traceId"]));
        self.names.extend(text(&span["name"]));
        self.services
            .extend(text(&span["localEndpoint"]["serviceName"]));
        self.remotes
            .extend(text(&span["remoteEndpoint"]["serviceName"]));
        self.durations.extend(span["duration"].as_i64());
        self.read_time(&span["timestamp"]);
        for annotation in span["annotations"].as_array().into_iter().flatten() {
            self.conditions.extend(text(&annotation["value"]));
            self.services
                .extend(text(&annotation["endpoint"]["serviceName"]));
        }
        for (key, value) in span["tags"].as_object().into_iter().flatten() {
            self.add_tag(key, value);
        }
        for tag in span["binaryAnnotations"].as_array().into_iter().flatten() {
            self.remotes.extend(text(&tag["endpoint"]["serviceName"]));
            self.add_tag(tag["key"].as_str().unwrap_or_default(), &tag["value"]);
        }
    }

    fn add_tag(&mut self, key: &str, value: &Value) {
        self.conditions.push(key.to_owned());
        let condition = format!("{key}={}", value.as_str().unwrap_or_default());
        if !has_control(&condition) {
            self.conditions.push(condition);
        }
    }

    fn read_time(&mut self, value: &Value) {
        let word = value
            .as_str()
            .and_then(|text| text.strip_prefix("<now")?.strip_suffix('>'));
        match word.map(str::parse::<i64>) {
            Some(Ok(time)) => self.times.push(time),
            _ => self.far |= !value.is_null(),
        }
    }

    fn service(&self, dice: &mut Dice) -> String {
        match some_of(dice, &self.services) {
            Some(service) => other_case(dice, &service),
            None => "nobody<s>".to_owned(),
        }
    }

    fn search(&self, dice: &mut Dice, place: Place) -> Question {
        let mut ask = format!("/api/v2/traces?{}", self.window(dice, place));
        if dice.chance(2) {
            ask += &format!("&serviceName={}", encoded(&self.service(dice)));
        }
        ask += &self.conditions(dice);
        let limit = dice.chance(4).then(|| 1 + dice.roll(2) as usize);
        Question::new(ask, Kind::Search(limit))
    }

    /// The whole time of the list, or a window that ends at one of its spans or near it.
    fn window(&self, dice: &mut Dice, place: Place) -> String {
        let middle = place.middle();
        match some_of(dice, &self.times) {
            Some(time) if dice.chance(3) => {
                let end = time.div_euclid(1_000) + dice.roll(3) as i64 - 1;
                let lookback = dice.pick(&[1, 2, 1_000, 5_000, 240_000]);
                format!("endTs=<ms{end:+}>&lookback={lookback}")
            }
            _ => whole(middle, middle),
        }
    }

    fn conditions(&self, dice: &mut Dice) -> String {
        let mut text = String::new();
        if dice.chance(4)
            && let Some(name) = some_of(dice, &self.names)
        {
            text += &format!("&spanName={}", encoded(&other_case(dice, &name)));
        }
        if dice.chance(5)
            && let Some(remote) = some_of(dice, &self.remotes)
        {
            text += &format!("&remoteServiceName={}", encoded(&other_case(dice, &remote)));
        }
        let wanted = dice.roll(3);
        let conditions: Vec<String> = (0..wanted).filter_map(|_| self.condition(dice)).collect();
        if !conditions.is_empty() {
            text += &format!("&annotationQuery={}", encoded(&conditions.join(" and ")));
        }
        if dice.chance(4) {
            let some = some_of(dice, &self.durations).filter(|duration| *duration > 0);
            let min = some.unwrap_or(100) + dice.roll(2) as i64;
            text += &format!("&minDuration={min}");
            if dice.chance(2) {
                text += &format!("&maxDuration={}", min + dice.pick(&[0, 1, 1_000]));
            }
        }
        text
    }

    /// One that both understand alike: an empty one is a known difference.
    fn condition(&self, dice: &mut Dice) -> Option<String> {
        let condition = some_of(dice, &self.conditions)?;
        let condition = match dice.roll(12) {
            0 => condition.to_uppercase().replace("<S>", "<s>"),
            1 => format!(" {condition} "),
            2 => format!("{condition}="),
            _ => condition,
        };
        let mut parts = condition.split(" and ");
        parts
            .all(|part| !part.trim().is_empty())
            .then_some(condition)
    }
}

fn some_of<T: Clone>(dice: &mut Dice, list: &[T]) -> Option<T> {
    let count = list.len() as u64;
    (count > 0).then(|| list[dice.roll(count) as usize].clone())
}
