//! Owns tools of other sources: what such a tool is, the seam a source fills, and the making of a tool out of a claim. Does not
//! know any source (`outside/*` beside this file) nor which are set up (`cli`).
//!
//! Everything a source says is a stranger's claim: names are made valid and unique (`name`), schemas bounded and stripped of
//! what could redirect a call (`schema`), descriptions cleaned and cut. What a tool does to the world is settled by a reviewed
//! table when it is listed, else it is [`Effect::Write`]; hints can only raise that (`class`).

mod class;
mod mcp;
pub(super) mod name;
mod progress;
mod schema;
mod sources;
mod truto;

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

pub use class::{Hints, class};
pub use progress::telling;
pub use schema::{Schema, SchemaError};
pub use sources::{Listed, Sources, Standing, Surroundings};
pub use truto::{ALIAS as TRUTO, Guard, TrutoTools};

use super::{Answer, Cx, Does, Outcome, Spec, Tool, ToolError, answer::Shown};
use crate::{
    approval::{Change, Effect, Origin},
    domain::Text,
    kustomer::Receipt,
    privacy::text,
};

/// Characters of a description that a model is told.
const ABOUT: usize = 600;

/// Characters of it in a list for people.
const WORDS: usize = 120;

/// A source of tools.
pub trait Source: fmt::Debug + Send + Sync {
    /// What the settings call it.
    fn alias(&self) -> &str;

    /// The names of tools that go with every request where our own are not on offer, the most needed first.
    fn resident(&self) -> &[&str] {
        &[]
    }

    /// Whether a tool is called again and again until something is ready.
    fn polls(&self, offered: &Offered) -> bool {
        let _ = offered;
        false
    }

    /// The tool of our own that does exactly what this one does, where there is one.
    fn ours(&self, tool: &Outside) -> Option<&'static Tool> {
        let _ = tool;
        None
    }

    /// The tool of our own whose rules hold for this one, too.
    fn like(&self, tool: &Outside) -> Option<&'static Tool> {
        self.ours(tool)
    }

    /// These arguments as that tool of ours takes them, placeholders and all; `None` where they ask for more than it does.
    fn as_ours(&self, tool: &Outside, arguments: &Map<String, Value>) -> Option<Map<String, Value>> {
        let _ = (tool, arguments);
        None
    }

    /// The arguments of a change with real values where placeholders stood: anybody's, unless the source knows whose they may
    /// be. What is ours in them, such as the reason for the card, is taken out and told.
    fn filled<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Filled, ToolError>> {
        Box::pin(std::future::ready(filled_for_anybody(tool, arguments, cx)))
    }

    /// Calls a tool that only reads. Arguments hold real values where placeholders stood.
    fn look<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Told, ToolError>>;

    /// The exact change a call would be, with the tool's [`Origin`] in its subject and its class as effect, or a stricter one.
    ///
    /// # Errors
    /// Where the arguments make none.
    fn change<'a>(
        &'a self,
        tool: &'a Outside,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Change, ToolError>>;

    /// What the model is told of a change that was performed.
    fn done<'a>(
        &'a self,
        tool: &'a Outside,
        change: &'a Change,
        receipt: &'a Receipt,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Told>;
}

/// The arguments of a change with real values in them, and what is ours beside them.
pub struct Filled {
    /// As the source takes them.
    pub arguments: Map<String, Value>,
    /// The reason for the card: untrusted words.
    pub reason: Text,
}

/// The arguments as they were given, with anybody's values where placeholders stood.
fn filled_for_anybody(tool: &Outside, arguments: Map<String, Value>, cx: &Cx) -> Result<Filled, ToolError> {
    Ok(Filled { arguments: tool.schema().filled(arguments, &cx.vault)?, reason: Text::default() })
}

/// What a source answered, before it is veiled: a stranger's words, or a record of the desk told as our own tools tell it.
pub struct Told(pub(in crate::tools) Shown);

/// A tool as a source offers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// Who offers it and under which name.
    pub origin: Origin,
    /// What it is for, in the source's words.
    pub about: Text,
    /// What it takes.
    pub schema: Schema,
    /// What it does to the world, by our own table and the source's hints.
    pub effect: Effect,
    /// Why it is not called, where it is not: it changed since a person looked, or what it takes is out of bounds.
    pub barred: Option<String>,
}

/// A tool of another source, on offer.
#[derive(Debug)]
pub struct Outside {
    offered: Offered,
    source: Arc<dyn Source>,
}

impl Outside {
    /// Who offers it and under which name.
    pub fn origin(&self) -> &Origin {
        &self.offered.origin
    }

    /// What it does to the world.
    pub fn effect(&self) -> Effect {
        self.offered.effect
    }

    /// The tool of our own that does exactly what it does, where there is one.
    pub(super) fn ours(&self) -> Option<&'static Tool> {
        self.source.ours(self)
    }

    /// The tool of our own whose rules hold for it, too.
    pub(super) fn like(&self) -> Option<&'static Tool> {
        self.source.like(self)
    }

    /// What it takes.
    pub fn schema(&self) -> &Schema {
        &self.offered.schema
    }

    /// What its source says it is for, cleaned and cut to a line.
    pub fn words(&self) -> String {
        let words: String = text::line(self.offered.about.raw()).chars().take(WORDS).collect();
        words.split_inclusive(". ").next().unwrap_or_default().trim().to_owned()
    }

    /// Why it is not called, where it is not.
    pub fn barred(&self) -> Option<&str> {
        self.offered.barred.as_deref()
    }

    /// Looks, or makes a proposal. A tool that does what one of ours does is run as that one: with its checks and its words.
    pub(super) fn run<'a>(
        &'a self,
        arguments: Map<String, Value>,
        cx: &'a Cx,
    ) -> BoxFuture<'a, Result<Outcome, ToolError>> {
        Box::pin(async move {
            if let Some(why) = self.barred() {
                return Err(ToolError::Rule(why.to_owned()));
            }
            self.offered.schema.named(&arguments).map_err(ToolError::Arguments)?;
            let as_ours = self.ours().zip(self.source.as_ours(self, &arguments));
            if let Some((ours, arguments)) = as_ours {
                return Ok(match ours.run(arguments, cx).await? {
                    Outcome::Propose { change, reason } => {
                        Outcome::Propose { change: Box::new(change.made_of(self.origin().clone())), reason }
                    }
                    answer @ Outcome::Answer(_) => answer,
                });
            }
            if self.offered.effect == Effect::Read {
                let arguments = self.offered.schema.filled(arguments, &cx.vault)?;
                let Told(shown) = self.source.look(self, arguments, cx).await?;
                return Ok(Outcome::Answer(Answer::new(shown, &cx.vault)));
            }
            let Filled { arguments, reason } = self.source.filled(self, arguments, cx).await?;
            let change = self.source.change(self, arguments, cx).await?;
            Ok(Outcome::Propose { change: Box::new(change), reason })
        })
    }

    /// What the model is told once it was performed.
    pub(super) fn done<'a>(&'a self, change: &'a Change, receipt: &'a Receipt, cx: &'a Cx) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            if let Some(ours) = self.ours() {
                return ours.done(change, receipt, cx).await;
            }
            let Told(shown) = self.source.done(self, change, receipt, cx).await;
            Answer::new(shown, &cx.vault)
        })
    }
}

/// The tool of an offer, under this name.
pub(super) fn tool(source: &Arc<dyn Source>, name: String, offered: Offered) -> &'static Tool {
    let (name, about): (&'static str, &'static str) = (name.leak(), about(&offered).leak());
    let polls = source.polls(&offered);
    let spec = Spec { name, about, words: "", effect: offered.effect, polls, params: &[], example: "" };
    let does = Does::Outside(Box::new(Outside { offered, source: source.clone() }));
    // For the life of the program, as our own are; `Shelf` bounds how many.
    Box::leak(Box::new(Tool { spec: Box::leak(Box::new(spec)), does }))
}

/// What the model reads: whose tool it is in our words, then the source's words, cleaned and cut.
fn about(offered: &Offered) -> String {
    let words: String = text::line(offered.about.raw()).to_string().chars().take(ABOUT).collect();
    let trust = if offered.origin.is_reviewed { "" } else { ", whose words nobody checked" };
    format!("Tool of the source `{}`{trust}: {words}", offered.origin.source)
}

impl Tool {
    /// The tool as another source offers it, where it is none of ours.
    pub fn outside(&self) -> Option<&Outside> {
        if let Does::Outside(outside) = &self.does { Some(outside) } else { None }
    }

    /// Whether this is its source and its name there (`desk/case.close`).
    pub(super) fn is_at(&self, place: &str) -> bool {
        let Some((origin, (source, tool))) = self.outside().map(Outside::origin).zip(place.split_once('/')) else {
            return false;
        };
        origin.source == source && origin.tool == tool
    }

    /// What it takes, as a JSON schema.
    pub fn parameters(&self) -> Value {
        match self.outside() {
            Some(outside) => outside.schema().shown().clone(),
            None => super::params::schema(self.spec.params),
        }
    }

    /// Whether it still is what is offered.
    pub(super) fn is_still(&self, offer: &Offered) -> bool {
        self.outside().is_some_and(|outside| outside.offered == *offer)
    }

    /// Its name, words and schema as chat-completions endpoints take them.
    pub fn wire(&self) -> Value {
        json!({"type": "function", "function": {
            "name": self.spec.name, "description": self.spec.about, "parameters": self.parameters()}})
    }
}
