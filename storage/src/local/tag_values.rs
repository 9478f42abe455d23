//! The values of a tag that a bucket's dictionary knows: those of classes, those with a number and
//! those of sources. Values that are nearly unique stand in chunks alone and are not listed.
use std::collections::BTreeSet;

use crate::batch::SharedSource;
use crate::encoding::Malformed;
use crate::local::Shared;
use crate::local::dictionary::Tables;
use crate::local::record::shape::form;
use crate::store::StoreError;
use crate::tags;

/// The most values of one question; more would help nobody who types.
const VALUES_MAX: usize = 10_000;

/// The values that any bucket knows.
pub(super) fn of(shared: &Shared, key: &str) -> Result<Vec<String>, StoreError> {
    let mut values = BTreeSet::new();
    for bucket in shared.buckets() {
        collect(&bucket.tables.read(), key, &mut values)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    }
    Ok(values.into_iter().collect())
}

fn collect(tables: &Tables, key: &str, values: &mut BTreeSet<String>) -> Result<(), Malformed> {
    let mut add = |value: &str| {
        if values.len() < VALUES_MAX && !values.contains(value) {
            values.insert(value.to_owned());
        }
    };
    for class in &tables.classes {
        let shape = tables.shape(class.shape)?;
        if !shape
            .attributes
            .iter()
            .any(|attribute| *attribute.key == *key)
        {
            continue;
        }
        for known in tables.attributes(class, shape)? {
            let known = known?;
            if *known.attribute.key != *key || known.attribute.form == form::ADDRESS {
                continue;
            }
            if let Some(value) = known.value {
                add(&tags::text(value));
            } else if let Some(value) = known.attribute.formal_value() {
                add(&tags::text(&value));
            }
        }
    }
    let slot = tables.slots.get(key.as_bytes());
    let numbered = slot.and_then(|slot| tables.keys.get(*slot as usize));
    for value in numbered.iter().flat_map(|known| &known.values) {
        add(value);
    }
    for source in &tables.sources {
        let SharedSource {
            resource, scope, ..
        } = &source.shared;
        tags::visit_source(resource, scope, |own, value| {
            if own == key {
                add(&value);
            }
        });
    }
    Ok(())
}
