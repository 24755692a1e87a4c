//! Owns the assistant's pane: the dialogue as it grows, every tool call with its state and result, and the prompt. The
//! course of the dialogue is `assistant::Turn`'s; approvals are the desk's.

mod linear;
mod transcript;

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    assistant::{Act, Event, Turn},
    console::{
        actions::Action,
        effect::Effect,
        keymap::Key,
        linear::spoken::Spoken,
        msg::Target,
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{composer::Composer, cut, frame, input::Typed, list},
    },
    domain::{CustomerId, Text},
    privacy::Vault,
};

/// Under which the prompt survives a restart.
const KEPT: &str = "assistant.prompt";

/// The assistant's pane.
#[derive(Debug, Default)]
pub struct Assistant {
    turn: Turn,
    prompt: Composer,
    is_typing: bool,
    was_entered: bool,
    /// The chosen entry; `None` follows the newest.
    chosen: Option<usize>,
    unfolded: BTreeSet<usize>,
}

impl Assistant {
    /// The dialogue.
    pub fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Whether the assistant is at work.
    pub fn is_running(&self) -> bool {
        self.turn.is_running()
    }

    /// Hands an event to the turn.
    pub fn handle(&mut self, event: Event) -> Vec<Act> {
        self.turn.handle(event)
    }

    /// A customer's window is closing: what the model was let see of it leaves the dialogue.
    pub fn cover(&mut self, vault: &Vault, customer: &CustomerId) {
        self.turn.cover(vault, customer);
    }

    fn ask(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.turn.is_running() {
            return Err(Cannot("still at work on the last question; esc, then esc again stops it"));
        }
        if self.prompt.is_blank() {
            return Err(Cannot("type a question first"));
        }
        if cx.shared.model.problem().is_some() {
            return Err(Cannot("no model is configured: set OPENAI_BASE_URL, or [model] in the settings"));
        }
        let open = cx.shared.current.as_ref().and_then(|current| {
            let conversation = current.details.value()?.clone();
            Some(Box::new((conversation, current.person.value().cloned())))
        });
        let user = cx.shared.me.value().map_or_else(Text::default, |me| me.name.clone());
        cx.effect(Effect::Ask { typed: self.prompt.words(), open, user });
        self.prompt.clear();
        cx.keep(KEPT, "");
        self.is_typing = false;
        self.chosen = None;
        Ok(())
    }

    fn step(&mut self, action: Action) -> bool {
        let last = self.turn.entries().len().saturating_sub(1);
        match list::moved(action, self.chosen.unwrap_or(last), last) {
            None => false,
            Some(to) => {
                self.chosen = (to < last || action != Action::Bottom).then_some(to);
                true
            }
        }
    }
}

impl Pane for Assistant {
    const SPEC: Spec = Spec {
        title: "Assistant",
        about: "a model that looks by itself and asks before anything else",
        actions: &[Action::Write, Action::Open, Action::Back, Action::Clear],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.was_entered {
            self.was_entered = true;
            self.prompt = Composer::with(cx.shared.scratches.get(KEPT).map_or("", String::as_str));
        }
        if self.turn.entries().is_empty() && !self.turn.is_running() {
            self.is_typing = true;
        }
    }

    fn visit(&mut self, _target: &Target, _cx: &mut UpdateCx<'_>) {
        self.is_typing = true;
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.step(action) {
            return Ok(());
        }
        match action {
            Action::Submit => return self.ask(cx),
            Action::NewLine => self.prompt.new_line(),
            Action::Leave => self.is_typing = false,
            Action::Write => self.is_typing = true,
            Action::Open => {
                let last = self.turn.entries().len().checked_sub(1).ok_or(Cannot("nothing to unfold yet"))?;
                let at = self.chosen.unwrap_or(last).min(last);
                self.chosen = Some(at);
                if !self.unfolded.remove(&at) {
                    self.unfolded.insert(at);
                }
            }
            Action::Back if self.turn.is_running() => cx.stop_assistant(),
            Action::Back if self.chosen.is_some() => self.chosen = None,
            Action::Clear if self.turn.is_running() => return Err(Cannot("stop it first: esc")),
            Action::Clear => {
                self.turn = Turn::new();
                self.chosen = None;
                self.unfolded.clear();
                self.is_typing = true;
            }
            Action::Copy => {
                let last = self.turn.entries().len().checked_sub(1).ok_or(Cannot("nothing to copy yet"))?;
                let at = self.chosen.unwrap_or(last).min(last);
                cx.effect(Effect::Copy(transcript::plain(&self.turn.entries()[at])));
                cx.say("copied");
            }
            Action::Reload => return Err(Cannot("nothing to reload here")),
            _ => return Err(Cannot("that does nothing in the assistant")),
        }
        Ok(())
    }

    fn is_typing(&self) -> bool {
        self.is_typing
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        if self.prompt.key(key) == Typed::Changed {
            cx.keep(KEPT, self.prompt.words());
        }
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        self.prompt.paste(text);
        cx.keep(KEPT, self.prompt.words());
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.turn.is_running().then(|| "…".to_owned())
    }

    fn spoken(&self, shared: &Shared) -> Spoken {
        self.in_words(shared)
    }

    fn choose(&mut self, place: usize, _cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        self.chosen = Some(place);
        Ok(())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let inside = frame::titled(cx, &self.title(cx.shared), cx.focused, area, buf);
        let wanted = self.prompt.height(inside.width.saturating_sub(4)).clamp(1, (inside.height / 3).max(1)) + 1;
        let height = wanted.min(inside.height);
        let prompt = Rect { y: inside.bottom() - height, height, ..inside };
        let dialogue = Rect { height: inside.height - height, ..inside };
        let dialogue =
            Rect { x: dialogue.x + 1.min(dialogue.width), width: dialogue.width.saturating_sub(2), ..dialogue };
        transcript::view(&self.shown(), cx, dialogue, buf);
        self.prompt_view(cx, prompt, buf);
    }
}

impl Assistant {
    fn shown(&self) -> transcript::Shown<'_> {
        transcript::Shown {
            entries: self.turn.entries(),
            chosen: self.chosen,
            unfolded: &self.unfolded,
            is_running: self.turn.is_running(),
        }
    }

    fn title(&self, shared: &Shared) -> String {
        let model = match &shared.model {
            Remote::Ready(model, _) | Remote::Loading(Some(model)) | Remote::Failed(Some(model), _) => model.as_str(),
            Remote::NotAsked | Remote::Loading(None) => "…",
            Remote::Failed(None, _) => "no model",
        };
        let usage = self.turn.usage();
        let tokens = usage.prompt + usage.completion;
        let spent = if tokens > 0 { format!(" · {tokens} tokens") } else { String::new() };
        format!("Assistant · {model}{spent}")
    }

    fn prompt_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let style = cx.theme.style(if self.is_typing && cx.focused { Role::BorderFocused } else { Role::Border });
        let line = if cx.shared.ascii { "-" } else { "─" };
        let about = cx.shared.current.as_ref().and_then(|current| current.details.value());
        let about = match about {
            Some(conversation) => format!(" about: {} ", conversation.name.line().as_ref()),
            None => " no conversation in hand: open one in the queue to ask about it ".to_owned(),
        };
        let about = cut::fit(&about, usize::from(area.width).saturating_sub(4));
        let rest = usize::from(area.width).saturating_sub(cut::width(&about) + 2);
        let rule = Line::from(vec![
            Span::styled(line.repeat(2), style),
            Span::styled(about, cx.theme.style(Role::Dim)),
            Span::styled(line.repeat(rest), style),
        ]);
        frame::row(&rule, area, 0, buf);
        let sign = if cx.shared.ascii { "> " } else { "› " };
        let text = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        frame::row(&Line::styled(sign, cx.theme.style(Role::HintKey)), text, 0, buf);
        let text = Rect { x: text.x + 2.min(text.width), width: text.width.saturating_sub(2), ..text };
        let hint = if self.is_typing { "ask something; enter sends" } else { "i writes" };
        self.prompt.view(cx.theme, hint, self.is_typing && cx.focused, text, buf);
    }
}
