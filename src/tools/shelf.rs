//! Owns which tools there are in a sitting: our own, and those of other sources under names that are unique and that models
//! take. Clones share it, so that a source that comes late or changes its tools is known everywhere. Calls nothing.
//!
//! Invariants: a name means one tool; a tool of another source never stands under a name of our own; which source and which
//! tool a name means is read from the tool itself ([`super::Outside::origin`]), never from the name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use tokio::sync::watch;

use super::{
    Tool, all, by_name,
    find::{Index, found},
    kit::{RESIDENT, RESIDENT_TOKENS, tokens},
    outside::{Offered, Source, name, tool},
};

/// Definitions of one source in a sitting: tools live as long as the program, and no source may fill its memory, or take the room
/// of others, by changing what it offers.
const DEFINITIONS: usize = 4_096;

/// Ours, made once: searching it is frequent, changing it is not.
static OURS: LazyLock<Arc<Index>> = LazyLock::new(|| Arc::new(Index::of(all())));

/// The tools of a sitting.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<RwLock<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    sources: Vec<Listed>,
    /// Whether those of our own that look at or change the desk are offered; they are unless said otherwise.
    without_ours: bool,
    /// Definitions so far, by source.
    made: BTreeMap<String, usize>,
    index: Option<Arc<Index>>,
    /// What a person should know of it.
    news: watch::Sender<Option<String>>,
}

/// A source with what it offers.
#[derive(Debug)]
struct Listed {
    alias: String,
    source: Arc<dyn Source>,
    tools: Vec<&'static Tool>,
}

impl Inner {
    fn tools(&self) -> impl Iterator<Item = &'static Tool> {
        let ours = all().iter().copied().filter(|tool| !self.without_ours || tool.is_local());
        ours.chain(self.sources.iter().flat_map(|source| source.tools.iter().copied()))
    }
}

impl Shelf {
    /// Our own tools alone.
    pub fn new() -> Self {
        Self::default()
    }

    fn read<T>(&self, work: impl FnOnce(&Inner) -> T) -> T {
        work(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes those of our own that look at or change the desk off: what the desk is asked goes through other sources alone.
    pub fn take_ours_off(&self) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        (inner.without_ours, inner.index) = (true, None);
    }

    /// Puts what a source offers in place of what it offered before. A definition that did not change stays the tool it was.
    /// How many could not be taken is told: their names could not be made unique, or there were too many definitions.
    pub fn put(&self, source: &Arc<dyn Source>, offered: Vec<Offered>) -> usize {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let alias = source.alias().to_owned();
        let at = inner.sources.iter().position(|known| known.alias == alias);
        let before = at.map(|at| inner.sources.remove(at).tools).unwrap_or_default();
        let mut taken: BTreeSet<&str> = all().iter().map(|tool| tool.spec.name).collect();
        taken.extend(inner.sources.iter().flat_map(|source| source.tools.iter().map(|tool| tool.spec.name)));
        let (mut tools, mut left_out) = (Vec::new(), 0);
        for offer in offered {
            let Some(name) = name::unique(&alias, &offer, |name| taken.contains(name) || by_name(name).is_some())
            else {
                left_out += 1;
                continue;
            };
            let known = before.iter().copied().find(|known| known.spec.name == name && known.is_still(&offer));
            let made = match known {
                Some(known) => known,
                None if inner.made.get(&alias).is_none_or(|made| *made < DEFINITIONS) => {
                    *inner.made.entry(alias.clone()).or_default() += 1;
                    tool(source, name, offer)
                }
                None => {
                    left_out += 1;
                    continue;
                }
            };
            taken.insert(made.spec.name);
            tools.push(made);
        }
        let at = at.unwrap_or(inner.sources.len());
        inner.sources.insert(at, Listed { alias, source: source.clone(), tools });
        inner.index = None;
        left_out
    }

    /// Says what a person should know of the tools: that a source changed them.
    pub fn tell(&self, words: String) {
        self.read(|inner| inner.news.send_replace(Some(words)));
    }

    /// What a person should know of the tools, as it comes.
    pub fn news(&self) -> watch::Receiver<Option<String>> {
        let mut news = self.read(|inner| inner.news.subscribe());
        // What was told before anybody listened is news, too.
        news.mark_changed();
        news
    }

    /// Every tool on offer: ours in the order of their tables, then those of each source.
    pub fn all(&self) -> Vec<&'static Tool> {
        self.read(|inner| inner.tools().collect())
    }

    /// The names of the other sources, in the order they came.
    pub fn sources(&self) -> Vec<String> {
        self.read(|inner| inner.sources.iter().map(|source| source.alias.clone()).collect())
    }

    /// One tool on offer: by the name under which it is offered, or by its source and its name there (`desk/case.close`). A
    /// name made for one klass (`kobject_create_order`) is the tool it was made of.
    pub fn by_name(&self, name: &str) -> Option<&'static Tool> {
        self.read(|inner| {
            let theirs = || inner.sources.iter().flat_map(|source| &source.tools);
            let ours = by_name(name).filter(|tool| !inner.without_ours || tool.is_local());
            let is_it = |tool: &&&Tool| tool.spec.name == name || tool.is_at(name);
            ours.or_else(|| theirs().find(is_it).copied())
        })
    }

    /// The tools that go with every request: ours, and where those are not on offer what the sources hold to be most needed,
    /// as far as they stay affordable.
    pub fn resident(&self) -> Vec<&'static Tool> {
        let mut resident: Vec<&'static Tool> = RESIDENT.iter().filter_map(|name| self.by_name(name)).collect();
        let theirs: Vec<&'static Tool> = self.read(|inner| {
            let sources = inner.sources.iter().filter(|_| inner.without_ours);
            sources
                .flat_map(|listed| {
                    let named = |name: &&str| listed.tools.iter().copied().find(|tool| tool.spec.name == *name);
                    listed.source.resident().iter().filter_map(named).collect::<Vec<_>>()
                })
                .filter(|tool| tool.outside().is_some_and(|tool| tool.barred().is_none()))
                .collect()
        });
        let cost = |tool: &Tool| tokens(&tool.wire().to_string()) + 1;
        let mut spent: usize = resident.iter().map(|tool| cost(tool)).sum();
        for tool in theirs {
            if spent + cost(tool) <= RESIDENT_TOKENS {
                spent += cost(tool);
                resident.push(tool);
            }
        }
        resident
    }

    /// Tools that fit a wish in free words, the best first, with how well they fit.
    pub fn find(&self, wish: &str) -> Vec<(&'static Tool, f64)> {
        found(&self.index(), wish)
    }

    fn index(&self) -> Arc<Index> {
        let (index, is_ours) =
            self.read(|inner| (inner.index.clone(), inner.sources.is_empty() && !inner.without_ours));
        match index {
            Some(index) => index,
            None if is_ours => OURS.clone(),
            None => {
                let made = Arc::new(Index::of(&self.all()));
                self.0.write().unwrap_or_else(PoisonError::into_inner).index = Some(made.clone());
                made
            }
        }
    }
}
