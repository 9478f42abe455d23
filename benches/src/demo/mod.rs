//! A small shop that is always open: ten services, half of them speaking Zipkin and half
//! OpenTelemetry, within the same traces.
mod report;
mod scenes;
mod script;

pub use report::Reporter;
use script::Script;

use crate::random::Random;
use crate::span::Span;

/// One visit: its spans, the last of which ended just before now, and how to find it.
#[derive(Debug)]
pub struct Visit {
    /// What happens in it, for people.
    pub story: &'static str,
    pub trace_id: u128,
    pub request_id: String,
    pub spans: Vec<Span>,
}

/// What a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Zipkin,
    OtlpProtobuf,
    OtlpJson,
}

/// The services and their languages. Two of them that speak Zipkin share the span between them.
pub const SERVICES: [(&str, Language); 10] = [
    ("gateway", Language::Zipkin),
    ("web", Language::OtlpProtobuf),
    ("auth", Language::Zipkin),
    ("catalog", Language::OtlpJson),
    ("cart", Language::Zipkin),
    ("orders", Language::OtlpProtobuf),
    ("inventory", Language::Zipkin),
    ("payment", Language::OtlpJson),
    ("shipping", Language::Zipkin),
    ("email", Language::OtlpProtobuf),
];

/// How far the clock of inventory's machine is behind the others.
const INVENTORY_BEHIND_NS: u64 = 35_000_000;

/// One visit that ends now, in nanoseconds since the epoch.
pub fn visit(random: &mut Random, now: u64) -> Visit {
    let mut script = Script::new(random, now);
    let story = scenes::play(&mut script, now);
    let late = script
        .spans
        .iter()
        .map(Span::end)
        .max()
        .unwrap_or(now)
        .saturating_sub(now);
    for span in &mut script.spans {
        let behind = if span.host.service == "inventory" {
            INVENTORY_BEHIND_NS
        } else {
            0
        };
        span.start -= late + behind;
        for event in &mut span.events {
            event.time -= late + behind;
        }
    }
    Visit {
        story,
        trace_id: script.trace_id,
        request_id: script.request_id,
        spans: script.spans,
    }
}

fn language(service: &str) -> Language {
    SERVICES
        .iter()
        .find(|(name, _)| *name == service)
        .map_or(Language::Zipkin, |(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_790_000_000_000_000_000;

    #[test]
    fn visits_cross_languages_and_leave_no_span_without_its_parent() {
        let mut random = Random::seeded(1);
        let mut stories = std::collections::BTreeSet::new();
        let (mut shared, mut errors) = (0, 0);
        for _ in 0..300 {
            let visit = visit(&mut random, NOW);
            stories.insert(visit.story);
            for span in &visit.spans {
                assert!(
                    span.end() <= NOW && span.start > NOW - 20_000_000_000,
                    "{span:?}"
                );
                if let Some(parent) = span.parent {
                    assert!(visit.spans.iter().any(|span| span.id == parent), "{span:?}");
                }
                shared += usize::from(span.shared);
                errors += usize::from(span.error.is_some());
            }
            let languages: Vec<_> = visit
                .spans
                .iter()
                .map(|span| language(span.host.service))
                .collect();
            assert!(languages.contains(&Language::Zipkin));
        }
        assert!(
            stories.len() >= 6 && shared > 100 && errors > 50,
            "{stories:?}"
        );
    }
}
