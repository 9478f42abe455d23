//! The description as the server serves it: its operations, the requests that it calls for, and what it
//! says of an answer.
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::app::TestApp;
use crate::client::Answer;

pub(super) struct Description(Value);

/// Parameters of a request: their names and values.
pub(super) type Request = Vec<(String, String)>;

pub(super) struct Operation<'a> {
    description: &'a Value,
    path: &'a str,
    method: &'a str,
    said: &'a Value,
}

pub(super) struct Parameter<'a>(&'a Value);

impl Description {
    pub(super) fn of(app: &TestApp) -> Self {
        let answer = app.get("/api/hopline/openapi.json");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        Self(answer.json())
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        object(&self.0["paths"])
            .iter()
            .flat_map(move |(path, methods)| {
                object(methods).iter().map(move |(method, said)| Operation {
                    description: &self.0,
                    path,
                    method,
                    said,
                })
            })
    }

    /// Fields that an object may have or not.
    pub(super) fn optional_fields(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![&self.0["components"]];
        while let Some(value) = open.pop() {
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(fields) => {
                    open.extend(fields.values());
                    if let (Some(Value::Object(own)), Some(Value::Array(required))) =
                        (fields.get("properties"), fields.get("required"))
                    {
                        let is_optional =
                            |name: &&String| !required.contains(&Value::from(name.as_str()));
                        found.extend(own.keys().filter(is_optional).cloned());
                    }
                }
                _ => {}
            }
        }
        found
    }
}

impl<'a> Operation<'a> {
    pub(super) const fn path(&self) -> &'a str {
        self.path
    }

    pub(super) fn method(&self) -> String {
        self.method.to_uppercase()
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method(), self.path)
    }

    /// The example of what is sent, if something is.
    pub(super) fn body(&self) -> Option<(&'a str, &'a Value)> {
        let content = self.said.get("requestBody")?;
        let (kind, content) = object(&content["content"]).iter().next().unwrap();
        Some((kind, &content["example"]))
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = Parameter<'a>> {
        let all = self.said.get("parameters").and_then(Value::as_array);
        all.into_iter().flatten().map(Parameter)
    }

    /// With what must be given alone; and with each example, and each value of each choice.
    pub(super) fn requests(&self) -> Vec<Request> {
        let mut requests = vec![Vec::new()];
        for parameter in self.parameters().filter(|one| one.0["in"] == "query") {
            for value in parameter.values() {
                requests.push(vec![(parameter.name().to_owned(), value)]);
            }
        }
        requests
    }

    /// What of an answer is not as described.
    pub(super) fn fault(&self, answer: &Answer) -> Option<String> {
        let said = &self.said["responses"][answer.status.to_string()];
        if said.is_null() {
            return Some(format!("the status {} is not described", answer.status));
        }
        for name in said
            .get("headers")
            .into_iter()
            .flat_map(|all| object(all).keys())
        {
            if answer.header(name).is_none() {
                return Some(format!("the header {name} is missing"));
            }
        }
        let Some(content) = said.get("content") else {
            return (!answer.body.is_empty()).then(|| "a body where none is described".to_owned());
        };
        let kind = answer.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let Some(said) = content.get(kind) else {
            return Some(format!("the content type {kind:?} is not described"));
        };
        if kind != "application/json" {
            return None;
        }
        let mut schema = said["schema"].clone();
        schema["components"] = self.description["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&answer.json())
            .take(3)
            .map(|fault| format!("{} at {}", fault, fault.instance_path()))
            .collect();
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

impl<'a> Parameter<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.0["name"].as_str().unwrap()
    }

    pub(super) fn is_in_path(&self) -> bool {
        self.0["in"] == "path"
    }

    pub(super) fn is_required(&self) -> bool {
        self.0["required"] == true
    }

    /// Is there something that it cannot be?
    pub(super) fn is_choosy(&self) -> bool {
        let schema = &self.0["schema"];
        schema.get("enum").is_some() || schema["type"] == "integer" || schema["type"] == "boolean"
    }

    pub(super) fn example(&self) -> String {
        text(&self.0["example"])
    }

    fn values(&self) -> Vec<String> {
        let choices = self.0["schema"].get("enum").and_then(Value::as_array);
        choices.map_or_else(
            || vec![self.example()],
            |all| all.iter().map(text).collect(),
        )
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect(),
        value => value.to_string(),
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}
