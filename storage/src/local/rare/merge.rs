//! Merging runs, block by block: memory for one block of each, however large they are.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::local::keys;
use crate::local::rare::run::{BLOCK_PAIRS, Pair, Run, encode_block, visit_block};
use crate::local::rare::{RUNS_PER_TIER, Rare};
use crate::local::rocks::Rocks;

/// Blocks that are written in one batch.
const BATCH_BLOCKS: usize = 256;

impl Rare {
    /// Merges the runs of a tier that has enough of them; all runs if the bucket is `sealed`.
    /// Returns the bytes that were written. The records are not durable before the next flush;
    /// until then the old runs are.
    pub(in crate::local) fn merge(
        &self,
        rocks: &Rocks,
        family: &str,
        sealed: bool,
    ) -> Result<usize, String> {
        let _changing = self.changing();
        let (runs, number) = {
            let inner = self.read();
            if inner.rebuilt.is_some() {
                // What goes soon must stay apart from what stays.
                return Ok(0);
            }
            let chosen = choose(&inner.runs, sealed);
            (chosen, inner.next_run)
        };
        if runs.len() < 2 {
            return Ok(0);
        }
        let mut output = Output {
            rocks,
            family,
            run: Run {
                number,
                tier: runs.iter().map(|run| run.tier).max().unwrap_or(0) + 1,
                directory: Vec::new(),
            },
            pairs: Vec::with_capacity(BLOCK_PAIRS),
            records: Vec::new(),
            bytes: 0,
        };
        let mut inputs: Vec<Input<'_>> = runs
            .iter()
            .map(|run| Input {
                rocks,
                family,
                run,
                next_block: 0,
                pairs: Vec::new(),
            })
            .collect();
        let mut heads = BinaryHeap::new();
        for (position, input) in inputs.iter_mut().enumerate() {
            heads.extend(input.next()?.map(|pair| Reverse((pair, position))));
        }
        while let Some(Reverse((pair, position))) = heads.pop() {
            output.push(pair)?;
            heads.extend(
                inputs[position]
                    .next()?
                    .map(|pair| Reverse((pair, position))),
            );
        }
        drop(inputs);
        // Nobody may look for a block of an old run between the batch and the new list.
        let mut inner = self.write();
        let (run, bytes) = output.finish(&runs)?;
        inner
            .runs
            .retain(|known| runs.iter().all(|old| old.number != known.number));
        inner.runs.push(run);
        inner.next_run = number + 1;
        Ok(bytes)
    }
}

fn choose(runs: &[Run], sealed: bool) -> Vec<Run> {
    if sealed {
        return runs.to_vec();
    }
    let highest = runs.iter().map(|run| run.tier).max().unwrap_or(0);
    (0..=highest)
        .map(|tier| runs.iter().filter(move |run| run.tier == tier))
        .find(|same| same.clone().count() >= RUNS_PER_TIER)
        .map(|same| same.cloned().collect())
        .unwrap_or_default()
}

struct Input<'a> {
    rocks: &'a Rocks,
    family: &'a str,
    run: &'a Run,
    next_block: u32,
    /// Of the block that is being read, last first.
    pairs: Vec<Pair>,
}

impl Input<'_> {
    fn next(&mut self) -> Result<Option<Pair>, String> {
        if let Some(pair) = self.pairs.pop() {
            return Ok(Some(pair));
        }
        if self.next_block as usize >= self.run.directory.len() {
            return Ok(None);
        }
        let key = keys::run_block(self.run.number, self.next_block);
        let block = self
            .rocks
            .get(self.family, &key)
            .map_err(|error| error.to_string())?
            .ok_or("a block of a run is missing")?;
        visit_block(&block, (0, u32::MAX), |pair| self.pairs.push(pair))
            .map_err(|error| error.to_string())?;
        self.pairs.reverse();
        self.next_block += 1;
        Ok(self.pairs.pop())
    }
}

struct Output<'a> {
    rocks: &'a Rocks,
    family: &'a str,
    run: Run,
    pairs: Vec<Pair>,
    records: Vec<(Vec<u8>, Vec<u8>)>,
    bytes: usize,
}

impl Output<'_> {
    fn push(&mut self, pair: Pair) -> Result<(), String> {
        self.pairs.push(pair);
        if self.pairs.len() == BLOCK_PAIRS {
            self.end_block();
            if self.records.len() >= BATCH_BLOCKS {
                self.write(&[])?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) {
        let Some((first, _)) = self.pairs.first() else {
            return;
        };
        let key = keys::run_block(self.run.number, self.run.directory.len() as u32);
        self.run.directory.push(*first);
        let value = encode_block(&self.pairs);
        self.bytes += value.len();
        self.records.push((key, value));
        self.pairs.clear();
    }

    fn write(&mut self, forgotten: &[(Vec<u8>, Vec<u8>)]) -> Result<(), String> {
        self.rocks
            .replace(self.family, &self.records, forgotten)
            .map_err(|error| error.to_string())?;
        self.records.clear();
        Ok(())
    }

    /// The new run begins to exist, and the old ones end, with one batch.
    fn finish(mut self, old: &[Run]) -> Result<(Run, usize), String> {
        self.end_block();
        let key = keys::run_directory(self.run.number);
        self.records.push((key, self.run.encode()));
        let mut forgotten = Vec::new();
        for run in old {
            let number = run.number..run.number + 1;
            forgotten.push(keys::run_blocks_range(number.clone()));
            forgotten.push(keys::run_directories(number));
        }
        self.write(&forgotten)?;
        Ok((self.run, self.bytes))
    }
}
