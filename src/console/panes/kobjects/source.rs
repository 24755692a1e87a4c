//! Owns what is asked of the desk for the KObjects pane, and the taking in of what comes: klasses, pages, the one record it was
//! opened on, names behind ids, a record's past.

use std::collections::HashSet;

use super::{Kobjects, detail, shape, table, value::Names};
use crate::{
    console::{
        effect::Fetch,
        msg::Fetched,
        pane::{Cannot, UpdateCx},
        remote::{Problem, Remote},
        state::Shared,
    },
    domain::{CustomerId, Klass, KlassName, Kobject, KobjectId},
    kustomer::{LAST_PAGE, Page},
};

/// Names of related records that are read by themselves when a detail opens.
const NAMED: usize = 4;
/// Names that are remembered.
const NAMES: usize = 5_000;

/// What the rows are the answer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of which klass.
    pub klass: KlassName,
    /// Whose, when not the org's.
    pub customer: Option<CustomerId>,
    /// What they were searched for by, as written.
    pub query: Option<String>,
}

impl Kobjects {
    pub(super) fn rows(&self) -> &[Kobject] {
        self.found.value().map_or(&[], |page| &page.rows)
    }

    pub(super) fn chosen(&self) -> Option<&Kobject> {
        let order = &self.arranged.order;
        self.rows().get(*order.get(self.cursor.chosen(order.len())?)?)
    }

    /// The klass of the chosen record's table: the chosen one, or the first one while none is chosen or the chosen one is gone.
    pub(super) fn klass<'a>(&self, shared: &'a Shared) -> Option<&'a Klass> {
        let klasses = shared.klasses.value()?;
        let chosen = self.klass.as_ref().and_then(|name| klasses.iter().find(|klass| klass.name == *name));
        chosen.or_else(|| klasses.first())
    }

    pub(super) fn scope(&self) -> Option<&CustomerId> {
        self.subject.as_ref().filter(|_| !self.whole_org)
    }

    /// Takes a page in: the first replaces what was here, a later one is added to it.
    pub(super) fn take(&mut self, page: u32, answer: Result<Page<Kobject>, Problem>, shared: &Shared) {
        let is_done = answer.is_ok();
        let answer = match (answer, self.found.value_mut()) {
            (Ok(new), Some(all)) if page > 1 => {
                let mut all = std::mem::take(all);
                let known: HashSet<KobjectId> = all.rows.iter().map(|row| row.id.clone()).collect();
                all.rows.extend(new.rows.into_iter().filter(|row| !known.contains(&row.id)));
                (all.more, all.skipped) = (new.more, all.skipped + new.skipped);
                Ok(all)
            }
            (answer, _) => answer,
        };
        self.page = if is_done { page } else { self.page };
        self.found.answer(answer, shared.moment.now);
        self.refilter(shared);
    }

    /// What was read, or how it is arranged, is different: names are learned, the filter and the order follow.
    pub(super) fn refilter(&mut self, shared: &Shared) {
        let rows = self.found.value().map_or(&[][..], |page| &page.rows);
        if self.names.len() > NAMES {
            self.names = Names::new();
        }
        self.names.extend(rows.iter().map(|row| (row.id.to_string(), table::name(row))));
        if let Some(person) = shared.current.as_ref().and_then(|current| current.person.value()) {
            self.names.insert(person.id.to_string(), person.name.line().into_string());
        }
        self.filter.take(self.klass(shared), rows, shared);
        self.rearrange(shared);
    }

    /// Puts the rows that are left in order.
    pub(super) fn rearrange(&mut self, shared: &Shared) {
        let Some(klass) = self.klass(shared) else {
            self.arranged = shape::Arranged::default();
            return;
        };
        let rows = self.found.value().map_or(&[][..], |page| &page.rows);
        let all = super::columns::all(klass, &rows.iter().collect::<Vec<_>>());
        let shape = self.shapes.of(klass.name.as_str());
        self.arranged = shape::arrange(&shape, &all, rows, self.filter.left(), shared);
    }

    /// Asks for the page behind what was read: a customer's records come in one.
    pub(super) fn read_on(&mut self, cx: &mut UpdateCx<'_>) {
        let is_more = self.found.value().is_some_and(|page| page.more) && !self.found.is_loading();
        let Some(asked) = self.asked.clone().filter(|asked| asked.customer.is_none()) else { return };
        if is_more && self.page < LAST_PAGE {
            self.found.ask();
            self.fetch_page(&asked, self.page + 1, cx);
        }
    }

    /// Chooses the record it was opened on. Where that is not among the first ones, it is read by itself.
    pub(super) fn seek(&mut self, cx: &mut UpdateCx<'_>) {
        let (Some(id), Some(asked), false) = (&self.wanted, &self.asked, self.found.is_loading()) else { return };
        let at = self.rows().iter().position(|row| row.id == *id);
        match at.and_then(|at| self.arranged.order.iter().position(|place| *place == at)) {
            Some(place) => {
                self.cursor.choose(place);
                self.wanted = None;
                self.look_around(cx);
            }
            None if at.is_some() => self.wanted = None,
            None if self.found.value().is_some() => cx.fetch(Fetch::Kobject(asked.klass.clone(), id.clone())),
            None => {}
        }
    }

    /// Asks for what is missing: the klasses, then the records of the chosen one.
    pub(super) fn load(&mut self, cx: &mut UpdateCx<'_>) {
        let unread = matches!(cx.shared.klasses, Remote::NotAsked | Remote::Failed(None, _));
        let asked_before = cx.out.fetches.contains(&Fetch::Klasses);
        let Some(klass) = self.klass(cx.shared) else {
            if unread && !asked_before {
                cx.fetch(Fetch::Klasses);
            }
            return;
        };
        let query = self.query.words.clone().filter(|(of, _)| *of == klass.name).map(|(_, words)| words);
        let wanted = Asked { klass: klass.name.clone(), customer: self.scope().cloned(), query };
        if self.asked.as_ref() != Some(&wanted) {
            self.found = Remote::NotAsked;
            self.filter.clear();
            self.refilter(cx.shared);
            self.cursor = super::Cursor::default();
            self.ask(wanted, cx);
        }
    }

    pub(super) fn ask(&mut self, wanted: Asked, cx: &mut UpdateCx<'_>) {
        self.found.ask();
        self.fetch_page(&wanted, 1, cx);
        self.asked = Some(wanted);
    }

    fn fetch_page(&self, wanted: &Asked, page: u32, cx: &mut UpdateCx<'_>) {
        match &self.query.run {
            Some(query) if wanted.query.is_some() => cx.fetch(Fetch::FindKobjects(query.clone(), page)),
            _ => cx.fetch(Fetch::Kobjects(wanted.klass.clone(), wanted.customer.clone(), page)),
        }
    }

    /// Reads the records anew, and what metadata says of them: a field that was just made is there at once.
    pub(super) fn reload(&mut self, cx: &mut UpdateCx<'_>) {
        if cx.out.fetches.iter().any(|fetch| matches!(fetch, Fetch::Kobjects(..) | Fetch::Klasses)) {
            return;
        }
        cx.fetch(Fetch::Klasses);
        if let Some(wanted) = self.asked.clone() {
            self.ask(wanted, cx);
        }
    }

    /// Takes an answer to one of this pane's fetches in.
    pub(super) fn answered(&mut self, fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        match (fetch, answer) {
            (Fetch::Kobjects(klass, customer, page), Fetched::Kobjects(answer)) => {
                let is_ours =
                    |asked: &Asked| asked.klass == *klass && asked.customer == *customer && asked.query.is_none();
                if self.asked.as_ref().is_some_and(is_ours) {
                    self.take(*page, answer, cx.shared);
                    self.seek(cx);
                }
            }
            (Fetch::FindKobjects(query, page), Fetched::Kobjects(answer)) => {
                let is_ours = self.query.run.as_ref() == Some(query);
                if is_ours && self.asked.as_ref().is_some_and(|asked| asked.query.is_some()) {
                    self.take(*page, answer, cx.shared);
                    self.seek(cx);
                }
            }
            (Fetch::Kobject(klass, id), Fetched::Kobject(answer)) => self.one(klass, id, answer, cx),
            (Fetch::KobjectNamed(klass, _), Fetched::Kobject(answer)) => match answer {
                Ok(kobject) => {
                    self.wanted = Some(kobject.id.clone());
                    let id = kobject.id.clone();
                    self.detail.get_or_insert_default();
                    self.one(klass, &id, Ok(kobject), cx);
                }
                Err(problem) => cx.say(format!("{}: {}", problem.what, problem.why)),
            },
            (Fetch::RecordHistory(_, id), Fetched::RecordHistory(answer)) => {
                if let Some((_, history)) = self.history.as_mut().filter(|(of, _)| of == id) {
                    history.answer(*answer, cx.shared.moment.now);
                }
            }
            _ => {}
        }
    }

    /// One record came: the one it was opened on joins the rows, any other only gives its name.
    fn one(&mut self, klass: &KlassName, id: &KobjectId, answer: Result<Kobject, Problem>, cx: &mut UpdateCx<'_>) {
        let is_ours =
            self.wanted.as_ref() == Some(id) && self.asked.as_ref().is_some_and(|asked| asked.klass == *klass);
        match answer {
            Ok(kobject) if is_ours => {
                let is_here = self.rows().iter().any(|row| row.id == kobject.id);
                if !is_here {
                    self.found.value_mut().into_iter().for_each(|page| page.rows.insert(0, kobject.clone()));
                }
                self.filter.clear();
                self.refilter(cx.shared);
                self.seek(cx);
            }
            Ok(kobject) => _ = self.names.insert(kobject.id.to_string(), table::name(&kobject)),
            Err(problem) if is_ours => {
                self.wanted = None;
                cx.say(format!("{}: {}", problem.what, problem.why));
            }
            Err(_) => {}
        }
    }

    /// Asks for the names of what the open record points at, as far as nobody knows them.
    pub(super) fn look_around(&self, cx: &mut UpdateCx<'_>) {
        let (Some(kobject), Some(klass), true) = (self.chosen(), self.klass(cx.shared), self.detail.is_some()) else {
            return;
        };
        let leads = klass
            .attributes
            .iter()
            .filter_map(|attribute| Some(detail::relations(attribute, kobject.field(&attribute.name)?)));
        let unknown = leads.flatten().filter_map(|leads| match leads {
            detail::Leads::Record(klass, id) if !self.names.contains_key(id.as_str()) => Some((klass, id)),
            _ => None,
        });
        unknown.take(NAMED).for_each(|(klass, id)| cx.fetch(Fetch::Kobject(klass, id)));
    }

    /// Asks what happened to the chosen record.
    pub(super) fn ask_history(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let chosen = self.chosen().ok_or(Cannot("choose a KObject first"))?;
        let (klass, id) = (chosen.klass.clone(), chosen.id.clone());
        self.history = Some((id.clone(), Remote::Loading(None)));
        cx.fetch(Fetch::RecordHistory(klass, id));
        Ok(())
    }
}
