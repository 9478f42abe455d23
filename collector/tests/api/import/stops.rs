//! Imports that stop: the same command goes on; and servers that need patience or say no.
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::proxy::{Act, Proxy, Request};
use super::{assert_same, copy, counted, fill, import, told, traces, url};
use crate::app::TestApp;

fn has_spans(request: &Request) -> bool {
    request.method == "POST" && request.body.len() > 2
}

fn state_file(folder: &std::path::Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(folder).unwrap();
    entries.next().map(|entry| entry.unwrap().path())
}

#[test]
fn after_the_target_fails_the_same_command_goes_on() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(250);
    fill(old.http, &traces);
    let old_proxy = Proxy::start(old.http, |_| Act::Pass);
    let (lists, is_well) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(false)));
    let well = Arc::clone(&is_well);
    let new_proxy = Proxy::start(new.http, move |request| {
        let is_late = has_spans(request) && lists.fetch_add(1, Ordering::SeqCst) >= 2;
        match is_late && !well.load(Ordering::SeqCst) {
            true => Act::Close,
            false => Act::Pass,
        }
    });
    let run = |more: &[&str]| {
        let arguments = [&["--limit", "20", "--patience", "0"], more].concat();
        let output = copy(
            folder.path(),
            &old_proxy.url(),
            &new_proxy.url(),
            &arguments,
        )
        .output();
        told(&output.unwrap())
    };
    let (code, out, err) = run(&[]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.contains("the same command goes on there"), "{err}");
    let state = state_file(folder.path()).expect("the state is kept");
    let name = state.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("hopline-import-127.0.0.1-") && name.ends_with(".json"),
        "{name}"
    );
    let kept = std::fs::read(&state).unwrap();
    let asked_before = old_proxy.asked("/api/v2/traces?");

    // Another question is another import.
    let (code, _, err) = run(&["--services", "cart"]);
    assert!(code == 2 && err.contains("beginning anew"), "{err}");
    std::fs::write(&state, "{}").unwrap();
    let (code, _, err) = run(&[]);
    assert!(
        code == 2 && err.contains("is no state of an import"),
        "{err}"
    );

    std::fs::write(&state, kept).unwrap();
    is_well.store(true, Ordering::SeqCst);
    let before = old_proxy.asked("/api/v2/traces?");
    let (code, out, err) = run(&[]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("going on at"), "{err}");
    let spans = assert_same(old.http, new.http, &traces);
    assert_eq!(counted(&out, "spans"), spans, "{out}");
    assert_eq!(state_file(folder.path()), None);
    // The whole way, of a third run that has nothing to go on from, is longer.
    let resumed = old_proxy.asked("/api/v2/traces?") - before;
    let before = old_proxy.asked("/api/v2/traces?");
    assert_eq!(run(&[]).0, 0);
    let whole = old_proxy.asked("/api/v2/traces?") - before;
    assert!(resumed < whole, "{asked_before}, then {resumed} of {whole}");
}

#[test]
fn after_a_kill_the_same_command_goes_on() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(250);
    fill(old.http, &traces);
    let (lists, is_well) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let (seen, well) = (Arc::clone(&lists), Arc::clone(&is_well));
    let new_proxy = Proxy::start(new.http, move |request| {
        let is_late = has_spans(request) && seen.fetch_add(1, Ordering::SeqCst) >= 2;
        match is_late && !well.load(Ordering::SeqCst) {
            true => Act::Hang,
            false => Act::Pass,
        }
    });
    let command = || {
        copy(
            folder.path(),
            &url(&old),
            &new_proxy.url(),
            &["--limit", "20"],
        )
    };
    let mut child = command().spawn().unwrap();
    let begun = Instant::now();
    while lists.load(Ordering::SeqCst) < 3 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it sends no third list"
        );
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    is_well.store(true, Ordering::SeqCst);
    let (code, out, err) = told(&command().output().unwrap());
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("going on at"), "{err}");
    assert_same(old.http, new.http, &traces);
}

#[test]
fn an_overloaded_server_is_asked_again_when_it_says() {
    for status in [429, 503] {
        let (old, new) = (TestApp::start(), TestApp::start());
        let folder = tempfile::tempdir().unwrap();
        let traces = traces(30);
        fill(old.http, &traces);
        let busy = |what: fn(&Request) -> bool| {
            let refused = AtomicBool::new(false);
            move |request: &Request| {
                if what(request) && !refused.swap(true, Ordering::SeqCst) {
                    return Act::Say(status, "retry-after: 1\r\n", b"busy".to_vec());
                }
                Act::Pass
            }
        };
        let old_proxy = Proxy::start(old.http, busy(|request| request.path.contains("/traces?")));
        let new_proxy = Proxy::start(new.http, busy(has_spans));
        let begun = Instant::now();
        let output = copy(folder.path(), &old_proxy.url(), &new_proxy.url(), &[]).output();
        let (code, out, err) = told(&output.unwrap());
        assert_eq!(code, 0, "{out}{err}");
        assert!(begun.elapsed() >= Duration::from_secs(2), "{err}");
        assert!(
            err.contains("answers with status") && err.contains("again in 1.0 s"),
            "{err}"
        );
        assert_same(old.http, new.http, &traces);
    }
}

#[test]
fn a_user_and_password_are_sent_and_never_shown() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(30);
    fill(old.http, &traces);
    let guard = |request: &Request| match request.header("authorization") {
        Some("Basic dXNlcjpwQHNz") => Act::Pass,
        _ => Act::Say(401, "", b"who are you?".to_vec()),
    };
    let (old_proxy, new_proxy) = (Proxy::start(old.http, guard), Proxy::start(new.http, guard));
    let known = |proxy: &Proxy| format!("http://user:p%40ss@{}", proxy.address);
    for (from, to, flag) in [
        (
            old_proxy.url(),
            known(&new_proxy),
            "--from http://user:password@",
        ),
        (
            known(&old_proxy),
            new_proxy.url(),
            "--to http://user:password@",
        ),
    ] {
        let (code, out, err) = told(&copy(folder.path(), &from, &to, &[]).output().unwrap());
        assert!(code == 2 && err.contains(flag), "{out}{err}");
    }
    let output = copy(folder.path(), &known(&old_proxy), &known(&new_proxy), &[]).output();
    let (code, out, err) = told(&output.unwrap());
    assert_eq!(code, 0, "{out}{err}");
    assert!(!out.contains("ss@") && !err.contains("ss@"), "{out}{err}");
    assert_same(old.http, new.http, &traces);
}

#[test]
fn mistakes_say_what_to_do() {
    let app = TestApp::start();
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (here, closed) = (url(&app), format!("http://{closed}"));
    let empty = TestApp::start();
    let other = url(&empty);
    let otlp = format!("http://{}", app.otlp);
    let deaf = Proxy::start(app.http, |request| match request.method.as_str() {
        "POST" => Act::Say(404, "", b"no such path".to_vec()),
        _ => Act::Pass,
    });
    let page = Proxy::start(app.http, |_| Act::Say(200, "", b"<html>".to_vec()));
    for (arguments, code, said) in [
        (&[][..], 2, "required arguments"),
        (&["a.json", "--from", &here], 2, "cannot be used with"),
        (&["a.json", "--since", "7d"], 2, "cannot be used with"),
        (
            &["--from", &here, "--since", "7"],
            2,
            "expected a period back from now",
        ),
        (&["--from", &here, "--limit", "0"], 2, "1..=100000"),
        (&["--from", "https://old:9411"], 2, "forward a local port"),
        (&["--from", "http://"], 2, "must be an address such as"),
        (&["--from", &here, "--to", &here], 2, "are the same server"),
        (
            &["--from", &closed, "--to", &here],
            2,
            "--from names another address",
        ),
        (
            &["--from", &here, "--to", &closed],
            2,
            "--to names another address",
        ),
        (
            &["--from", &otlp, "--to", &here],
            2,
            "is it a Zipkin server",
        ),
        (
            &["--from", &page.url(), "--to", &here],
            2,
            "is it a Zipkin server",
        ),
        (
            &["--from", &here, "--to", &deaf.url()],
            2,
            "answers with status 404: no such path",
        ),
        (
            &["--from", &here, "--to", &page.url()],
            2,
            "answers with status 200",
        ),
        (
            &["--from", &here, "--to", &other, "--until", "8d"],
            2,
            "must be before --until",
        ),
        (
            &["--from", &here, "--to", &otlp, "--services", ","],
            2,
            "--services names none",
        ),
        (
            &["nowhere.json", "--to", &here],
            2,
            "cannot read nowhere.json",
        ),
        (&[".", "--to", &here], 2, "is a folder"),
    ] {
        let (found, out, err) = told(&import(folder.path(), arguments).output().unwrap());
        assert_eq!(found, code, "{arguments:?}: {out}{err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{arguments:?}: {err}");
    }
    // A server that has nothing, or tells nothing.
    let output = import(folder.path(), &["--from", &other, "--to", &here]).output();
    let (code, out, err) = told(&output.unwrap());
    assert!(code == 1 && err.contains("SEARCH_ENABLED"), "{out}{err}");
}
