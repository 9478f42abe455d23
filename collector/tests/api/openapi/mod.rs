//! The description of Hopline's own API (`docs/openapi.json`) against the API: every address, every
//! parameter, every value of a choice, and every answer, which has no field that is not described.
mod description;
mod shop;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::Answer;
use description::{Description, Operation, Parameter};
use shop::Shop;

#[test]
fn every_answer_is_as_described() {
    let app = TestApp::start();
    let shop = Shop::send(&app);
    let description = Description::of(&app);
    let mut seen = BTreeSet::new();
    for operation in description.operations() {
        let answers = operation
            .requests()
            .into_iter()
            .map(|request| (request.clone(), shop.ask(&app, &operation, &request)));
        for (request, answer) in answers {
            let what = format!("{} {request:?}", operation.name());
            // The memory store has nothing to copy.
            let is_good =
                operation.path().ends_with("/backup") || matches!(answer.status, 200 | 302);
            assert!(is_good, "{what}: {}", answer.text());
            check(&operation, &answer, &what);
            note_fields(&answer, &mut seen);
        }
    }
    // What may be absent was there at least once: so nothing is described that is never told.
    for field in description.optional_fields() {
        assert!(seen.contains(&field), "no answer has {field}");
    }
}

#[test]
fn what_is_refused_is_as_described() {
    let app = TestApp::start();
    let shop = Shop::send(&app);
    let description = Description::of(&app);
    for operation in description.operations() {
        for parameter in operation.parameters().filter(Parameter::is_choosy) {
            let what = format!("{}: {}", operation.name(), parameter.name());
            let request = vec![(parameter.name().to_owned(), "no such thing".to_owned())];
            let answer = shop.ask(&app, &operation, &request);
            assert_eq!(answer.status, 400, "{what}: {answer:?}");
            check(&operation, &answer, &what);
        }
        if operation.path().starts_with("/api/hopline/traces/{id}") {
            for (id, status) in [
                ("not-an-id!", 400),
                ("00000000000000000000000000000bad", 404),
            ] {
                let path = operation.path().replace("{id}", id);
                let answer = app.get(&format!("{}?contains=x", path.replace("{span}", "1")));
                assert_eq!(answer.status, status, "{answer:?}");
                check(&operation, &answer, operation.path());
            }
        }
    }
}

#[test]
fn every_address_is_described() {
    let source = include_str!("../../../src/server.rs");
    let routes: BTreeSet<&str> = source
        .split('"')
        .filter(|text| text.starts_with("/api/hopline/") || text.starts_with("/c/"))
        .collect();
    let app = TestApp::start();
    let description = Description::of(&app);
    let operations: Vec<Operation> = description.operations().collect();
    let described: BTreeSet<&str> = operations.iter().map(Operation::path).collect();
    let routes: BTreeSet<String> = routes
        .iter()
        .map(|route| route.replace(":.*}", "}"))
        .collect();
    let routes: BTreeSet<&str> = routes.iter().map(String::as_str).collect();
    assert_eq!(described, routes);
}

/// The proof that the tests above can fail.
#[test]
fn an_answer_of_another_shape_is_noticed() {
    let app = TestApp::start();
    let description = Description::of(&app);
    let operations: Vec<Operation> = description.operations().collect();
    let search = operations
        .iter()
        .find(|one| one.path() == "/api/hopline/search");
    let search = search.unwrap();
    let good = json!({"traces": [], "truncated": false, "searched": {"from": 0, "to": 1}});
    let answer = |body: &Value| Answer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    };
    assert_eq!(search.fault(&answer(&good)), None);
    let mut more = good.clone();
    more["new"] = json!(1);
    let mut less = good.clone();
    less.as_object_mut().unwrap().remove("truncated");
    let mut other = good;
    other["searched"]["from"] = json!("0");
    for bad in [more, less, other] {
        assert!(search.fault(&answer(&bad)).is_some(), "{bad}");
    }
    let teapot = Answer {
        status: 418,
        ..Answer::default()
    };
    assert!(search.fault(&teapot).is_some());
}

fn check(operation: &Operation<'_>, answer: &Answer, what: &str) {
    if let Some(fault) = operation.fault(answer) {
        panic!("{what}: {fault}\n{}", answer.text());
    }
}

/// The names of all fields of an answer in JSON.
fn note_fields(answer: &Answer, seen: &mut BTreeSet<String>) {
    let mut open: Vec<Value> = serde_json::from_slice(&answer.body).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                for (name, value) in fields {
                    seen.insert(name);
                    open.push(value);
                }
            }
            _ => {}
        }
    }
}
