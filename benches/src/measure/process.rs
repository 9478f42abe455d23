//! A process of our own under measurement, read through /proc and ended with us.
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it says, line by line, on both of its outputs.
    pub lines: Receiver<String>,
}

/// The kernel counts processor time in hundredths of a second towards user space.
const TICKS_A_SECOND: f64 = 100.0;
/// Less than this share of a processor is rest.
const REST: f64 = 0.04;

impl Process {
    /// # Errors
    /// When the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                let program = command.get_program().to_string_lossy();
                format!("cannot start {program}: {error}")
            })?;
        let (sender, lines) = mpsc::channel();
        follow(child.stdout.take(), sender.clone());
        follow(child.stderr.take(), sender);
        Ok(Self { child, lines })
    }

    /// Processor time of all its threads since it started, user and kernel, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        // The name in parentheses may hold spaces; utime and stime are fields 14 and 15.
        let stat = stat.unwrap_or_default();
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: f64 = fields
            .split(' ')
            .skip(11)
            .take(2)
            .filter_map(|t| t.parse::<f64>().ok())
            .sum();
        ticks / TICKS_A_SECOND
    }

    /// Waits a second and tells whether it did nothing meanwhile.
    pub fn rests_a_second(&self) -> bool {
        let (before, began) = (self.cpu_seconds(), Instant::now());
        while let Some(left) = Duration::from_secs(1).checked_sub(began.elapsed()) {
            thread::park_timeout(left);
        }
        self.cpu_seconds() - before < REST * began.elapsed().as_secs_f64()
    }

    pub fn resident_mb(&self) -> f64 {
        self.status_mb("VmRSS:")
    }

    pub fn resident_peak_mb(&self) -> f64 {
        self.status_mb("VmHWM:")
    }

    /// Asks it to end, as an operator does, and waits until it has.
    ///
    /// # Errors
    /// When it does not end in a minute.
    pub fn stop(&mut self) -> Result<(), String> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        asked.map_err(|error| format!("kill: {error}"))?;
        let began = Instant::now();
        while began.elapsed() < STOP_TIMEOUT {
            match self.child.try_wait() {
                Ok(None) => thread::park_timeout(Duration::from_millis(5)),
                Ok(Some(_)) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err(format!("it did not stop in {} s", STOP_TIMEOUT.as_secs()))
    }

    fn status_mb(&self, name: &str) -> f64 {
        fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default()
            .lines()
            .find_map(|line| {
                line.strip_prefix(name)?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse()
                    .ok()
            })
            .map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
    }
}

const STOP_TIMEOUT: Duration = Duration::from_secs(60);

impl Drop for Process {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

/// Reads on for as long as the process lives, so that its log never blocks it.
fn follow(output: Option<impl Read + Send + 'static>, sender: mpsc::Sender<String>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
}
