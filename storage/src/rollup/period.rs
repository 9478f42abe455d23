//! The series of one stretch of time, each with its cell.
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::rollup::cell::Cell;
use crate::rollup::series::Series;

/// Series of one period that keep all their names; as many again may be such that lost their
/// operation's. Names are the senders' choice, memory is not.
pub const SERIES_MAX: usize = 20_000;

/// Edges of one period that tell what was called. Whoever asks who called whom reads them all:
/// senders that put ids into their operations must not make that slow.
pub const EDGE_OPERATIONS_MAX: usize = 4_000;

/// Cells by series. A cell in which nothing is counted is not there.
///
/// Beyond [`SERIES_MAX`] a new series counts under a coarser one. Sums over all series stay exact
/// then, but a contribution may be taken away from another series than it was added to.
#[derive(Clone, Debug, Default)]
pub struct Period {
    positions: HashMap<Series, usize, RandomState>,
    cells: Vec<(Series, Cell)>,
    edge_operations: usize,
    folded: u64,
}

impl Period {
    pub fn get(&self, series: &Series) -> Option<&Cell> {
        let (_, cell) = &self.cells[*self.positions.get(series)?];
        (!cell.is_zero()).then_some(cell)
    }

    /// In no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&Series, &Cell)> {
        self.cells
            .iter()
            .filter(|(_, cell)| !cell.is_zero())
            .map(|(series, cell)| (series, cell))
    }

    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// How often a series was counted under a coarser one because there were too many.
    pub const fn folded(&self) -> u64 {
        self.folded
    }

    pub fn merge(&mut self, other: &Self) {
        for (series, cell) in other.iter() {
            self.cell(*series).merge(cell);
        }
        self.folded = self.folded.saturating_add(other.folded);
    }

    /// As [`Self::merge`], without what edges lead to.
    pub fn merge_pairs(&mut self, other: &Self) {
        for (series, cell) in other.iter() {
            self.cell(series.of_pair()).merge(cell);
        }
        self.folded = self.folded.saturating_add(other.folded);
    }

    /// The cell in which a series is counted.
    pub(super) fn cell(&mut self, wanted: Series) -> &mut Cell {
        let position = self.position(wanted);
        &mut self.cells[position].1
    }

    fn position(&mut self, wanted: Series) -> usize {
        let mut series = wanted;
        let mut limit = SERIES_MAX;
        loop {
            if let Some(position) = self.positions.get(&series) {
                return *position;
            }
            let is_too_many =
                series.has_edge_operation() && self.edge_operations >= EDGE_OPERATIONS_MAX;
            match series.coarser() {
                Some(coarser) if is_too_many => {
                    series = coarser;
                    self.folded = self.folded.saturating_add(1);
                }
                Some(coarser) if self.cells.len() >= limit => {
                    series = coarser;
                    limit += SERIES_MAX;
                    self.folded = self
                        .folded
                        .saturating_add(u64::from(limit == 2 * SERIES_MAX));
                }
                _ => break,
            }
        }
        self.edge_operations += usize::from(series.has_edge_operation());
        self.positions.insert(series, self.cells.len());
        self.cells.push((series, Cell::default()));
        self.cells.len() - 1
    }
}
