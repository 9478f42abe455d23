//! Installed client libraries, and their programs, which are given an address and print what they
//! sent.
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A folder beside this file, with the manifest that pins its libraries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kit {
    Shop,
    Python,
    Js,
    Envoy,
    /// zipkin-reporter.
    Java,
    SpringBoot3,
    SpringBoot4,
    Go,
    PythonOtlp,
    JsOtlp,
    JavaOtlp,
    /// The agent that instruments a program from outside.
    JavaAgent,
    GoOtlp,
    RustOtlp,
    /// The OpenTelemetry Collector, and its `telemetrygen`.
    Otelcol,
}

/// A kit whose libraries are there.
pub(crate) struct Installed {
    kit: Kit,
    folder: PathBuf,
}

impl Kit {
    const fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Python => "python",
            Self::Js => "js",
            Self::Envoy => "envoy",
            Self::Java => "java",
            Self::SpringBoot3 => "spring-boot-3",
            Self::SpringBoot4 => "spring-boot-4",
            Self::Go => "go",
            Self::PythonOtlp => "python-otlp",
            Self::JsOtlp => "js-otlp",
            Self::JavaOtlp => "java-otlp",
            Self::JavaAgent => "javaagent",
            Self::GoOtlp => "go-otlp",
            Self::RustOtlp => "rust-otlp",
            Self::Otelcol => "otelcol",
        }
    }

    /// Python, Node and Rust build and test the rest of the house: without them no test passes.
    const fn is_always_there(self) -> bool {
        matches!(
            self,
            Self::Shop | Self::Python | Self::Js | Self::PythonOtlp | Self::JsOtlp | Self::RustOtlp
        )
    }

    /// As [`Self::installed`], for a test that kills Hopline: only the local store outlives that.
    pub(crate) fn installed_to_kill(self) -> Option<Installed> {
        cfg!(feature = "local").then(|| self.installed()).flatten()
    }

    /// `None` if it could not be installed on this machine, which is then said in the open.
    pub(crate) fn installed(self) -> Option<Installed> {
        let name = self.name();
        let script = sources().join("../../../scripts/clients");
        let output = Command::new(&script)
            .args(["--where", name])
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", script.display()));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let folder = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
        if folder.join("installed").exists() {
            return Some(Installed { kit: self, folder });
        }
        let missing = std::fs::read_to_string(folder.with_extension("missing"));
        match missing {
            Ok(why) if !self.is_always_there() => {
                // Not `eprintln!`, which the harness keeps to itself when a test passes.
                _ = writeln!(std::io::stderr(), "NOT RUN, {name} is not installed: {why}");
                None
            }
            _ => panic!("the clients of {name} are not installed; run scripts/clients"),
        }
    }
}

impl Installed {
    /// Runs a program to its end. What it printed; panics when it fails or takes too long.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> String {
        finish(self.command(program).args(arguments)).printed
    }

    /// How a program of the kit is started.
    pub(crate) fn command(&self, program: &str) -> Command {
        let here = sources().join(self.kit.name()).join(program);
        match self.kit {
            Kit::Shop => Command::new(&here),
            Kit::Python | Kit::PythonOtlp | Kit::Envoy => {
                let mut python = Command::new(self.folder.join("bin/python"));
                python.arg(&here);
                python
            }
            Kit::Js | Kit::JsOtlp => {
                let mut node = Command::new("node");
                node.env("NODE_PATH", self.folder.join("node_modules"))
                    .arg(&here);
                node
            }
            Kit::Java | Kit::JavaOtlp | Kit::SpringBoot3 | Kit::SpringBoot4 => {
                let (classes, libraries) = (self.folder.join("classes"), self.folder.join("lib/*"));
                let mut java = java();
                java.arg("-cp")
                    .arg(format!("{}:{}", classes.display(), libraries.display()))
                    .arg(program);
                java
            }
            Kit::JavaAgent => {
                let jar = self.folder.join("lib").read_dir().unwrap().next();
                let jar = jar.expect("the agent is one jar").unwrap().path();
                let mut java = java();
                java.arg(format!("-javaagent:{}", jar.display()))
                    .arg("-cp")
                    .arg(self.folder.join("classes"))
                    .arg(program);
                java
            }
            Kit::Go | Kit::GoOtlp | Kit::RustOtlp => {
                let mut client = Command::new(self.folder.join("client"));
                client.arg(program);
                client
            }
            Kit::Otelcol => Command::new(self.folder.join(program)),
        }
    }
}

/// Quick to start.
fn java() -> Command {
    let mut java = Command::new("java");
    java.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    java
}

/// What a program said until its end.
pub(crate) struct Said {
    pub(crate) printed: String,
    pub(crate) complained: String,
}

/// Runs a command to its end; panics when it fails or takes too long.
pub(crate) fn finish(command: &mut Command) -> Said {
    let what = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    let printed = heard(child.stdout.take());
    let complained = heard(child.stderr.take());
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if began.elapsed() > PATIENCE {
            drop((child.kill(), child.wait()));
            break None;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    };
    let [printed, complained] = [printed, complained].map(|text| text.join().unwrap());
    match status {
        Some(status) if status.success() => Said {
            printed,
            complained,
        },
        Some(status) => panic!("{what} ended with {status}: {complained}"),
        None => panic!("{what} did not end within {PATIENCE:?}: {complained}"),
    }
}

fn heard(output: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut output = output.expect("it is piped");
    std::thread::spawn(move || {
        let mut text = Vec::new();
        drop(output.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A JVM on two busy cores takes its time.
const PATIENCE: Duration = Duration::from_secs(120);
