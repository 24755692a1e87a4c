//! Owns what was found in one place: the rows, read page by page as they are wanted, their order on screen, and which is
//! chosen. Does not draw.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{record::Record, table::Cell};
use crate::{
    console::{
        actions::Action,
        remote::{Problem, Remote},
        state::Shared,
        widgets::list::Cursor,
    },
    domain::CustomerId,
    kustomer::{Found, LAST_PAGE, Page, search::Query},
};

/// An order by a column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which column.
    pub column: usize,
    /// The largest or latest first.
    pub descending: bool,
}

/// The page behind those that are here.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Further {
    /// Nobody asked for it.
    #[default]
    Unread,
    /// It is on its way.
    Asked,
    /// It could not be read.
    Failed(Problem),
}

/// What one query found in one place.
#[derive(Debug)]
pub struct Shelf {
    /// The query as typed.
    pub words: String,
    /// The query as understood.
    pub query: Query,
    /// What is marked in the rows, in lower case.
    pub needles: Vec<String>,
    /// What came; the rows in the order they came.
    pub found: Remote<Page<Record>>,
    /// The page behind them.
    pub further: Further,
    /// The order asked for by a column, if one was.
    pub order: Option<Order>,
    /// Which row is chosen, counted on screen.
    pub cursor: Cursor,
    /// Pages read.
    page: u32,
    /// The rows' places in the order on screen.
    shown: Vec<usize>,
}

impl Shelf {
    /// A query on its way.
    pub fn asked(words: &str, query: Query) -> Self {
        let needles =
            query.sought().into_iter().map(str::to_lowercase).filter(|word| word.chars().count() > 1).collect();
        Self {
            words: words.to_owned(),
            needles,
            query,
            found: Remote::Loading(None),
            further: Further::Unread,
            order: None,
            cursor: Cursor::default(),
            page: 0,
            shown: Vec::new(),
        }
    }

    /// Everything that was read.
    pub fn rows(&self) -> &[Record] {
        self.found.value().map_or(&[], |page| &page.rows)
    }

    /// How many rows there are on screen.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// A row by its place on screen.
    pub fn row(&self, place: usize) -> Option<&Record> {
        self.rows().get(*self.shown.get(place)?)
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<&Record> {
        self.row(self.cursor.chosen(self.len())?)
    }

    /// Chooses a record, if it is here.
    pub fn choose(&mut self, id: &str) {
        if let Some(place) = (0..self.len()).find(|place| self.row(*place).is_some_and(|row| row.id() == id)) {
            self.cursor.choose(place);
        }
    }

    /// The next page to ask for, when one can be had.
    pub fn next_page(&self) -> Option<u32> {
        let page = self.found.value().filter(|page| page.more && !self.found.is_loading())?;
        let is_due = self.further != Further::Asked && self.page < LAST_PAGE && !page.rows.is_empty();
        is_due.then_some(self.page + 1)
    }

    /// Whether the desk gives no more although there is more (Kustomer API reference 4.2).
    pub fn is_at_the_stop(&self) -> bool {
        self.page >= LAST_PAGE && self.found.value().is_some_and(|page| page.more)
    }

    /// Takes a page in. Page 1 replaces everything; a later one is added, rows that came before left out.
    pub fn take(&mut self, number: u32, answer: Result<Found, Problem>, shared: &Shared) {
        let answer = answer.map(Record::page);
        let chosen = self.chosen().map(|row| row.id().to_owned());
        if number <= 1 {
            self.page = if answer.is_ok() { 1 } else { self.page };
            self.further = Further::Unread;
            self.found.answer(answer, shared.moment.now);
        } else if number == self.page + 1 {
            match (answer, self.found.value_mut()) {
                (Ok(page), Some(all)) => {
                    self.page = number;
                    self.further = Further::Unread;
                    add(all, page);
                }
                (Err(problem), _) => self.further = Further::Failed(problem),
                (Ok(_), None) => {}
            }
        }
        self.arrange(shared);
        if let Some(id) = chosen {
            self.choose(&id);
        }
    }

    /// Orders by a column; by the same column again, the other way round.
    pub fn order_by(&mut self, column: usize, shared: &Shared) {
        let descending = self.order.is_some_and(|order| order.column == column && !order.descending);
        self.order = Some(Order { column, descending });
        self.arrange(shared);
        self.cursor = Cursor::default();
    }

    fn arrange(&mut self, shared: &Shared) {
        let rows = self.rows();
        let mut shown: Vec<usize> = (0..rows.len()).collect();
        if let Some(Order { column, descending }) = self.order {
            let key =
                |row: &Record| super::table::cells(row, shared).into_iter().nth(column).map(|cell: Cell| cell.key);
            let keys: Vec<_> = rows.iter().map(key).collect();
            shown.sort_by(|a, b| if descending { keys[*b].cmp(&keys[*a]) } else { keys[*a].cmp(&keys[*b]) });
        }
        self.shown = shown;
    }

    /// Moves among the rows; whether the end of what was read was reached, or pushed at.
    pub fn act(&mut self, action: Action) -> Option<bool> {
        let len = self.len();
        self.cursor.act(action, len).then(|| {
            let goes_down = matches!(action, Action::Down | Action::HalfDown | Action::PageDown | Action::Bottom);
            goes_down && self.cursor.chosen(len) == len.checked_sub(1)
        })
    }

    /// Takes out what a customer's window let through.
    pub fn forget(&mut self, customer: &CustomerId) {
        self.found.value_mut().into_iter().flat_map(|page| &mut page.rows).for_each(|row| row.forget(customer));
    }

    /// When the rows were read, while they are fresh.
    pub fn as_of(&self) -> Option<Timestamp> {
        if let Remote::Ready(_, at) = self.found { Some(at) } else { None }
    }
}

fn add(all: &mut Page<Record>, page: Page<Record>) {
    let known: HashSet<String> = all.rows.iter().map(|row| row.id().to_owned()).collect();
    all.rows.extend(page.rows.into_iter().filter(|row| !known.contains(row.id())));
    all.total = page.total.or(all.total);
    all.more = page.more;
    all.skipped += page.skipped;
}
