//! The binary itself: how it starts, how it refuses to, and its commands.
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::app::span_json;
use crate::client::Connection;

fn hopline(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopline"));
    command
        .args(arguments)
        .env_remove("HOPLINE_CONFIG")
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    hopline(arguments).output().unwrap()
}

/// A server of its own, killed when the test is over.
struct Running {
    child: Child,
    http: SocketAddr,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let defaults = [
            "--storage",
            "memory",
            "--listen",
            "127.0.0.1:0",
            "--otlp-http-listen",
            "off",
            "--otlp-grpc-listen",
            "off",
        ];
        let mut child = hopline(&[&defaults, arguments].concat())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines
            .map_while(Result::ok)
            .find(|line| line.contains("hopline is ready"))
            .expect("it says when it is ready");
        let http = ready.split("http=http://").nth(1).unwrap();
        let http = http.split_whitespace().next().unwrap().parse().unwrap();
        assert!(ready.contains("otlp_http=off otlp_grpc=off"), "{ready}");
        Self { child, http }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[test]
fn impossible_settings_are_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let unknown = file(
        "unknown.toml",
        "retention = \"7d\"\nlisen = \"127.0.0.1:0\"\n",
    );
    let malformed = file("malformed.toml", "retention = \n");
    let impossible = file("impossible.toml", "durability = \"always\"\n");
    for (arguments, said) in [
        (&["--lisen", "x"][..], "--lisen"),
        (&["--listen", "9411"], "expected an address and a port"),
        (&["--listen", "off"], "nothing would be served"),
        (&["--durability", "always"], "expected `fsync`"),
        (&["--retention", "7"], "expected a period"),
        (&["--retention", "0"], "must not be zero"),
        (&["--max-disk", "much"], "expected a size"),
        (&["--sample-rate", "1.5"], "between 0 and 1"),
        (&["--log-level", "info,=,"], "log-level"),
        (&["--cors-origins", "example"], "https://ui.example"),
        (&["--config", "/nowhere/hopline.toml"], "cannot be read"),
        (&["--config", &unknown], "line 2: unknown field `lisen`"),
        (&["--config", &malformed], "line 1"),
        (&["--config", &impossible], "expected `fsync`"),
        (&["unheard-of"], "unheard-of"),
    ] {
        let output = run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
        assert!(
            text.starts_with("hopline: ") && text.contains(said),
            "{arguments:?}: {text}"
        );
    }
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hopline.toml");
    std::fs::write(&path, "listen = \"bad-in-file:0x\"\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(run(&["--config", path]).status.code(), Some(2));
    std::fs::write(path, "storage = \"memory\"\nlisten = \"127.0.0.1:1\"\n").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = hopline(&["--config", path, "--otlp-http-listen", "off"])
        .env("HOPLINE_LISTEN", &address)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains(&address));
    let output = hopline(&["--config", path, "--listen", &address])
        .env("HOPLINE_LISTEN", "127.0.0.1:2")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains(&address));
}

#[test]
fn a_taken_port_says_which_and_which_flag_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let flags = ["--listen", "--otlp-http-listen", "--otlp-grpc-listen"];
    for flag in flags {
        let mut arguments = vec!["--storage".to_owned(), "memory".to_owned()];
        for door in flags {
            let address = if door == flag {
                address.to_string()
            } else {
                "127.0.0.1:0".to_owned()
            };
            arguments.extend([door.to_owned(), address]);
        }
        let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains(&format!("port {} is taken", address.port())),
            "{text}"
        );
        assert!(text.contains(&format!("with {flag}")), "{text}");
    }
}

#[test]
fn variables_that_change_nothing_are_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = hopline(&["--storage", "memory", "--listen", &address])
        .env("KAFKA_BOOTSTRAP_SERVERS", "k:9092")
        .env("RABBIT_ADDRESSES", "r:5672")
        .env("COLLECTOR_SCRIBE_ENABLED", "true")
        .env("HOPLINE_LISEN", "x")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let named = "here: COLLECTOR_SCRIBE_ENABLED, KAFKA_BOOTSTRAP_SERVERS, RABBIT_ADDRESSES";
    assert!(text.contains(named), "{text}");
    assert!(text.contains("HOPLINE_LISEN"), "{text}");
}

#[test]
fn help_teaches() {
    let output = run(&["--help"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for part in [
        "Doors:",
        "Storage:",
        "[default: 127.0.0.1:9411]",
        "HOPLINE_DATA_DIR",
        "QUERY_PORT",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn commands_find_what_a_running_server_holds() {
    let server = Running::start(&[]);
    let url = format!("http://{}", server.http);
    let body = span_json("a", "1", "\"tags\":{\"x-request-id\":\"REQ-1\"}");
    let posted = Connection::open(server.http).ask(
        "POST",
        "/api/v2/spans",
        &[],
        format!("[{body}]").as_bytes(),
    );
    assert_eq!(posted.unwrap().status, 202);
    for (arguments, code) in [
        (&["trace", "a"][..], 0),
        (&["trace", "a", "--format", "otlp"], 0),
        (&["trace", "a", "--format", "zipkin"], 0),
        (&["trace", "b", "--format", "otlp"], 1),
        (&["trace", "b"], 1),
        (&["trace", "not/an id"], 2),
        (&["find", "REQ-1"], 0),
        (&["find", "A"], 0),
        (&["find", "REQ-2"], 1),
        (&["senders"], 0),
        (&["version"], 0),
        (&["--version"], 0),
    ] {
        let output = hopline(arguments)
            .env("HOPLINE_URL", &url)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    }
    let output = run(&["find", "REQ-1", "--url", &url]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.contains("000000000000000a") && table.contains("x-request-id"),
        "{table}"
    );

    let output = run(&["senders", "--url", &url]);
    let table = String::from_utf8(output.stdout).unwrap();
    let row = table.lines().nth(1).unwrap_or_default();
    assert!(
        table.starts_with("LAST ") && row.contains("http zipkin_json  shop"),
        "{table}"
    );

    let output = run(&["trace", "a", "--url", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is hopline running there?"));
}

#[test]
fn a_signal_ends_it_with_exit_code_0() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Running::start(&[]);
        let id = server.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = server.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "{signal}: it does not end"
            );
            std::thread::yield_now();
        };
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}
