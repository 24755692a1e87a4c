//! Owns what a person is asked in the KObjects pane before something is done: which columns, in which order, under which
//! headings, which relation, which external id; and the query line.

use super::{Kobjects, columns, detail, detail::Leads, table};
use crate::{
    console::{
        effect::Fetch,
        keymap::{Code, Key},
        msg::Target,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
        state::Shared,
        widgets::{input::Input, list::Cursor},
    },
    domain::{Attribute, Klass, KlassName},
    kustomer::search::{Attributes, Context, Query, QueryError, Scope},
    privacy::text,
};

/// What lists are opened for.
const COLUMNS: &str = "kobjects.columns";
const SORT: &str = "kobjects.sort";
const GROUP: &str = "kobjects.group";
const RELATION: &str = "kobjects.relation";
const EXTERNAL: &str = "kobjects.external";
/// Choices that are no column: no name of an attribute begins like this.
const USUAL: &str = "@@usual";
const DONE: &str = "@@done";

/// The query line.
#[derive(Debug, Default)]
pub struct QueryLine {
    /// What is typed.
    pub input: Input,
    /// Whether it has the cursor.
    pub is_typing: bool,
    /// What is wrong with it.
    pub wrong: Option<QueryError>,
    /// What the rows were searched by: of which klass, as written.
    pub words: Option<(KlassName, String)>,
    /// The same, read.
    pub run: Option<Query>,
}

impl QueryLine {
    /// Whether it stands on screen.
    pub fn is_open(&self) -> bool {
        self.is_typing || self.words.is_some()
    }

    /// Forgets it; `false` when there was none.
    pub fn clear(&mut self) -> bool {
        let was_open = self.is_open();
        *self = Self::default();
        was_open
    }
}

impl Kobjects {
    fn all_columns(&self, shared: &Shared) -> Result<(String, Vec<Attribute>), Cannot> {
        let klass: &Klass = self.klass(shared).ok_or(Cannot("the klasses are not here yet"))?;
        let rows: Vec<_> = self.rows().iter().collect();
        Ok((klass.name.to_string(), columns::all(klass, &rows)))
    }

    /// Which columns stand there; a choice puts one at the end or takes it away, names typed say them all in order.
    pub(super) fn pick_columns(&self, standing_on: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let (klass, all) = self.all_columns(cx.shared)?;
        let shape = self.shapes.of(&klass);
        let place = |name: &str| shape.columns.iter().position(|column| column == name);
        let mut choices = vec![choice(DONE, "done", ""), choice(USUAL, "the usual columns", "as many as fit")];
        let mut sorted: Vec<&Attribute> = all.iter().collect();
        sorted.sort_by_key(|attribute| place(&attribute.name).unwrap_or(usize::MAX));
        choices.extend(sorted.into_iter().map(|attribute| {
            let detail = place(&attribute.name).map(|at| format!("column {}", at + 1)).unwrap_or_default();
            choice(&attribute.name, attribute.label.raw(), &detail)
        }));
        let picker = Picker::new("Columns behind the title", COLUMNS, choices);
        cx.pick(picker.or_text("or all of them in order: status, total, placed").standing_on(standing_on));
        Ok(())
    }

    /// By which column rows stand in order.
    pub(super) fn pick_order(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let (klass, all) = self.all_columns(cx.shared)?;
        let sort = self.shapes.of(&klass).sort;
        let choices = all.iter().map(|attribute| {
            let is_now = sort.as_ref().is_some_and(|(name, _)| *name == attribute.name);
            choice(&attribute.name, attribute.label.raw(), if is_now { "again: the other way round" } else { "" })
        });
        let none = choice(USUAL, "as the desk has them", "");
        cx.pick(Picker::new("Sort what is read by", SORT, std::iter::once(none).chain(choices).collect()));
        Ok(())
    }

    /// Under which column's values rows stand together.
    pub(super) fn pick_group(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let (_, all) = self.all_columns(cx.shared)?;
        let choices = all.iter().map(|attribute| choice(&attribute.name, attribute.label.raw(), ""));
        let none = choice(USUAL, "nothing", "");
        cx.pick(Picker::new("Put rows under headings by", GROUP, std::iter::once(none).chain(choices).collect()));
        Ok(())
    }

    /// To what the chosen record points at: at once where there is one thing only.
    pub(super) fn follow(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let all = self.relations(cx.shared)?;
        match all.as_slice() {
            [] => Err(Cannot("this record points at nothing")),
            [(leads, _)] => {
                go(leads, cx);
                Ok(())
            }
            many => {
                let choices =
                    many.iter().enumerate().map(|(at, (_, words))| choice(&at.to_string(), words, "")).collect();
                cx.pick(Picker::new("Follow", RELATION, choices));
                Ok(())
            }
        }
    }

    /// What the chosen record points at, in words.
    fn relations(&self, shared: &Shared) -> Result<Vec<(Leads, String)>, Cannot> {
        let kobject = self.chosen().ok_or(Cannot("choose a KObject first"))?;
        let klass = self.klass(shared).ok_or(Cannot("the klasses are not here yet"))?;
        let mut all = Vec::new();
        for attribute in &klass.attributes {
            let Some(field) = kobject.field(&attribute.name) else { continue };
            for leads in detail::relations(attribute, field) {
                let id = match &leads {
                    Leads::Record(_, id) => id.to_string(),
                    Leads::Customer(id) => id.to_string(),
                    Leads::Nowhere | Leads::Folds(_) => continue,
                };
                let name = self.names.get(&id).cloned().unwrap_or(id);
                all.push((leads, format!("{}: {name}", attribute.label.line())));
            }
        }
        if let Some(customer) = &kobject.customer {
            let words = format!("customer: {}", super::customer_name(Some(customer), shared));
            all.push((Leads::Customer(customer.clone()), words));
        }
        Ok(all)
    }

    /// Asks for the org's own id of a record.
    pub(super) fn pick_external(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let klass = self.klass(cx.shared).ok_or(Cannot("the klasses are not here yet"))?;
        let known = self.rows().iter().filter_map(|row| {
            let id = row.external_id.as_ref().filter(|id| !id.is_blank())?;
            Some(choice(id.raw(), id.raw(), &table::name(row)))
        });
        let title = format!("{} with the external id", klass.label.line().as_ref());
        cx.pick(Picker::new(title, EXTERNAL, known.collect()).or_text("the org's own id, whole"));
        Ok(())
    }

    /// Something was chosen from one of these lists.
    pub(super) fn chose(&mut self, purpose: &str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let (klass, all) = self.all_columns(cx.shared)?;
        let mut shape = self.shapes.of(&klass);
        match purpose {
            COLUMNS if chosen == DONE => return Ok(()),
            COLUMNS if chosen == USUAL => shape.columns.clear(),
            COLUMNS if all.iter().any(|attribute| attribute.name == chosen) => {
                match shape.columns.iter().position(|column| column == chosen) {
                    Some(place) => _ = shape.columns.remove(place),
                    None => shape.columns.push(chosen.to_owned()),
                }
                self.shapes.set(&klass, shape);
                self.rearrange(cx.shared);
                return self.pick_columns(chosen, cx);
            }
            COLUMNS => {
                let named = chosen.split(',').map(|words| columns::called(&all, words).map(|known| known.name.clone()));
                shape.columns =
                    named.collect::<Option<_>>().ok_or(Cannot("one of these is no column of this klass"))?;
            }
            SORT if chosen == USUAL => shape.sort = None,
            SORT => {
                let turns = shape.sort.as_ref().is_some_and(|(name, last_first)| name == chosen && !last_first);
                shape.sort = Some((chosen.to_owned(), turns));
                if self.found.value().is_some_and(|page| page.more) {
                    cx.say("sorted among what is read; `sort:` in a query (i) sorts at the desk");
                }
            }
            GROUP => shape.group = (chosen != USUAL).then(|| chosen.to_owned()),
            RELATION => {
                let all = self.relations(cx.shared)?;
                let leads = chosen.parse::<usize>().ok().and_then(|at| all.get(at));
                return leads.map(|(leads, _)| go(leads, cx)).ok_or(Cannot("that is not there any more"));
            }
            EXTERNAL => {
                cx.fetch(Fetch::KobjectNamed(KlassName::new(klass), chosen.trim().to_owned()));
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.shapes.set(&klass, shape);
        self.cursor = Cursor::default();
        self.rearrange(cx.shared);
        Ok(())
    }

    /// Opens the query line.
    pub(super) fn write_query(&mut self) {
        self.filter.clear();
        (self.query.is_typing, self.detail) = (true, None);
    }

    /// Runs the query: it looks through the whole org.
    pub(super) fn submit_query(&mut self, cx: &mut UpdateCx<'_>) {
        let Some(klass) = self.klass(cx.shared) else { return };
        let words = self.query.input.words().trim().to_owned();
        if words.is_empty() {
            self.query.clear();
            self.load(cx);
            return;
        }
        let name = klass.name.clone();
        match query(&words, klass, cx.shared) {
            Ok(query) => {
                (self.query.wrong, self.query.is_typing) = (None, false);
                (self.query.run, self.query.words) = (Some(query), Some((name, words)));
                self.whole_org = true;
                self.asked = None;
                self.load(cx);
            }
            Err(wrong) => self.query.wrong = Some(wrong),
        }
    }

    /// A key in the query line.
    pub(super) fn query_key(&mut self, key: &Key) {
        if matches!(key.code, Code::Up | Code::Down) {
            return;
        }
        self.query.input.key(key);
        self.query.wrong = None;
    }
}

/// Goes where something leads; the way back leads here again.
pub fn go(leads: &Leads, cx: &mut UpdateCx<'_>) {
    match leads {
        Leads::Record(klass, id) => {
            cx.open(Target::Kobject { klass: klass.clone(), customer: None, id: id.clone() });
        }
        Leads::Customer(id) => cx.open(Target::Timeline { customer: id.clone(), conversation: None }),
        Leads::Nowhere | Leads::Folds(_) => {}
    }
}

/// Words as a query of one klass.
fn query(words: &str, klass: &Klass, shared: &Shared) -> Result<Query, QueryError> {
    let context = Context::Kobject(klass.name.clone());
    let attributes = Attributes::from([(format!("kobject.{}", klass.name), klass.attributes.clone())]);
    let scope = Scope {
        names: shared.directory.value(),
        me: shared.me.value().map(|me| &me.id),
        attributes: &attributes,
        ..Scope::bare(&context, shared.moment.now, &shared.zone)
    };
    Query::parse(words, &scope)
}

fn choice(id: &str, label: &str, detail: &str) -> Choice {
    let label = text::line(label).into_string();
    Choice { id: id.to_owned(), label, detail: detail.to_owned() }
}
