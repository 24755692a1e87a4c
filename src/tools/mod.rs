//! Owns what an assistant may ask for: the table of tools, what each takes, and how its answers are worded. A tool gets a
//! [`Reader`] and gives back an [`Answer`] or a [`Change`] to propose; there is no writer to reach for. Does not decide
//! when a tool runs (`assistant`) or whether a change may happen (`approval`).
//!
//! A tool with a behaviour of its own is one type in one file and one line in [`all`]'s table. Tools that only differ in what
//! they ask for are one line in a table of their kind: `looks` (reads), `wishes` (changes), `drafts` (channels).
//! Parameters are data: the schema the model reads, the check of what it wrote and the error it gets are made from the same
//! line. Few tools go with every request; the rest is found and loaded when asked for (`kit`, `find`).

mod answer;
mod bulk_status;
mod conversation_add_note;
mod conversations;
mod customer_unmask;
mod customer_update;
mod customers;
mod drafts;
mod error;
mod find;
mod kit;
mod klass;
mod kobject_bulk_create;
mod kobject_write;
mod kobjects;
mod local;
mod looks;
pub mod outside;
mod params;
mod phone;
mod shelf;
mod tool_search;
mod value_disclose;
mod wishes;

use std::sync::LazyLock;

use futures::future::BoxFuture;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub use answer::{Answer, expect_fields};
pub use error::ToolError;
pub use kit::{Kit, RESIDENT_TOKENS, tokens};
pub use outside::{Outside, telling};
pub use params::{Kind, Need, Param};
pub use shelf::Shelf;

use crate::{
    approval::{Change, Effect},
    clock::Clock,
    domain::{ConversationId, CustomerId, Text},
    kustomer::{Reader, Receipt},
    privacy::Vault,
    store::Store,
};
use params::Arguments;

/// What a tool is to the model, the person and the policy.
#[derive(Debug)]
pub struct Spec {
    /// Its name: at most 64 of `a-z_`.
    pub name: &'static str,
    /// What the model reads: what it does, when to use it.
    pub about: &'static str,
    /// Further words by which it is found; no model reads them.
    pub words: &'static str,
    /// What it does to the world.
    pub effect: Effect,
    /// Whether it is called again and again until something is ready; such calls have a budget of their own.
    pub polls: bool,
    /// Its parameters.
    pub params: &'static [Param],
    /// Arguments it accepts, as an example; empty where its parameters say it all.
    pub example: &'static str,
}

impl Spec {
    /// Arguments it accepts: the example, or one made of what has to be there.
    pub fn sample(&self) -> Value {
        let made = || {
            let must = self.params.iter().filter(|param| param.need == Need::Must);
            must.map(|param| (param.name.to_owned(), param.sample())).collect::<Map<_, _>>().into()
        };
        serde_json::from_str(self.example).unwrap_or_else(|_| made())
    }
}

/// What a tool may use.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Looks at the desk; in the assistant's lane.
    pub reader: Reader,
    /// Placeholders.
    pub vault: Vault,
    /// Time, for waiting and for dates in searches.
    pub clock: Clock,
    /// Where started bulk jobs are remembered.
    pub store: Store,
    /// Which desk the store means (its base address).
    pub org: String,
    /// The conversation on screen.
    pub conversation: Option<ConversationId>,
    /// Names the turn, so that the same wish within it carries the same reference.
    pub turn: String,
    /// The tools on offer, and what was spent of those that are counted.
    pub kit: Kit,
}

/// What a tool gives back.
#[derive(Debug)]
pub enum Outcome {
    /// It looked.
    Answer(Answer),
    /// It wants something done, and says why.
    Propose {
        /// The exact requests.
        change: Box<Change>,
        /// The model's reason: untrusted words.
        reason: Text,
    },
}

type Run = for<'a> fn(Arguments, &'a Cx) -> BoxFuture<'a, Result<Outcome, ToolError>>;
type Done = for<'a> fn(&'a Change, &'a Receipt, &'a Cx) -> BoxFuture<'a, Answer>;

/// How an argument is written by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Whether it has to be there.
    pub is_needed: bool,
    /// Whether it is words, written as they are; everything else is written as JSON.
    pub is_text: bool,
}

/// A tool in the table.
#[derive(Debug)]
pub struct Tool {
    /// What it is.
    pub spec: &'static Spec,
    does: Does,
}

/// Whose code a tool runs.
#[derive(Debug)]
enum Does {
    /// Its own.
    Own { run: Run, done: Done },
    /// That of all reads of the table.
    Look(&'static looks::Look),
    /// That of all changes of the table.
    Wish(&'static wishes::Wish),
    /// That of all drafts.
    Draft(&'static drafts::Draft),
    /// Another source's.
    Outside(Box<Outside>),
}

macro_rules! tools {
    ($($module:ident :: $name:ident),* $(,)?) => {
        static OWN: &[Tool] = &[$(Tool {
            spec: &$module::$name::SPEC,
            does: Does::Own {
                run: |arguments, cx| Box::pin($module::$name::run(arguments, cx)),
                done: |change, receipt, cx| Box::pin($module::$name::done(change, receipt, cx)),
            },
        }),*];
    };
}

tools! {
    tool_search::ToolSearch,
    tool_search::ToolLoad,
    customers::CustomerSearch,
    customers::CustomerFind,
    customers::CustomerGet,
    customers::CustomerResolve,
    customer_unmask::CustomerUnmask,
    customer_update::CustomerUpdate,
    conversations::ConversationSearch,
    conversations::ConversationList,
    conversations::ConversationGet,
    conversation_add_note::ConversationAddNote,
    drafts::DraftUpdate,
    drafts::DraftSend,
    drafts::DraftDelete,
    kobjects::KlassList,
    kobjects::KobjectList,
    kobject_write::KobjectCreate,
    kobject_write::KobjectUpdate,
    kobject_bulk_create::KobjectBulkCreate,
    bulk_status::BulkStatus,
    local::ValueCompare,
    local::TimeMath,
    local::PhoneFormat,
    value_disclose::ValueDisclose,
}

/// Every tool, in the order of the tables.
static TOOLS: LazyLock<Vec<&'static Tool>> = LazyLock::new(|| {
    let looks = looks::LOOKS.iter().map(|look| Tool { spec: &look.spec, does: Does::Look(look) });
    let wishes = wishes::WISHES.iter().map(|wish| Tool { spec: &wish.spec, does: Does::Wish(wish) });
    let drafts = drafts::DRAFTS.iter().map(|draft| Tool { spec: &draft.spec, does: Does::Draft(draft) });
    // Made once for the life of the program, as the tables are.
    let made: &'static [Tool] = Vec::leak(drafts.chain(looks).chain(wishes).collect());
    OWN.iter().chain(made).collect()
});

/// A tool's own code. Reads leave `done` as it is.
trait Code {
    const SPEC: Spec;

    /// Looks, or makes a proposal.
    fn run(arguments: Arguments, cx: &Cx) -> impl Future<Output = Result<Outcome, ToolError>> + Send;

    /// What the model is told once a proposed change was performed.
    fn done(change: &Change, receipt: &Receipt, cx: &Cx) -> impl Future<Output = Answer> + Send {
        let _ = (change, receipt, cx);
        std::future::ready(Answer::done([]))
    }
}

/// Every tool there is.
pub fn all() -> &'static [&'static Tool] {
    &TOOLS
}

/// One tool. A name made for one klass (`kobject_create_order`) is the tool it was made of.
pub fn by_name(name: &str) -> Option<&'static Tool> {
    let base = klass::of_name(name).map_or(name, |(base, _)| base);
    TOOLS.iter().find(|tool| tool.spec.name == base).copied()
}

/// The arguments of a call with what its tool's name says already: the klass of `kobject_create_order`.
pub fn completed(name: &str, mut arguments: Map<String, Value>) -> Map<String, Value> {
    if let Some((_, klass)) = klass::of_name(name) {
        arguments.insert("klass".to_owned(), Value::from(klass));
    }
    arguments
}

impl Tool {
    /// Checks the arguments, then runs the tool.
    ///
    /// # Errors
    /// [`ToolError`], worded for the model by [`ToolError::answer`].
    pub async fn run(&self, arguments: Map<String, Value>, cx: &Cx) -> Result<Outcome, ToolError> {
        if let Does::Outside(outside) = &self.does {
            return outside.run(arguments, cx).await;
        }
        let arguments = Arguments::checked(arguments, self.spec.params)?;
        match &self.does {
            Does::Own { run, .. } => run(arguments, cx).await,
            Does::Look(look) => look.run(arguments, cx).await,
            Does::Wish(wish) => wish.run(arguments, cx).await,
            Does::Draft(draft) => draft.run(arguments, cx).await,
            Does::Outside(_) => unreachable!("it ran above"),
        }
    }

    /// What the model is told once a change this tool proposed was performed.
    pub async fn done(&self, change: &Change, receipt: &Receipt, cx: &Cx) -> Answer {
        match &self.does {
            Does::Own { done, .. } => done(change, receipt, cx).await,
            Does::Look(_) => Answer::done([]),
            Does::Wish(_) => wishes::done(receipt),
            Does::Draft(_) => drafts::done(receipt),
            Does::Outside(outside) => outside.done(change, receipt, cx).await,
        }
    }

    /// What is wrong with arguments before their values are known: names, and that the needed ones are there.
    ///
    /// # Errors
    /// In words for a model or a person.
    pub fn named(&self, arguments: &Map<String, Value>) -> Result<(), String> {
        match &self.does {
            Does::Outside(outside) => outside.schema().named(arguments),
            Does::Own { .. } | Does::Look(_) | Does::Wish(_) | Does::Draft(_) => {
                params::named(arguments, self.spec.params)
            }
        }
    }

    /// The name that rules go by: where it does exactly what a tool of ours does, a rule about that one is one about this.
    pub fn rule_name(&self) -> &'static str {
        self.outside().and_then(Outside::like).map_or(self.spec.name, |ours| ours.spec.name)
    }

    /// The names of its arguments, in the order they are told.
    pub fn argument_names(&self) -> Vec<String> {
        match self.outside() {
            Some(outside) => outside.schema().names().into_iter().map(str::to_owned).collect(),
            None => self.spec.params.iter().map(|param| param.name.to_owned()).collect(),
        }
    }

    /// What is to be known of one argument to write it by hand.
    pub fn argument(&self, name: &str) -> Option<Argument> {
        if let Some(outside) = self.outside() {
            return outside.schema().argument(name);
        }
        let param = self.spec.params.iter().find(|param| param.name == name)?;
        let is_text = matches!(param.kind, Kind::Words(_) | Kind::OneOf(_));
        Some(Argument { is_needed: param.need == Need::Must, is_text })
    }

    /// Whether it neither looks at the desk nor changes it: what every dialogue needs, whatever its tools are.
    pub fn is_local(&self) -> bool {
        const LOCAL: [&str; 6] =
            ["tool_search", "tool_load", "value_compare", "time_math", "phone_format", "value_disclose"];
        LOCAL.contains(&self.spec.name)
    }
}

impl Cx {
    /// Real values in place of placeholders: for a question to the desk, never for an answer.
    fn fill(&self, words: &str) -> Result<String, ToolError> {
        Ok(self.vault.fill(words)?)
    }

    /// The same for a request that changes something for this customer: another's values are refused.
    fn fill_for(&self, words: &str, customer: Option<&CustomerId>) -> Result<String, ToolError> {
        Ok(self.vault.fill_for(words, customer)?)
    }

    /// A reference by which the same wish in the same turn is known again.
    fn reference(&self, parts: &[&str]) -> String {
        let mut all = vec![self.turn.as_str()];
        all.extend_from_slice(parts);
        format!("sd-{}", fingerprint(&all))
    }
}

/// The first 16 hex digits of a SHA-256 over length-prefixed parts.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod tests;
