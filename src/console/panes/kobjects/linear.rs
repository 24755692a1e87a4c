//! Owns how KObjects read in linear mode; every attribute of the open one.

use super::{Kobjects, customer_name, detail, table};
use crate::console::{
    linear::spoken::Spoken,
    remote::Remote,
    state::Shared,
    theme::{Depth, Theme},
};

impl Kobjects {
    /// The records of the chosen klass.
    pub(super) fn in_words(&self, shared: &Shared) -> Spoken {
        let Some(klass) = self.klass(shared) else {
            return Spoken::of(&shared.klasses, "KObjects, klasses", Vec::new(), None);
        };
        let rows: Vec<String> = self.rows().iter().map(table::name).collect();
        let whose = self.scope().map_or_else(|| "the whole org".to_owned(), |id| customer_name(Some(id), shared));
        let what = format!("{} of {whose}", klass.label.line().as_ref());
        let open = self.chosen().filter(|_| self.detail.is_some());
        let detail = open.map_or_else(Vec::new, |kobject| {
            let (theme, _) = Theme::named(Some("terminal"), Depth::Mono);
            let lines = detail::lines(detail::Subject { kobject, klass }, shared, &theme, 100);
            lines.iter().map(|line| line.to_string().trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
        });
        let chosen = self.cursor.chosen(rows.len());
        let spoken = Spoken::of(&self.found, &what, rows, chosen);
        let waits = spoken.waits || matches!(self.found, Remote::NotAsked);
        Spoken { detail, waits, ..spoken }
    }
}
