//! Cells added up as a question wants them: in numbers of one table of names, then in words.
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
use crate::span::Kind;

/// Cells that are held for one answer. Names are the senders' choice, memory is not.
const CELLS_MAX: usize = 100_000;

/// The sums of one table of names.
#[derive(Clone, Debug)]
pub struct Tally {
    by: Grouping,
    /// `Some(None)` for a service that is not in the table.
    service: Option<Option<NameId>>,
    steps: Steps,
    cells: HashMap<(Series, Minute), Cell, RandomState>,
    is_cut: bool,
}

impl Tally {
    pub fn new(query: &RollupQuery, names: &Names) -> Self {
        let service = query.service.as_deref();
        Self {
            by: query.by,
            service: service.map(|name| names.known_service(name)),
            steps: Steps::of(query.range, query.points_max),
            cells: HashMap::default(),
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
        let step = self.steps.start_of(minute);
        // What is told as one stands together: it is added up before it is added.
        let mut latest: Option<(Series, Cell)> = None;
        let mut durations = Dense::default();
        format::visit(bytes, |row| {
            let Some(told) = self.told(&row.series) else {
                return Ok(());
            };
            if latest.as_ref().is_none_or(|(series, _)| *series != told) {
                self.add(latest.take(), step, &mut durations);
            }
            let (_, cell) = latest.get_or_insert_with(|| (told, Cell::default()));
            if self.counts(&row.series) {
                row.add_to(cell, &mut durations)?;
            }
            Ok(())
        })?;
        self.add(latest, step, &mut durations);
        Ok(())
    }

    fn add(&mut self, sum: Option<(Series, Cell)>, step: Minute, durations: &mut Dense) {
        let Some((told, mut sum)) = sum else {
            return;
        };
        sum.sketch = durations.take();
        if let Some(cell) = self.cell(told, step) {
            if cell.is_zero() {
                sum.exemplars.merge(&cell.exemplars);
                *cell = sum;
            } else {
                cell.merge(&sum);
            }
        }
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
            let Some(told) = self.told(series) else {
                continue;
            };
            let counts = self.counts(series);
            if let Some(cell) = self.cell(told, step)
                && counts
            {
                cell.merge(added);
            }
        }
    }

    /// What a series is told as, if it is asked for.
    fn told(&self, series: &Series) -> Option<Series> {
        let is_asked = |name| self.service.is_none_or(|asked| asked == name);
        match (self.by, *series) {
            (Grouping::Services, Series::Operation { service, .. }) if is_asked(service) => {
                Some(Series::Operation {
                    service,
                    operation: None,
                    kind: Kind::Unspecified,
                })
            }
            (Grouping::Operations, Series::Operation { service, .. }) if is_asked(service) => {
                Some(*series)
            }
            (Grouping::Edges, Series::Edge { caller, callee, .. })
                if is_asked(Some(caller)) || is_asked(Some(callee)) =>
            {
                Some(series.of_pair())
            }
            _ => None,
        }
    }

    /// Of a service only what it was asked to do counts; that it is there is told by any span.
    fn counts(&self, series: &Series) -> bool {
        let asked = |kind| matches!(kind, Kind::Server | Kind::Consumer);
        self.by != Grouping::Services
            || matches!(series, Series::Operation { kind, .. } if asked(*kind))
    }

    fn cell(&mut self, told: Series, step: Minute) -> Option<&mut Cell> {
        let key = (told, step);
        if self.cells.len() >= CELLS_MAX && !self.cells.contains_key(&key) {
            self.is_cut = true;
            return None;
        }
        Some(self.cells.entry(key).or_default())
    }
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
        for ((series, step), cell) in tally.cells {
            let subject = subject(&series, tally.by, names);
            let points = self.rows.entry(subject).or_default();
            points.entry(step).or_default().merge(&cell);
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

fn counted((subject, points): (Subject, BTreeMap<Minute, Cell>)) -> Option<Counted> {
    let mut whole = Cell::default();
    points.values().for_each(|cell| whole.merge(cell));
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
