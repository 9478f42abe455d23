//! An answer against what a scenario expects, field by field.
use serde_json::{Map, Value};

use super::data::Expected;
use super::words::Words;
use crate::client::Answer;

pub(super) fn check(answer: &Answer, expected: &Expected, words: &Words) -> Result<(), String> {
    let told = || {
        format!(
            "  answered {} {} {}",
            answer.status,
            answer.header("content-type").unwrap_or("-"),
            answer.text()
        )
    };
    if Some(answer.status) != expected.status {
        return Err(format!("  expected {:?}\n{}", expected.status, told()));
    }
    if let Some(content_type) = &expected.content_type
        && answer.header("content-type").unwrap_or_default() != content_type
    {
        return Err(format!("  expected type {content_type}\n{}", told()));
    }
    for (name, value) in &expected.header {
        if answer.header(name).unwrap_or_default() != words.fill(value) {
            return Err(format!(
                "  expected header {name}: {value}, it is {:?}\n{}",
                answer.header(name),
                told()
            ));
        }
    }
    if let Some(exact) = &expected.exact
        && answer.text() != words.fill(exact)
    {
        return Err(format!(
            "  expected exactly {}\n{}",
            words.fill(exact),
            told()
        ));
    }
    if let Some(begins) = &expected.begins
        && !answer.text().starts_with(&words.fill(begins))
    {
        return Err(format!("  expected {}…\n{}", words.fill(begins), told()));
    }
    if let Some(contains) = &expected.contains
        && !answer.text().contains(&words.fill(contains))
    {
        return Err(format!("  expected …{}…\n{}", words.fill(contains), told()));
    }
    if let Some(fields) = &expected.fields {
        let fields: Map<String, Value> = serde_json::from_str(&words.fill(fields)).unwrap();
        let found: Map<String, Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
        for (name, value) in &fields {
            if found.get(name) != Some(value) {
                let found = found.get(name);
                return Err(format!("  expected {name}: {value}, it is {found:?}"));
            }
        }
    }
    if let Some(text) = &expected.answer {
        let text = words.fill(text);
        let same = match serde_json::from_str::<Value>(&text) {
            Ok(mut value) => {
                serde_json::from_slice::<Value>(&answer.body).is_ok_and(|mut found| {
                    if let (Some(with), Value::Array(elements)) = (&expected.with, &mut found) {
                        let with = words.fill(with);
                        elements.retain(|element| element.to_string().contains(&with));
                    }
                    if expected.unordered {
                        sort(&mut value);
                        sort(&mut found);
                    }
                    value == found
                })
            }
            Err(_) => answer.text() == text,
        };
        if !same {
            return Err(format!("  expected {text}\n{}", told()));
        }
    }
    elements(&expected.has, answer, words, true)?;
    elements(&expected.lacks, answer, words, false)
}

fn elements(
    list: &Option<String>,
    answer: &Answer,
    words: &Words,
    wanted: bool,
) -> Result<(), String> {
    let Some(list) = list else { return Ok(()) };
    let list = words.fill(list);
    let list: Vec<Value> =
        serde_json::from_str(&list).unwrap_or_else(|error| panic!("{error}: {list}"));
    let found: Vec<Value> = match serde_json::from_slice(&answer.body) {
        Ok(Value::Array(elements)) => elements,
        Ok(Value::Object(fields)) => fields.into_iter().map(|(key, _)| key.into()).collect(),
        _ => return Err(format!("  expected a list, not {}", answer.text())),
    };
    for element in list {
        if found.contains(&element) != wanted {
            let word = if wanted { "has" } else { "lacks" };
            return Err(format!(
                "  expected: {word} {element}\n  answered {}",
                answer.text()
            ));
        }
    }
    Ok(())
}

/// Sorts every list by the text of its elements.
fn sort(value: &mut Value) {
    match value {
        Value::Array(elements) => {
            elements.iter_mut().for_each(sort);
            elements.sort_by_key(Value::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        _ => {}
    }
}
