//! The shortcut: a Tantivy index of one bucket, one document per trace and window. It yields trace
//! ids, newest first; spans always come from the rows. It is derived: deleting it loses nothing.
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tantivy::Directory as _;
use tantivy::collector::TopDocs;
use tantivy::columnar::Column;
use tantivy::directory::MmapDirectory;
use tantivy::query::{AllQuery, BooleanQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery};
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema};
use tantivy::{
    DocAddress, Index as TantivyIndex, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher,
    TantivyDocument, Term,
};

use crate::id::TraceId;
use crate::local::code::{Code, Words};
use crate::local::plan::Plan;
use crate::local::tail::{TimeBounds, Times};
use crate::local::terms;

/// Memory in which a window's documents are gathered before they become a segment.
const WRITER_BYTES: usize = 32 << 20;

/// More codes than this are no condition that is worth looking up.
const UNION_CODES_MAX: usize = 2_048;
/// Up to this many codes are walked side by side; more are gathered first.
const UNION_SCORERS_MAX: usize = 24;

/// What can go wrong below.
pub(super) type IndexError = tantivy::TantivyError;

pub(super) struct Index {
    index: TantivyIndex,
    reader: IndexReader,
    fields: Fields,
    /// Which terms its documents have.
    version: u32,
    /// Only a bucket that still takes documents has a writer.
    writer: Mutex<Option<Writer>>,
}

struct Writer {
    writer: IndexWriter,
    /// Documents with the next commit, those of earlier commits included.
    documents: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// What the document's spans are: see [`Code`].
    pub(super) code: Field,
    pub(super) id_low: Field,
    pub(super) id_high: Field,
    /// Earliest start, latest start and longest duration in microseconds.
    pub(super) first: Field,
    pub(super) last: Field,
    pub(super) longest: Field,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let number = || NumericOptions::default().set_fast();
    let fields = Fields {
        code: schema.add_u64_field("code", NumericOptions::default().set_indexed()),
        id_low: schema.add_u64_field("id_low", number()),
        id_high: schema.add_u64_field("id_high", number()),
        first: schema.add_u64_field("first", number()),
        last: schema.add_u64_field("last", number()),
        longest: schema.add_u64_field("longest", number()),
    };
    (schema.build(), fields)
}

/// Reads of a damaged file may hit a bug below; that is an error like any other.
pub(super) fn guarded<T>(read: impl FnOnce() -> tantivy::Result<T>) -> tantivy::Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(damaged("reading it hit a bug, as damaged files can")))
}

/// What a commit notes: how many documents there are, and with which terms. The first release noted
/// only the former.
fn noted(payload: &str) -> Option<(u64, u32)> {
    let (documents, version) = payload.split_once(' ').unwrap_or((payload, "1"));
    Some((documents.parse().ok()?, version.parse().ok()?))
}

fn damaged(what: &str) -> IndexError {
    tantivy::error::DataCorruption::comment_only(what).into()
}

/// Does this error say that the files are not what they should be? Others pass: a full disk, a
/// writer that stopped.
pub(super) const fn is_damage(error: &IndexError) -> bool {
    matches!(
        error,
        IndexError::DataCorruption(_)
            | IndexError::OpenReadError(_)
            | IndexError::OpenDirectoryError(_)
            | IndexError::SchemaError(_)
            | IndexError::FieldNotFound(_)
            | IndexError::IncompatibleIndex(_)
            | IndexError::DeserializeError(_)
            | IndexError::InternalError(_)
    )
}

impl Index {
    /// Makes an empty index in a folder that has none.
    pub(super) fn create(folder: &Path) -> tantivy::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (schema, fields) = schema();
        let settings = tantivy::IndexSettings {
            docstore_compression: tantivy::store::Compressor::None,
            ..tantivy::IndexSettings::default()
        };
        let index = TantivyIndex::builder()
            .schema(schema)
            .settings(settings)
            .open_or_create(MmapDirectory::open(folder)?)?;
        Self::of(index, fields, terms::VERSION)
    }

    /// Opens the index in the folder and writes nothing. Fails if it is missing or visibly
    /// damaged; [`Self::prove`] looks closer.
    pub(super) fn open(folder: &Path) -> tantivy::Result<Self> {
        guarded(|| {
            let (schema, fields) = schema();
            let index = TantivyIndex::open(MmapDirectory::open(folder)?)?;
            if index.schema() != schema {
                return Err(damaged("fields of another release"));
            }
            let committed = index.load_metas()?.payload;
            let (expected, version) = match &committed {
                None => (0, terms::VERSION),
                Some(payload) => noted(payload)
                    .ok_or_else(|| damaged("what the last commit has noted is unreadable"))?,
            };
            let opened = Self::of(index, fields, version)?;
            // The one file of an index without a checksum holds this number twice.
            if opened.documents() != expected {
                return Err(damaged("the number of documents is not the one committed"));
            }
            Ok(opened)
        })
    }

    /// Do its documents have the terms of this release?
    pub(super) const fn is_current(&self) -> bool {
        self.version == terms::VERSION
    }

    fn of(index: TantivyIndex, fields: Fields, version: u32) -> tantivy::Result<Self> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            index,
            reader,
            fields,
            version,
            writer: Mutex::new(None),
        })
    }

    /// Reads every file and compares its checksum.
    pub(super) fn prove(&self) -> tantivy::Result<()> {
        guarded(|| {
            let directory = self.index.directory();
            for file in self.index.load_metas()?.list_segment_files() {
                let is_sound = !directory.exists(&file)?
                    || directory.validate_checksum(&file).unwrap_or(false);
                // A merge may have replaced it meanwhile.
                if !is_sound
                    && self
                        .index
                        .load_metas()?
                        .list_segment_files()
                        .contains(&file)
                {
                    let file = file.display();
                    return Err(damaged(&format!("{file} does not have its checksum")));
                }
            }
            Ok(())
        })
    }

    /// Documents that are committed.
    pub(super) fn documents(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    pub(super) fn searcher(&self) -> (Searcher, Fields) {
        (self.reader.searcher(), self.fields)
    }

    fn writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a document; the words are tidy. After a failure all since the last commit must come again.
    pub(super) fn add(&self, id: TraceId, words: &Words, times: Times) -> tantivy::Result<()> {
        let mut document = TantivyDocument::new();
        for code in &words.codes {
            document.add_u64(self.fields.code, code.number());
        }
        document.add_u64(self.fields.id_low, id.low());
        document.add_u64(self.fields.id_high, id.high());
        document.add_u64(self.fields.first, times.first);
        document.add_u64(self.fields.last, times.last);
        document.add_u64(self.fields.longest, times.longest);
        let mut slot = self.writer();
        if slot.is_none() {
            let options = tantivy::indexer::IndexWriterOptions::builder()
                .memory_budget_per_thread(WRITER_BYTES)
                .num_worker_threads(1)
                .num_merge_threads(1)
                .build();
            *slot = Some(Writer {
                writer: self.index.writer_with_options(options)?,
                documents: self.documents(),
            });
        }
        let Some(opened) = slot.as_mut() else {
            return Ok(());
        };
        if let Err(error) = opened.writer.add_document(document) {
            // A writer whose thread has died, as on a full disk, takes nothing any more.
            *slot = None;
            return Err(error);
        }
        opened.documents += 1;
        Ok(())
    }

    /// Makes the added documents durable and findable. On failure the writer is dropped, so that
    /// a later [`Self::add`] starts with a sound one; the caller adds its documents again.
    pub(super) fn commit(&self) -> tantivy::Result<()> {
        let mut slot = self.writer();
        let Some(Writer { writer, documents }) = slot.as_mut() else {
            return Ok(());
        };
        let committed = writer.prepare_commit().and_then(|mut commit| {
            commit.set_payload(&format!("{documents} {}", self.version));
            commit.commit()?;
            // Tantivy renames its meta file after it has synced the folder: without this a power
            // cut could bring the older commit back after we have trusted the newer one.
            self.index.directory().sync_directory()?;
            Ok(())
        });
        if let Err(error) = committed {
            *slot = None;
            return Err(error);
        }
        drop(slot);
        self.reader.reload()
    }

    /// Gives the writer's memory back and waits for merges: the bucket takes no more documents.
    pub(super) fn finish(&self) -> tantivy::Result<()> {
        let writer = self.writer().take();
        if let Some(Writer { writer, .. }) = writer {
            writer.wait_merging_threads()?;
            self.index.directory().sync_directory()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    /// A search over what is committed now; `None` if no document can have what the plan asks.
    pub(super) fn search(&self, plan: &Plan, bounds: TimeBounds) -> Option<IndexSearch> {
        Some(IndexSearch {
            query: self.query(plan, bounds)?,
            searcher: self.reader.searcher(),
            fields: self.fields,
        })
    }

    fn query(&self, plan: &Plan, bounds: TimeBounds) -> Option<Box<dyn Query>> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for clause in &plan.clauses {
            match clause.codes.len() {
                0 => return None,
                1..=UNION_CODES_MAX => clauses.push((Occur::Must, self.any(&clause.codes))),
                // So many codes that nearly every trace has one: `matches` is quicker.
                _ => {}
            }
        }
        let bound = |field, value| Bound::Included(Term::from_field_u64(field, value));
        if bounds.from > 0 {
            let range = RangeQuery::new(bound(self.fields.last, bounds.from), Bound::Unbounded);
            clauses.push((Occur::Must, Box::new(range)));
        }
        if bounds.to < u64::MAX {
            let range = RangeQuery::new(Bound::Unbounded, bound(self.fields.first, bounds.to));
            clauses.push((Occur::Must, Box::new(range)));
        }
        if bounds.longest_min > 0 {
            let least = bound(self.fields.longest, bounds.longest_min);
            clauses.push((
                Occur::Must,
                Box::new(RangeQuery::new(least, Bound::Unbounded)),
            ));
        }
        if clauses.is_empty() {
            return Some(Box::new(AllQuery));
        }
        Some(Box::new(BooleanQuery::new(clauses)))
    }

    /// Documents with at least one of the codes.
    fn any(&self, codes: &[Code]) -> Box<dyn Query> {
        let terms = codes
            .iter()
            .map(|code| Term::from_field_u64(self.fields.code, code.number()));
        let query =
            |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
        match codes {
            [_] => Box::new(BooleanQuery::intersection(terms.map(query).collect())),
            _ if codes.len() <= UNION_SCORERS_MAX => {
                Box::new(BooleanQuery::union(terms.map(query).collect()))
            }
            _ => Box::new(TermSetQuery::new(terms)),
        }
    }
}

/// A question to one bucket's index, answered page by page over one unchanging state.
pub(super) struct IndexSearch {
    searcher: Searcher,
    query: Box<dyn Query>,
    fields: Fields,
}

impl IndexSearch {
    /// Up to `limit` candidates after the first `offset`: latest start in microseconds, newest
    /// first, and the trace.
    pub(super) fn page(&self, offset: usize, limit: usize) -> tantivy::Result<Vec<(u64, TraceId)>> {
        let schema = self.searcher.schema();
        let last = schema.get_field_name(self.fields.last);
        let collector = TopDocs::with_limit(limit)
            .and_offset(offset)
            .order_by_fast_field::<u64>(last, Order::Desc);
        guarded(|| {
            let hits = self.searcher.search(&*self.query, &collector)?;
            let ids = self.ids()?;
            Ok(hits
                .into_iter()
                .filter_map(|(time, address)| Some((time.unwrap_or(0), ids.get(address)?)))
                .collect())
        })
    }

    fn ids(&self) -> tantivy::Result<IdColumns> {
        let schema = self.searcher.schema();
        let mut columns = Vec::new();
        for segment in self.searcher.segment_readers() {
            let fast = segment.fast_fields();
            columns.push((
                fast.u64(schema.get_field_name(self.fields.id_low))?,
                fast.u64(schema.get_field_name(self.fields.id_high))?,
            ));
        }
        Ok(IdColumns(columns))
    }
}

/// The trace ids of an index's documents, by segment.
struct IdColumns(Vec<(Column<u64>, Column<u64>)>);

impl IdColumns {
    fn get(&self, address: DocAddress) -> Option<TraceId> {
        let (lows, highs) = self.0.get(address.segment_ord as usize)?;
        TraceId::from_halves(highs.first(address.doc_id)?, lows.first(address.doc_id)?)
    }
}
