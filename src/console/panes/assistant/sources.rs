//! Owns the way from an answer of the model to what it rests on: one source is opened at once, of several the person
//! chooses. Only what was in an answer of this dialogue leads anywhere.

use super::{Assistant, said};
use crate::{
    assistant::{ItemKind, Seen, Source},
    console::{
        msg::Target,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx},
    },
    domain::{ConversationId, CustomerId, KlassName, KobjectId},
};

/// What the list of sources is for.
pub const PURPOSE: &str = "source";

impl Assistant {
    pub(super) fn open_sources(&mut self, at: usize, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let sources = self.turn.sources(at);
        if sources.is_empty() {
            return Err(Cannot("that rests on nothing that can be opened"));
        }
        let leading: Vec<(&Source, Target)> =
            sources.iter().filter_map(|source| Some((source, target(source.seen.as_ref()?)?))).collect();
        match leading.as_slice() {
            [] => Err(Cannot("none of its sources was in anything that was read")),
            [(_, target)] => {
                cx.open(target.clone());
                Ok(())
            }
            several => {
                let choice = |(source, _): &(&Source, Target)| Choice {
                    id: id(source),
                    label: said::named(source),
                    detail: source.standing.to_string(),
                };
                cx.pick(Picker::new("What it rests on", PURPOSE, several.iter().map(choice).collect()));
                Ok(())
            }
        }
    }

    /// Goes to a source that was chosen.
    pub(super) fn go_to(&mut self, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let Some((at, _)) = self.in_hand() else { return Ok(()) };
        let source = self.turn.sources(at).iter().find(|source| id(source) == chosen);
        let target = source.and_then(|source| target(source.seen.as_ref()?));
        cx.open(target.ok_or(Cannot("that is not known any more"))?);
        Ok(())
    }
}

fn id(source: &Source) -> String {
    format!("{}:{}", source.item.kind.word(), source.item.id)
}

/// Where a record is shown.
fn target(seen: &Seen) -> Option<Target> {
    let customer = seen.customer.as_deref().map(CustomerId::new);
    match (seen.item.kind, &seen.klass) {
        (ItemKind::Kobject, Some(klass)) => Some(Target::Kobject {
            klass: KlassName::new(klass.as_str()),
            customer,
            id: KobjectId::new(seen.item.id.as_str()),
        }),
        _ => Some(Target::Timeline {
            customer: customer?,
            conversation: seen.conversation.as_deref().map(ConversationId::new),
        }),
    }
}
