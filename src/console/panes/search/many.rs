//! Owns the way from what a search found to a change of all of it: as a bulk job, planned in the Bulk pane. Changes nothing.

use super::Search;
use crate::{
    bulk::Resource,
    console::{
        msg::Target,
        pane::{Cannot, UpdateCx},
    },
};

impl Search {
    /// Goes on in the Bulk pane with every row that was read.
    pub(super) fn change_all(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let shelf = self.shelves.get(&self.place).ok_or(Cannot("nothing was searched for yet"))?;
        let ids: Vec<String> = shelf
            .found
            .value()
            .map_or(&[][..], |page| &page.rows)
            .iter()
            .map(|record| record.id().to_owned())
            .collect();
        if ids.is_empty() {
            return Err(Cannot("nothing was found"));
        }
        let words = format!("the query {} in {}", self.query.words(), self.place);
        let resource = Resource::from(&self.place);
        cx.open(Target::BulkOf { resource, ids, words });
        Ok(())
    }
}
