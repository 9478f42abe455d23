//! What the entries of a dictionary mean: the side that readers and searches see. Append-only: a
//! number, once given, keeps its meaning, since rows and index documents refer to it.
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::batch::SharedSource;
use crate::encoding::{Malformed, Reader};
use crate::local::code::Code;
use crate::local::dictionary::entry::{Entry, Role};
use crate::local::dictionary::shapes::{Shape, ShapeAttribute};
use crate::local::dictionary::{KEYS_MAX, Slot};
use crate::local::record::shape::{form, is_column, read_shape};
use crate::local::terms::{self, TermHasher};
use crate::semconv;
use crate::span::{Format, Value};

/// The tables of one bucket, shared by the committer that extends them and whoever reads.
#[derive(Clone)]
pub(in crate::local) struct SharedTables(Arc<RwLock<Tables>>);

impl SharedTables {
    pub(super) fn new(hasher: TermHasher) -> Self {
        Self(Arc::new(RwLock::new(Tables::new(hasher))))
    }

    /// Hold it for a chunk or a question, not for longer: the committer may wait.
    pub(in crate::local) fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn apply(&self, entry: &[u8]) -> Result<(), Malformed> {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply(entry)
    }
}

pub(in crate::local) struct Tables {
    pub(in crate::local) shapes: Vec<Shape>,
    pub(in crate::local) classes: Vec<Class>,
    pub(in crate::local) sources: Vec<KnownSource>,
    pub(in crate::local) keys: Vec<Key>,
    pub(in crate::local) slots: HashMap<Box<[u8]>, Slot>,
    services: HashMap<String, u32>,
    /// Under which codes the spans that have a term are found.
    codes: HashMap<u64, Vec<Code>>,
    hasher: TermHasher,
}

pub(in crate::local) struct Class {
    pub(in crate::local) shape: u32,
    generation: u32,
    /// Of the columns whose role is [`Role::Class`], in order.
    values: Box<[Value]>,
    /// Who is at the other side is not the same for all spans of the class.
    pub(in crate::local) remote_varies: bool,
}

/// Who recorded spans, with the number of its service.
pub(in crate::local) struct KnownSource {
    pub(in crate::local) shared: SharedSource,
    /// The first source with the same service, ignoring case; `None` without a service.
    pub(in crate::local) service: Option<u32>,
}

/// What is known of the values of one key.
#[derive(Default)]
pub(in crate::local) struct Key {
    pub(in crate::local) values: Vec<Arc<str>>,
    pub(in crate::local) templates: Vec<Box<[u8]>>,
}

/// An attribute of a class: where its value is, and the value if the class has it.
pub(in crate::local) struct ClassAttribute<'a> {
    pub(in crate::local) attribute: &'a ShapeAttribute,
    /// `None` for an attribute whose form says everything.
    pub(in crate::local) role: Option<Role>,
    pub(in crate::local) value: Option<&'a Value>,
}

impl Tables {
    fn new(hasher: TermHasher) -> Self {
        Self {
            shapes: Vec::new(),
            classes: Vec::new(),
            sources: Vec::new(),
            keys: Vec::new(),
            slots: HashMap::new(),
            services: HashMap::new(),
            codes: HashMap::new(),
            hasher,
        }
    }

    pub(in crate::local) const fn hasher(&self) -> TermHasher {
        self.hasher
    }

    /// Under which codes the spans that have this term are found.
    pub(in crate::local) fn codes(&self, term: u64) -> &[Code] {
        self.codes.get(&term).map_or(&[], Vec::as_slice)
    }

    pub(in crate::local) fn shape(&self, id: u32) -> Result<&Shape, Malformed> {
        self.shapes.get(id as usize).ok_or(Malformed(0))
    }

    pub(in crate::local) fn class(&self, id: u32) -> Result<(&Class, &Shape), Malformed> {
        let class = self.classes.get(id as usize).ok_or(Malformed(0))?;
        Ok((class, self.shape(class.shape)?))
    }

    /// The attributes of a class in order.
    pub(in crate::local) fn attributes<'a>(
        &'a self,
        class: &'a Class,
        shape: &'a Shape,
    ) -> Result<impl Iterator<Item = Result<ClassAttribute<'a>, Malformed>>, Malformed> {
        let roles = shape
            .generations
            .get(class.generation as usize)
            .ok_or(Malformed(0))?;
        let mut roles = roles.iter();
        let mut values = class.values.iter();
        Ok(shape.attributes.iter().map(move |attribute| {
            if !is_column(attribute.form) {
                return Ok(ClassAttribute {
                    attribute,
                    role: None,
                    value: None,
                });
            }
            let role = *roles.next().ok_or(Malformed(0))?;
            let value = if role == Role::Class {
                Some(values.next().ok_or(Malformed(0))?)
            } else {
                None
            };
            Ok(ClassAttribute {
                attribute,
                role: Some(role),
                value,
            })
        }))
    }

    fn apply(&mut self, entry: &[u8]) -> Result<(), Malformed> {
        match Entry::decode(entry)? {
            Entry::Shape(bytes) => self.add_shape(bytes),
            Entry::Source(bytes) => self.add_source(bytes),
            Entry::Value { key, value } => self.add_value(key, value),
            Entry::Generation { shape, roles } => {
                let shape = self.shapes.get_mut(shape as usize).ok_or(Malformed(0))?;
                shape.generations.push(roles.into());
                Ok(())
            }
            Entry::Class(bytes) => self.add_class(bytes),
            Entry::Template { key, template } => {
                self.key(key)?.templates.push(template.into());
                Ok(())
            }
        }
    }

    fn key(&mut self, key: &[u8]) -> Result<&mut Key, Malformed> {
        let slot = *self.slots.get(key).ok_or(Malformed(0))?;
        self.keys.get_mut(slot as usize).ok_or(Malformed(0))
    }

    fn add_shape(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let view = read_shape(bytes)?;
        let mut attributes = Vec::with_capacity(view.attributes.len());
        for (form, key) in view.attributes {
            let slot = if has_slot(form) {
                take_slot(&mut self.slots, key)
            } else {
                None
            };
            attributes.push(ShapeAttribute {
                form,
                key: String::from_utf8_lossy(key).into(),
                slot,
            });
        }
        self.keys.resize_with(self.slots.len(), Key::default);
        self.shapes.push(Shape {
            format: view.format,
            kind: view.kind,
            status: view.status,
            bits: view.bits,
            flags: view.flags,
            name: text(view.name).map(Arc::from),
            remote_service: text(view.remote_service),
            address_flags: view.address_flags,
            attributes,
            generations: Vec::new(),
        });
        Ok(())
    }

    fn add_source(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let shared = SharedSource::from(Reader::new(bytes).source()?);
        let id = self.sources.len() as u32;
        let service = shared.service().map(|name| {
            *self
                .services
                .entry(name.to_lowercase())
                .or_insert_with(|| id)
        });
        let mut found = vec![];
        let hasher = self.hasher;
        terms::of_source(&shared, |term| found.push(hasher.hash(term)));
        for term in found {
            self.add_code(term, Code::source(id));
        }
        if let (Some(name), Some(service)) = (shared.service(), service) {
            let term = hasher.hash(&terms::service(name));
            self.add_code(term, Code::service(service));
        }
        self.sources.push(KnownSource { shared, service });
        Ok(())
    }

    fn add_value(&mut self, key: &[u8], value: &[u8]) -> Result<(), Malformed> {
        let slot = *self.slots.get(key).ok_or(Malformed(0))?;
        let values = &mut self.keys.get_mut(slot as usize).ok_or(Malformed(0))?.values;
        let index = values.len() as u32;
        values.push(String::from_utf8_lossy(value).into());
        let mut found = vec![self.hasher.tag(key, value)];
        self.hasher.elements(key, value, |term| found.push(term));
        for term in found {
            self.add_code(term, Code::value(slot, index));
        }
        Ok(())
    }

    fn add_class(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let mut reader = Reader::new(bytes);
        let (shape, generation) = (reader.varint32()?, reader.varint32()?);
        let mut class = Class {
            shape,
            generation,
            values: class_values(self.shape(shape)?, generation, &mut reader)?,
            remote_varies: false,
        };
        let shape = self.shape(shape)?;
        let mut found = Vec::new();
        let hasher = self.hasher;
        terms::of_shape(shape, |term| found.push(hasher.hash(term)));
        let mut remote: Option<(u8, Arc<str>)> = None;
        // The best rank of a name that is not the same for all spans of the class.
        let mut varying = u8::MAX;
        for attribute in self.attributes(&class, shape)? {
            let ClassAttribute {
                attribute,
                role,
                value,
            } = attribute?;
            let rank = semconv::remote_service_rank(attribute.key.as_bytes(), shape.kind);
            if let (Some(rank), Some(Role::Dictionary | Role::Chunk)) = (rank, role) {
                varying = varying.min(rank);
            }
            let Some(value) = value.filter(|_| attribute.form != form::ADDRESS) else {
                continue;
            };
            let text = crate::tags::text(value);
            let key = attribute.key.as_bytes();
            found.push(hasher.tag(key, text.as_bytes()));
            hasher.elements(key, text.as_bytes(), |term| found.push(term));
            if let (Some(rank), Value::String(name)) = (rank, value)
                && !name.is_empty()
                && remote.as_ref().is_none_or(|(best, _)| rank < *best)
            {
                remote = Some((rank, name.clone()));
            }
        }
        let best = remote.as_ref().map_or(u8::MAX, |(rank, _)| *rank);
        let remote_varies = shape.format == Format::Otlp && varying != u8::MAX && varying <= best;
        if shape.format == Format::Otlp
            && !remote_varies
            && let Some((_, name)) = remote
        {
            found.push(hasher.hash(&terms::remote_service(&name)));
        }
        let id = self.classes.len() as u32;
        for term in found {
            self.add_code(term, Code::class(id));
        }
        self.add_code(hasher.hash(terms::ERROR), Code::ERROR);
        class.remote_varies = remote_varies;
        self.classes.push(class);
        Ok(())
    }

    fn add_code(&mut self, term: u64, code: Code) {
        let codes = self.codes.entry(term).or_default();
        if codes.last() != Some(&code) {
            codes.push(code);
        }
    }

    /// Does a span of this class have [`Code::ERROR`]?
    pub(in crate::local) fn is_error(shape: &Shape) -> bool {
        terms::of_shape(shape, |_| {})
    }
}

/// The values that a class has for a shape's columns.
fn class_values(
    shape: &Shape,
    generation: u32,
    reader: &mut Reader<'_>,
) -> Result<Box<[Value]>, Malformed> {
    let roles = shape
        .generations
        .get(generation as usize)
        .ok_or(Malformed(0))?;
    let columns = shape
        .attributes
        .iter()
        .filter(|attribute| is_column(attribute.form));
    columns
        .zip(roles)
        .filter(|(_, role)| **role == Role::Class)
        .map(|(attribute, _)| read_value(attribute.form, reader))
        .collect()
}

fn text(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// Do values of this form have numbers and templates?
pub(super) const fn has_slot(form: u8) -> bool {
    form == form::STRING
}

/// The slot of a key, new or known; `None` when there are too many keys. Writer and readers number
/// keys by the same rule: in the order in which shapes bring them.
pub(super) fn take_slot(slots: &mut HashMap<Box<[u8]>, Slot>, key: &[u8]) -> Option<Slot> {
    if let Some(slot) = slots.get(key) {
        return Some(*slot);
    }
    let slot = slots.len() as Slot;
    (slots.len() < KEYS_MAX).then(|| {
        slots.insert(key.into(), slot);
        slot
    })
}

/// A value of a column as a class or a chunk has it in full.
pub(in crate::local) fn read_value(form: u8, reader: &mut Reader<'_>) -> Result<Value, Malformed> {
    Ok(match form {
        form::STRING => Value::String(reader.shared_text()?),
        form::INT => Value::Int(reader.signed()?),
        form::DOUBLE => Value::Double(reader.double()?),
        form::ENCODED => Reader::new(reader.bytes()?).value()?,
        form::ADDRESS => Value::Bytes(reader.bytes()?.to_vec()),
        _ => return Err(Malformed(reader.position())),
    })
}
