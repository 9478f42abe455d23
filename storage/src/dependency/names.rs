//! Names as small numbers: each service and operation kept once, under a number that never changes,
//! since links and rollups at rest refer to it.
use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// The most names that [`Names`] keeps. Names are the senders' choice: what comes later is
/// [`NameId::OTHER`].
pub const NAMES_MAX: usize = 65_536;
/// Operations get no new number beyond this many names: a sender that puts ids into its
/// operations must not take the services' names away.
const OPERATIONS_END: usize = NAMES_MAX / 4 * 3;
/// The longest name that is kept, in bytes.
const NAME_BYTES_MAX: usize = 1_024;

/// The number of a name. An absent name has none, hence `Option<NameId>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(NonZeroU32);

impl NameId {
    /// What stands for all names beyond the limit.
    pub const OTHER: Self = Self(NonZeroU32::MIN);

    /// `None` for zero, which is how an absent name is written.
    pub const fn new(value: u32) -> Option<Self> {
        match NonZeroU32::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    pub const fn value(self) -> u32 {
        self.0.get()
    }

    const fn position(self) -> usize {
        self.value() as usize - 1
    }
}

/// An append-only table of names. Service names are lower-cased, as Zipkin does; operations keep
/// their case; an empty name is absent.
#[derive(Clone, Debug)]
pub struct Names {
    texts: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, NameId, RandomState>,
    limits: Limits,
    /// Names before this position are at rest.
    saved: usize,
    refused: u64,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    services: usize,
    operations: usize,
    bytes: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self::limited(Limits {
            services: NAMES_MAX,
            operations: OPERATIONS_END,
            bytes: NAME_BYTES_MAX,
        })
    }
}

impl Names {
    /// A table for spans that are in memory anyway: it keeps every name.
    pub(super) fn unlimited() -> Self {
        Self::limited(Limits {
            services: u32::MAX as usize,
            operations: u32::MAX as usize,
            bytes: usize::MAX,
        })
    }

    fn limited(limits: Limits) -> Self {
        Self {
            texts: vec!["(other)".into()],
            ids: HashMap::default(),
            limits,
            saved: 1,
            refused: 0,
        }
    }

    /// The number of a service, new if need be.
    pub fn service(&mut self, name: &str) -> Option<NameId> {
        self.id(&lower_case(name), self.limits.services)
    }

    /// The number of an operation, new if need be.
    pub fn operation(&mut self, name: &str) -> Option<NameId> {
        self.id(name, self.limits.operations)
    }

    /// The number of a service that has one.
    pub fn known_service(&self, name: &str) -> Option<NameId> {
        self.ids.get(lower_case(name).as_ref()).copied()
    }

    /// The number of an operation that has one.
    pub fn known_operation(&self, name: &str) -> Option<NameId> {
        self.ids.get(name).copied()
    }

    /// Empty for a number that this table did not give.
    pub fn text(&self, id: NameId) -> &str {
        self.texts.get(id.position()).map_or("", AsRef::as_ref)
    }

    /// How many numbers were given, [`NameId::OTHER`] among them.
    pub const fn len(&self) -> usize {
        self.texts.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// How often a name was asked for that the limit kept out.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Names that are not at rest yet, in the order of their numbers. They count as saved from now
    /// on; a failed write gives them back by [`Self::unsave`].
    pub fn take_unsaved(&mut self) -> Vec<(NameId, Arc<str>)> {
        let unsaved = (self.saved..self.texts.len())
            .filter_map(|position| {
                Some((
                    NameId::new(position as u32 + 1)?,
                    Arc::clone(&self.texts[position]),
                ))
            })
            .collect();
        self.saved = self.texts.len();
        unsaved
    }

    /// These names did not reach the disk: the next [`Self::take_unsaved`] has them again.
    pub fn unsave(&mut self, names: &[(NameId, Arc<str>)]) {
        if let Some((first, _)) = names.first() {
            self.saved = self.saved.min(first.position());
        }
    }

    /// Puts back a name read from disk. Names come in the order of their numbers; one that is
    /// known already is skipped.
    ///
    /// # Errors
    /// When a number is missing between the known names and this one, or the bytes are no text.
    pub fn restore(&mut self, id: u32, bytes: &[u8]) -> Result<(), String> {
        let position = NameId::new(id).ok_or("name of number 0")?.position();
        if position < self.texts.len() {
            return Ok(());
        }
        if position > self.texts.len() {
            return Err(format!("name {} is missing", self.texts.len() + 1));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| format!("name {id}: {error}"))?;
        self.push(text);
        self.saved = self.texts.len();
        Ok(())
    }

    fn id(&mut self, name: &str, limit: usize) -> Option<NameId> {
        if name.is_empty() {
            return None;
        }
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        if self.texts.len() >= limit || name.len() > self.limits.bytes {
            self.refused = self.refused.saturating_add(1);
            return Some(NameId::OTHER);
        }
        Some(self.push(name))
    }

    fn push(&mut self, name: &str) -> NameId {
        let text: Arc<str> = name.into();
        self.texts.push(Arc::clone(&text));
        let id = NameId::new(self.texts.len() as u32).unwrap_or(NameId::OTHER);
        self.ids.entry(text).or_insert(id);
        id
    }
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::default();
        let web = names.service("Web");
        assert_eq!(web, names.service("web"));
        assert_eq!(web, names.known_service("WEB"));
        assert_ne!(web, names.operation("Web"));
        assert_eq!(names.service(""), None);
        assert_eq!(names.text(web.unwrap()), "web");
        assert_eq!(names.text(NameId::OTHER), "(other)");
        assert_eq!(names.known_operation("GET"), None);
    }

    #[test]
    fn beyond_the_limit_all_names_are_one_and_services_come_first() {
        let mut names = Names::default();
        for number in 0..NAMES_MAX {
            names.operation(&number.to_string());
        }
        assert_eq!(names.len(), OPERATIONS_END);
        assert_eq!(names.operation("new"), Some(NameId::OTHER));
        assert_ne!(names.service("new"), Some(NameId::OTHER));
        for number in 0..NAMES_MAX {
            names.service(&format!("service {number}"));
        }
        assert_eq!(names.len(), NAMES_MAX);
        assert_eq!(names.service("newer"), Some(NameId::OTHER));
        assert_ne!(names.operation("7"), Some(NameId::OTHER));
        assert!(names.refused() > 2);
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        assert_eq!(Names::default().service(&long), Some(NameId::OTHER));
    }

    #[test]
    fn names_come_back_under_their_numbers() {
        let mut names = Names::default();
        for name in ["web", "app", "db"] {
            names.service(name);
        }
        let unsaved = names.take_unsaved();
        assert_eq!(unsaved.len(), 3);
        assert!(names.take_unsaved().is_empty());
        names.unsave(&unsaved);
        names.operation("GET");
        let unsaved = names.take_unsaved();
        assert_eq!(unsaved.len(), 4);

        let mut restored = Names::default();
        for (id, text) in &unsaved {
            restored.restore(id.value(), text.as_bytes()).unwrap();
            restored.restore(id.value(), text.as_bytes()).unwrap();
        }
        assert!(restored.take_unsaved().is_empty());
        for (id, text) in &unsaved {
            assert_eq!(restored.operation(text), Some(*id));
        }
        assert!(restored.restore(9, b"gap").is_err());
        assert!(restored.restore(0, b"zero").is_err());
        assert!(restored.restore(6, b"\xff").is_err());
    }
}
