//! Writing everything anew while it is read and added to: new runs with rows of their own beside the
//! old ones, which go with one batch in the end. What a crash interrupts is kept beside the old
//! ones, and promises nothing wrong.
use crate::local::keys;
use crate::local::rare::{Below, ROWS_BLOCK, Rare};
use crate::local::rocks::Rocks;

impl Rare {
    /// From now on what is added is of the new ones; nothing is merged until the end.
    pub(in crate::local) fn begin_rebuild(
        &self,
        rocks: &Rocks,
        family: &str,
    ) -> Result<(), String> {
        let _changing = self.changing();
        self.save_now(rocks, family)
            .map_err(|error| error.to_string())?;
        let mut inner = self.write();
        // Blocks of places are of the one or of the other.
        let row = inner
            .next_row()
            .checked_next_multiple_of(ROWS_BLOCK as u32)
            .ok_or("the numbers of rows are used up")?;
        inner.rows.clear();
        inner.first_row = row;
        inner.rebuilt = Some(Below {
            run: inner.next_run,
            row,
        });
        Ok(())
    }

    /// The new ones are whole: the old ones go. Not durable before the next flush; until then the
    /// old ones are.
    pub(in crate::local) fn complete_rebuild(
        &self,
        rocks: &Rocks,
        family: &str,
    ) -> Result<(), String> {
        let _changing = self.changing();
        let text = |error: crate::local::rocks::RocksError| error.to_string();
        self.save_now(rocks, family).map_err(text)?;
        // Nobody may look for what is deleted.
        let mut inner = self.write();
        let Some(below) = inner.rebuilt.take() else {
            return Ok(());
        };
        let forgotten = [
            keys::run_blocks_range(0..below.run),
            keys::run_directories(0..below.run),
            keys::row_places_before(below.row / ROWS_BLOCK as u32),
        ];
        rocks.replace(family, &[], &forgotten).map_err(text)?;
        inner.runs.retain(|run| run.number >= below.run);
        Ok(())
    }

    /// Old and new ones stay beside each other.
    pub(in crate::local) fn abandon_rebuild(&self) {
        self.write().rebuilt = None;
    }
}
