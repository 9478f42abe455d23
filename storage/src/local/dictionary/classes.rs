//! Which values of a shape belong to its classes. At first all do; once a shape has many classes,
//! the columns that make them differ leave, and a new generation of classes begins. Old classes
//! keep their meaning: a role is never changed in place.
use std::collections::HashSet;
use std::sync::Arc;

use crate::encoding::Reader;
use crate::local::dictionary::Slot;
use crate::local::dictionary::entry::Role;
use crate::local::record::shape::form;

/// Classes of a generation at which its columns are looked at.
const CLASSES_LOOK: usize = 32;
/// Distinct values among that many classes with which a column leaves.
const DISTINCT_LEAVE: usize = 20;
/// Classes of a generation at which its most varied column leaves, whatever it is.
const CLASSES_FULL: usize = 512;

/// A column in the generation that new classes belong to.
#[derive(Clone, Copy, Debug)]
pub(in crate::local) struct Column {
    pub(in crate::local) role: Role,
    /// `None` when there are too many keys.
    pub(in crate::local) slot: Option<Slot>,
}

/// The columns of a shape: attributes that have a value beside their shape.
pub(in crate::local) struct Columns {
    forms: Box<[(u8, Option<Slot>)]>,
    layout: Arc<[Column]>,
    generations: u32,
    /// Classes of this generation.
    classes: Vec<Arc<[u8]>>,
    look_at: usize,
}

impl Columns {
    pub(super) fn new(forms: Vec<(u8, Option<Slot>)>) -> Self {
        Self {
            forms: forms.into(),
            layout: Arc::new([]),
            generations: 0,
            classes: Vec::new(),
            look_at: CLASSES_LOOK,
        }
    }

    /// The generation that new classes belong to.
    pub(in crate::local) const fn generation(&self) -> u32 {
        self.generations.saturating_sub(1)
    }

    pub(in crate::local) fn layout(&self) -> Arc<[Column]> {
        Arc::clone(&self.layout)
    }

    /// Do the classes hold no values, so that one is enough?
    pub(in crate::local) fn is_bare(&self) -> bool {
        self.layout.iter().all(|column| column.role != Role::Class)
    }

    pub(super) fn first_roles(&self) -> Vec<Role> {
        vec![Role::Class; self.forms.len()]
    }

    pub(super) fn bare_roles(&self) -> Vec<Role> {
        self.forms.iter().map(leaving_role).collect()
    }

    pub(super) fn begin_generation(&mut self, roles: &[Role]) {
        self.layout = (roles.iter().zip(&self.forms))
            .map(|(role, (_, slot))| Column {
                role: *role,
                slot: *slot,
            })
            .collect();
        self.generations += 1;
        self.classes.clear();
        self.look_at = CLASSES_LOOK;
    }

    pub(super) fn add_class(&mut self, class: Arc<[u8]>) {
        self.classes.push(class);
        // Counted on even if the look that was due found nothing, also when entries are read back.
        if self.classes.len() > self.look_at {
            self.look_at *= 2;
        }
    }

    /// The roles of the generation that is due, if one is.
    pub(super) fn next_roles(&self) -> Option<Vec<Role>> {
        let count = self.classes.len();
        if count != self.look_at || self.is_bare() {
            return None;
        }
        let distinct = self.distinct_values();
        let most = distinct.iter().copied().max().unwrap_or(0);
        let leaves = |distinct: usize| {
            distinct >= DISTINCT_LEAVE || (count >= CLASSES_FULL && distinct == most && most > 1)
        };
        if !distinct.iter().any(|distinct| leaves(*distinct)) {
            return None;
        }
        let roles = (self.layout.iter().zip(&self.forms).zip(&distinct))
            .map(|((column, form), distinct)| match column.role {
                Role::Class if leaves(*distinct) => leaving_role(form),
                role => role,
            })
            .collect();
        Some(roles)
    }

    /// How many values each column has among the classes; 0 for those that left.
    fn distinct_values(&self) -> Vec<usize> {
        let mut values: Vec<HashSet<&[u8]>> = vec![HashSet::new(); self.forms.len()];
        for class in &self.classes {
            let mut reader = Reader::new(class);
            let _ = (reader.varint32(), reader.varint32());
            for (column, Column { role, .. }) in self.layout.iter().enumerate() {
                if *role != Role::Class {
                    continue;
                }
                let start = reader.position();
                let _ = match self.forms[column].0 {
                    form::INT => reader.varint().map(|_| ()),
                    form::DOUBLE => reader.double().map(|_| ()),
                    _ => reader.bytes().map(|_| ()),
                };
                if let Some(value) = class.get(start..reader.position()) {
                    values[column].insert(value);
                }
            }
        }
        values.iter().map(HashSet::len).collect()
    }
}

/// Texts of known keys go to the dictionary of their key first; its writer falls back to the chunk.
const fn leaving_role((_, slot): &(u8, Option<Slot>)) -> Role {
    if slot.is_some() {
        Role::Dictionary
    } else {
        Role::Chunk
    }
}
