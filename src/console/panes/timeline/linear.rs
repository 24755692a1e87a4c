//! Owns how a timeline reads in linear mode: the newest entry is the first row, the chosen one is read whole.

use super::{Pen, TimelinePane};
use crate::console::{
    linear::{phrase, spoken::Spoken},
    state::Shared,
};

/// So many of the newest entries are rows.
const SPOKEN: usize = 500;

impl TimelinePane {
    /// The customer and the entries, the newest first.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let Some(customer) = &self.customer else {
            return Spoken {
                head: "Timeline: nobody is open; a number in queue or search opens one".to_owned(),
                ..Spoken::default()
            };
        };
        let items = self.timeline.value().map_or(&[][..], |timeline| &timeline.items);
        // What is older is found by its words (`filter`), or by opening a conversation.
        let rows = items.iter().rev().take(SPOKEN).map(|item| phrase::item(item, shared)).collect();
        let at = self.chosen_item();
        let detail = at.and_then(|at| items.get(at)).map_or_else(Vec::new, |item| phrase::whole(item, shared));
        let spoken = Spoken::of(&self.timeline, "entries, newest first", rows, at.map(|at| items.len() - 1 - at));
        let gaps = self.timeline.value().map_or(&[][..], |timeline| &timeline.gaps);
        let gaps: Vec<String> =
            gaps.iter().map(|gap| format!("; not shown: {}", crate::privacy::text::line(gap).as_ref())).collect();
        let head = format!("Timeline of {}; {}{}", phrase::whose(customer, shared), spoken.head, gaps.concat());
        Spoken { head, detail, typing: self.pen.as_ref().map(pen), ..spoken }
    }

    /// The row of the entry at this place of the spoken rows.
    pub(super) fn choose_spoken(&mut self, place: usize, shared: &Shared) {
        let len = self.timeline.value().map_or(0, |timeline| timeline.items.len());
        self.stand_on(len.saturating_sub(place + 1), shared);
    }
}

fn pen(pen: &Pen) -> String {
    match pen {
        Pen::Reason(_) => "unmask, because (the reason stands in the audit trail)".to_owned(),
        Pen::Find(_) => "words to find in this timeline".to_owned(),
    }
}
