//! `hopline import FILE...`: JSON files of spans, read as they stream by.
use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::cut::{Cutter, Piece, SPAN_BYTES_MAX};
use super::delivery::Delivery;
use super::face::{Face, Version};
use super::progress::Progress;
use super::seen::Seen;
use super::tally::{Tally, counted};

pub(super) struct Files<'a> {
    pub(super) delivery: Delivery<'a>,
    pub(super) progress: &'a Progress,
    pub(super) tally: Tally,
    pub(super) seen: Seen,
    /// Objects that have no trace id: what no list of Zipkin spans has.
    pub(super) strangers: u64,
}

impl Files<'_> {
    /// Copies all files; `-` is standard input.
    ///
    /// # Errors
    /// When a file cannot be read to its end, or hopline takes no more.
    pub(super) fn copy(&mut self, paths: &[impl AsRef<Path>]) -> Result<(), String> {
        let mut files = Vec::new();
        let mut all = 0;
        for path in paths.iter().map(AsRef::as_ref) {
            if path == Path::new("-") {
                files.push((None, "standard input".to_owned()));
                continue;
            }
            let cannot = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
            let file = File::open(path).map_err(cannot)?;
            let facts = file.metadata().map_err(cannot)?;
            if facts.is_dir() {
                return Err(format!("{} is a folder; name its files", path.display()));
            }
            all += facts.len();
            files.push((Some(file), path.display().to_string()));
        }
        let is_known = files.iter().all(|(file, _)| file.is_some());
        self.progress.begin(if is_known { all } else { 0 });
        let read = Rc::new(Cell::new(0));
        for (file, name) in files {
            let source: Box<dyn Read> = match file {
                Some(file) => Box::new(file),
                None => Box::new(std::io::stdin()),
            };
            let counted = Counted(source, Rc::clone(&read));
            self.copy_one(counted, &name, &read)
                .map_err(|error| format!("{name}: {error}"))?;
        }
        self.delivery.flush(&mut self.tally)
    }

    fn copy_one(
        &mut self,
        source: impl Read + 'static,
        name: &str,
        read: &Cell<u64>,
    ) -> Result<(), String> {
        let broken = |error: std::io::Error| format!("it cannot be read on: {error}");
        let mut source = BufReader::with_capacity(BUFFER_BYTES, source);
        let is_packed = source.fill_buf().map_err(broken)?.first() == Some(&GZIP);
        let mut source: Box<dyn Read> = if is_packed {
            Box::new(MultiGzDecoder::new(source))
        } else {
            Box::new(source)
        };
        let (mut cutter, mut buffer) = (Cutter::default(), vec![0; BUFFER_BYTES]);
        // A span that says as much in both versions is read as the one before it.
        let mut version = Version::V2;
        loop {
            let length = match source.read(&mut buffer) {
                Ok(0) => return cutter.finish(),
                Ok(length) => length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(error)),
            };
            cutter.feed(&buffer[..length], &mut |piece| {
                self.take(piece, &mut version)
            })?;
            self.progress.at(read.get(), || {
                let spans = counted(self.tally.spans, "span");
                format!("{spans}, reading {name}")
            });
        }
    }

    fn take(&mut self, piece: Piece<'_>, version: &mut Version) -> Result<(), String> {
        let span = match piece {
            Piece::Span(_, span) => span,
            Piece::TooLong(start) => {
                let mib = SPAN_BYTES_MAX >> 20;
                let reason = format!("the span at byte {} is longer than {mib} MiB", start + 1);
                self.tally.refuse(1, &reason);
                return Ok(());
            }
        };
        let face = Face::of(span);
        *version = face.version.unwrap_or(*version);
        match face.trace_id {
            Some(id) => self.tally.traces += u64::from(self.seen.insert(id)),
            None => self.strangers += 1,
        }
        self.delivery.add(*version, span, &mut self.tally)
    }
}

/// Counts what is read of a file: its size is known, that of its spans is not.
struct Counted(Box<dyn Read>, Rc<Cell<u64>>);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.read(buffer)?;
        self.1.set(self.1.get() + length as u64);
        Ok(length)
    }
}

/// What gzip begins with, and JSON never.
const GZIP: u8 = 0x1f;
const BUFFER_BYTES: usize = 256 << 10;
