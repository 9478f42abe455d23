//! Cells added up as a question wants them: in numbers of one table of names, then in words.
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::dependency::{NameId, Names};
use crate::encoding::Malformed;
use crate::rollup::cell::Cell;
use crate::rollup::dense::Dense;
use crate::rollup::format;
use crate::rollup::period::Period;
use crate::rollup::question::{Counted, Counts, Grouping, ROWS_MAX, RollupQuery, Subject};
use crate::rollup::series::Series;
use crate::rollup::steps::Steps;
use crate::rollup::{Minute, Rollup};

/// Cells that are held for one answer. Names are the senders' choice, memory is not.
const CELLS_MAX: usize = 100_000;
/// Cells to which durations are added where every bucket has its place.
const DENSE_MAX: usize = 128;

/// The sums of one table of names.
#[derive(Clone, Debug)]
pub struct Tally {
    by: Grouping,
    /// `Some(None)` for a service that is not in the table.
    service: Option<Option<NameId>>,
    steps: Steps,
    cells: HashMap<(Series, Minute), Sum, RandomState>,
    dense: usize,
    is_cut: bool,
}

/// A cell on its way: of several records, its durations are in `dense`.
#[derive(Clone, Debug, Default)]
struct Sum {
    cell: Cell,
    dense: Option<Box<Dense>>,
}

impl Sum {
    /// Was nothing counted yet?
    const fn is_new(&self) -> bool {
        self.dense.is_none() && self.cell.is_zero()
    }

    fn whole(self) -> Cell {
        let mut cell = self.cell;
        if let Some(mut dense) = self.dense {
            cell.sketch.merge(&dense.take());
        }
        cell
    }
}

impl Tally {
    pub fn new(query: &RollupQuery, names: &Names) -> Self {
        let service = query.service.as_deref();
        Self {
            by: query.by,
            service: service.map(|name| names.known_service(name)),
            steps: Steps::of(query.range, query.points_max),
            cells: HashMap::default(),
            dense: 0,
            is_cut: false,
        }
    }

    pub const fn steps(&self) -> &Steps {
        &self.steps
    }

    /// Adds an encoded period that begins with this minute.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`Period::encode`]. What came before the fault
    /// is added by then.
    pub fn merge_encoded(&mut self, minute: Minute, bytes: &[u8]) -> Result<(), Malformed> {
        let by = self.by;
        self.merge_rows(minute, bytes, |row| Some((by.told(row)?, by.counts(row))))
    }

    /// As [`Self::merge_encoded`] of what [`digest`] made of the period for the same grouping.
    ///
    /// # Errors
    /// When the bytes are no digest.
    pub fn merge_digest(&mut self, minute: Minute, bytes: &[u8]) -> Result<(), Malformed> {
        self.merge_rows(minute, bytes, |row| Some((*row, true)))
    }

    /// `under` says what a row is told as, and whether it counts.
    fn merge_rows(
        &mut self,
        minute: Minute,
        bytes: &[u8],
        under: impl Fn(&Series) -> Option<(Series, bool)>,
    ) -> Result<(), Malformed> {
        let step = self.steps.start_of(minute);
        format::visit(bytes, |row| {
            let Some((told, counts)) = under(&row.series).filter(|(told, _)| self.is_asked(told))
            else {
                return Ok(());
            };
            let has_room = self.dense < DENSE_MAX;
            let Some(sum) = self.sum(told, step) else {
                return Ok(());
            };
            if !counts {
                return Ok(());
            }
            if sum.is_new() {
                let before = std::mem::replace(&mut sum.cell, row.cell()?);
                sum.cell.exemplars.merge(&before.exemplars);
                return Ok(());
            }
            let is_first = sum.dense.is_none();
            match &mut sum.dense {
                None if !has_room => sum.cell.merge(&row.cell()?),
                dense => {
                    let dense = dense.get_or_insert_default();
                    row.add_to(&mut sum.cell, dense)?;
                    self.dense += usize::from(is_first);
                }
            }
            Ok(())
        })
    }

    /// Adds the minutes of the range.
    pub fn merge(&mut self, rollup: &Rollup) {
        for (minute, period) in rollup.periods() {
            if self.steps.contains(minute) {
                self.merge_period(self.steps.start_of(minute), period);
            }
        }
    }

    fn merge_period(&mut self, step: Minute, period: &Period) {
        for (series, added) in period.iter() {
            let told = self.by.told(series);
            let Some(told) = told.filter(|told| self.is_asked(told)) else {
                continue;
            };
            let counts = self.by.counts(series);
            if let Some(sum) = self.sum(told, step)
                && counts
            {
                sum.cell.merge(added);
            }
        }
    }

    fn is_asked(&self, told: &Series) -> bool {
        let Some(asked) = self.service else {
            return true;
        };
        // Who is not in the table is not those without a name.
        let is_it = |name: Option<NameId>| name.is_some() && asked == name;
        match *told {
            Series::Operation { service, .. } => is_it(service),
            Series::Edge { caller, callee, .. } => is_it(Some(caller)) || is_it(Some(callee)),
        }
    }

    fn sum(&mut self, told: Series, step: Minute) -> Option<&mut Sum> {
        let key = (told, step);
        if self.cells.len() >= CELLS_MAX && !self.cells.contains_key(&key) {
            self.is_cut = true;
            return None;
        }
        Some(self.cells.entry(key).or_default())
    }
}

/// What an encoded period says of what is told apart, in the bytes of a period: whoever adds it up
/// again and again reads less.
///
/// # Errors
/// When the bytes cannot have been written by [`Period::encode`].
pub fn digest(by: Grouping, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut tally = Tally {
        by,
        service: None,
        steps: Steps {
            first: 0,
            last: 0,
            length: 1,
        },
        cells: HashMap::default(),
        dense: 0,
        is_cut: false,
    };
    tally.merge_encoded(0, bytes)?;
    let cells = tally.cells.into_iter();
    let cells: Vec<(Series, Cell)> = cells
        .map(|((series, _), sum)| (series, sum.whole()))
        .collect();
    Ok(format::encode(
        cells.iter().map(|(series, cell)| (series, cell)).collect(),
    ))
}

/// Sums of several tables of names in words.
#[derive(Clone, Debug)]
pub struct Answer {
    steps: Steps,
    rows: BTreeMap<Subject, BTreeMap<Minute, Cell>>,
    is_cut: bool,
}

impl Answer {
    pub fn new(query: &RollupQuery) -> Self {
        Self {
            steps: Steps::of(query.range, query.points_max),
            rows: BTreeMap::new(),
            is_cut: false,
        }
    }

    pub fn add(&mut self, tally: Tally, names: &Names) {
        self.is_cut |= tally.is_cut;
        let mut cells: Vec<((Series, Minute), Sum)> = tally.cells.into_iter().collect();
        cells.sort_unstable_by_key(|((series, step), _)| (series.key(), *step));
        let mut cells = cells.into_iter().peekable();
        // Words are made once for all steps of a series.
        while let Some(((series, step), sum)) = cells.next() {
            let points = self.rows.entry(subject(&series, tally.by, names));
            let points = points.or_default();
            add_point(points, step, sum);
            while let Some(((_, step), sum)) = cells.next_if(|((next, _), _)| *next == series) {
                add_point(points, step, sum);
            }
        }
    }

    pub fn counts(self) -> Counts {
        let mut rows: Vec<Counted> = self.rows.into_iter().filter_map(counted).collect();
        let truncated = self.is_cut || rows.len() > ROWS_MAX;
        if rows.len() > ROWS_MAX {
            rows.sort_by_key(|row| std::cmp::Reverse(row.whole.count));
            rows.truncate(ROWS_MAX);
            rows.sort_by(|left, right| left.subject.cmp(&right.subject));
        }
        Counts {
            steps: self.steps,
            rows,
            truncated,
        }
    }
}

fn add_point(points: &mut BTreeMap<Minute, Cell>, step: Minute, sum: Sum) {
    let cell = sum.whole();
    match points.entry(step) {
        Entry::Vacant(new) => drop(new.insert(cell)),
        Entry::Occupied(known) => known.into_mut().merge(&cell),
    }
}

fn counted((subject, points): (Subject, BTreeMap<Minute, Cell>)) -> Option<Counted> {
    let mut cells = points.values();
    let whole = match (cells.next(), cells.len()) {
        (Some(only), 0) => only.clone(),
        _ => Cell::sum(points.values()),
    };
    let is_told = whole.count > 0 || matches!(subject, Subject::Service(_));
    is_told.then(|| Counted {
        subject,
        whole,
        points: (points.into_iter())
            .filter(|(_, cell)| cell.count > 0)
            .collect(),
    })
}

fn subject(series: &Series, by: Grouping, names: &Names) -> Subject {
    let text = |name: NameId| names.text(name).to_owned();
    match *series {
        Series::Operation { service, .. } if by == Grouping::Services => {
            Subject::Service(service.map(text))
        }
        Series::Operation {
            service,
            operation,
            kind,
        } => Subject::Operation {
            service: service.map(text),
            operation: operation.map(text),
            kind: kind.number(),
        },
        Series::Edge {
            caller,
            callee,
            kind,
            ..
        } => Subject::Edge {
            caller: text(caller),
            callee: text(callee),
            kind,
        },
    }
}
