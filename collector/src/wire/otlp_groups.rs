//! The spans of a trace as OTLP groups them: by equal resource, then by equal scope, each in the
//! order in which the first of its spans arrived.
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::encoding::{Source, put_source};
use storage::span::{Resource, Scope, Span};

use super::zipkin_as_otlp::{SharedIds, told};

/// All spans of an answer. Zipkin's are translated each time they are asked for, so that no copy of
/// a large trace is held.
pub(super) struct Groups<'a> {
    pub(super) resources: Vec<ResourceGroup>,
    spans: &'a [Span],
    shared: SharedIds<'a>,
}

pub(super) struct ResourceGroup {
    pub(super) resource: Arc<Resource>,
    pub(super) scopes: Vec<ScopeGroup>,
}

pub(super) struct ScopeGroup {
    pub(super) scope: Arc<Scope>,
    /// Positions in the trace.
    pub(super) spans: Vec<u32>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(spans: &'a [Span]) -> Self {
        let shared = SharedIds::of(spans);
        let mut places = Places::default();
        for (position, span) in spans.iter().enumerate() {
            let span = told(span, &shared);
            places.add(position as u32, &span.resource, &span.scope);
        }
        Self {
            resources: places.resources,
            spans,
            shared,
        }
    }

    /// The spans of a group as OTLP says them.
    pub(super) fn spans<'g>(
        &'g self,
        group: &'g ScopeGroup,
    ) -> impl Iterator<Item = std::borrow::Cow<'a, Span>> + use<'g, 'a> {
        let positions = group.spans.iter();
        positions.map(|position| told(&self.spans[*position as usize], &self.shared))
    }
}

#[derive(Default)]
struct Places {
    resources: Vec<ResourceGroup>,
    /// By the bytes of a resource: which it is. Equal bytes are equal values, NaN included.
    known_resources: HashMap<Vec<u8>, usize, RandomState>,
    known_scopes: HashMap<(usize, Vec<u8>), usize, RandomState>,
    latest: Option<(usize, usize)>,
}

impl Places {
    fn add(&mut self, position: u32, resource: &Arc<Resource>, scope: &Arc<Scope>) {
        let (resource, scope) = self.place(resource, scope);
        self.latest = Some((resource, scope));
        self.resources[resource].scopes[scope].spans.push(position);
    }

    fn place(&mut self, resource: &Arc<Resource>, scope: &Arc<Scope>) -> (usize, usize) {
        // Stores share what repeats.
        if let Some((of_resource, of_scope)) = self.latest {
            let group = &self.resources[of_resource];
            if Arc::ptr_eq(&group.resource, resource)
                && Arc::ptr_eq(&group.scopes[of_scope].scope, scope)
            {
                return (of_resource, of_scope);
            }
        }
        let bytes = encoded(Source {
            resource: (**resource).clone(),
            ..Source::default()
        });
        let resources = &mut self.resources;
        let of_resource = *self.known_resources.entry(bytes).or_insert_with(|| {
            resources.push(ResourceGroup {
                resource: Arc::clone(resource),
                scopes: Vec::new(),
            });
            resources.len() - 1
        });
        let bytes = encoded(Source {
            scope: (**scope).clone(),
            ..Source::default()
        });
        let scopes = &mut resources[of_resource].scopes;
        let key = (of_resource, bytes);
        let of_scope = *self.known_scopes.entry(key).or_insert_with(|| {
            scopes.push(ScopeGroup {
                scope: Arc::clone(scope),
                spans: Vec::new(),
            });
            scopes.len() - 1
        });
        (of_resource, of_scope)
    }
}

fn encoded(source: Source) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_source(&mut bytes, &source);
    bytes
}
