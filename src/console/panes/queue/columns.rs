//! Owns the table's columns: which there are, how wide each is, and which give way where there is little room.

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Sla,
    Priority,
    Customer,
    Tier,
    Subject,
    Channel,
    Assignee,
    Team,
    Queue,
    Tags,
    Status,
    Messages,
    Age,
}

/// What is known of a column: name in the settings, heading, cells with the blank behind it, and when it gives way (the
/// highest first; never with none).
const TABLE: [(Column, &str, &str, usize, u8); 13] = [
    (Column::Sla, "sla", "SLA", 16, 0),
    (Column::Priority, "priority", "P", 3, 1),
    (Column::Customer, "customer", "Customer", 16, 2),
    (Column::Tier, "tier", "Tier", 9, 5),
    (Column::Subject, "subject", "Subject", SUBJECT, 0),
    (Column::Channel, "channel", "Channel", 10, 6),
    (Column::Assignee, "assignee", "Assignee", 14, 4),
    (Column::Team, "team", "Team", 14, 7),
    (Column::Queue, "queue", "Queue", 15, 8),
    (Column::Tags, "tags", "Tags", 16, 9),
    (Column::Status, "status", "Status", 9, 7),
    (Column::Messages, "messages", "Msgs", 5, 7),
    (Column::Age, "age", "Age", 4, 3),
];

/// The least cells for the subject, which otherwise takes what is left.
const SUBJECT: usize = 20;

impl Column {
    fn facts(self) -> &'static (Self, &'static str, &'static str, usize, u8) {
        TABLE.iter().find(|(column, ..)| *column == self).unwrap_or(&TABLE[0])
    }

    /// Its heading.
    pub fn heading(self) -> &'static str {
        self.facts().2
    }
}

/// The columns of a table, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Default for Columns {
    fn default() -> Self {
        use Column::{Age, Assignee, Channel, Customer, Priority, Queue, Sla, Subject};
        Self(vec![Sla, Priority, Customer, Subject, Channel, Assignee, Queue, Age])
    }
}

/// A name that is no column's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[queue] columns names `{name}`, which is none; there are {}", names())]
pub struct NoColumn {
    name: String,
}

fn names() -> String {
    TABLE.map(|(_, name, ..)| name).join(", ")
}

impl Columns {
    /// Columns by their names; none given, the usual ones.
    ///
    /// # Errors
    /// [`NoColumn`] for a name that is none.
    pub fn named(names: &[String]) -> Result<Self, NoColumn> {
        if names.is_empty() {
            return Ok(Self::default());
        }
        let named = |name: &String| {
            let column = TABLE.iter().find(|(_, known, ..)| known == name).map(|(column, ..)| *column);
            column.ok_or_else(|| NoColumn { name: name.chars().filter(|c| !c.is_control()).take(24).collect() })
        };
        names.iter().map(named).collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// The columns that fit in so many cells, each with its own: while the subject has too little, another gives way.
    pub fn fit(&self, cells: usize) -> Vec<(Column, usize)> {
        let mut all: Vec<(Column, usize)> = self.0.iter().map(|column| (*column, column.facts().3)).collect();
        let width = |all: &[(Column, usize)]| all.iter().map(|(_, cells)| cells).sum::<usize>();
        while width(&all) > cells {
            let first = all.iter().enumerate().filter(|(_, (column, _))| column.facts().4 > 0);
            let Some((place, _)) = first.max_by_key(|(place, (column, _))| (column.facts().4, *place)) else { break };
            all.remove(place);
        }
        let rest = cells.saturating_sub(width(&all));
        if let Some((_, subject)) = all.iter_mut().find(|(column, _)| *column == Column::Subject) {
            *subject += rest;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(fit: &[(Column, usize)]) -> Vec<&'static str> {
        fit.iter().map(|(column, _)| column.facts().1).collect()
    }

    #[test]
    fn the_subject_takes_what_is_left_and_the_least_needed_give_way() {
        let columns = Columns::default();
        for (cells, wanted) in [
            (140, vec!["sla", "priority", "customer", "subject", "channel", "assignee", "queue", "age"]),
            (76, vec!["sla", "priority", "customer", "subject", "assignee", "age"]),
            (60, vec!["sla", "priority", "customer", "subject", "age"]),
            (36, vec!["sla", "subject"]),
        ] {
            let fit = columns.fit(cells);
            assert_eq!(names_of(&fit), wanted, "{cells}");
            assert_eq!(fit.iter().map(|(_, cells)| cells).sum::<usize>(), cells);
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused_with_the_names_there_are() {
        let error = Columns::named(&["sla".to_owned(), "mood".to_owned()]).expect_err("no such column");
        let words = "[queue] columns names `mood`, which is none; there are sla, priority, customer, tier, subject, channel, \
                     assignee, team, queue, tags, status, messages, age";
        assert_eq!(error.to_string(), words);
        assert_eq!(Columns::named(&[]), Ok(Columns::default()));
    }
}
