//! Owns the assistant's pane: the dialogue as it grows, every tool call with its state and result, and the prompt. The
//! course of the dialogue is `assistant::Turn`'s; approvals are the desk's.

mod card;
mod find;
mod linear;
mod past;
mod plan;
mod progress;
mod said;
mod sources;
#[cfg(test)]
mod tests;
mod transcript;

use std::collections::BTreeSet;

use past::Past;
use plan::Planning;
use progress::Far;
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use find::Find;

use crate::{
    approval,
    assistant::{Act, CallEntry, CallId, Entry, Event, Figures, Turn, plan::Field, transcript::Recorder},
    connect::mcp::Progress,
    console::{
        actions::Action,
        effect::{Effect, Fetch},
        keymap::Key,
        linear::spoken::Spoken,
        msg::{Fetched, Target},
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::Role,
        widgets::{
            composer::Composer,
            cut, frame,
            input::{Input, Typed},
            list,
        },
    },
    domain::{CustomerId, Text},
    privacy::{Vault, text},
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
    /// Words that are looked for in the dialogue.
    find: Option<Find>,
    /// Words to look for, while they are typed.
    finding: Option<Input>,
    /// What the model was asked for, once it was.
    spent: Option<Figures>,
    /// How far calls are, as their servers tell.
    far: Far,
    recorder: Recorder,
    planning: Box<Planning>,
    past: Box<Past>,
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

    /// Whether there is a plan to work on.
    pub fn has_plan(&self) -> bool {
        self.planning.is_there()
    }

    /// Hands an event to the turn.
    pub fn handle(&mut self, event: Event) -> Vec<Act> {
        self.recorder.hear(&event);
        let mut acts = self.turn.handle(event);
        acts.extend(self.planning.follow(&mut self.turn));
        acts
    }

    /// What a person wrote into a field of the plan, veiled.
    ///
    /// # Errors
    /// Why it does not fit, in words.
    pub fn step_edited(&mut self, at: usize, field: &Field, words: &Text) -> Result<(), String> {
        self.planning.edited(at, field, words)
    }

    /// What of the dialogue and the plan is to be written down now.
    pub fn unwritten(&mut self) -> Vec<Effect> {
        let entries = self.recorder.due(self.turn.entries(), self.turn.is_running());
        let dialogue = self.recorder.dialogue();
        let steps = (!entries.is_empty()).then_some(Effect::Transcribe { dialogue, entries });
        steps.into_iter().chain(self.planning.unkept()).collect()
    }

    /// A call told how far it is.
    pub fn progressed(&mut self, call: CallId, progress: &Progress) {
        self.far.hear(&self.turn, call, progress);
    }

    /// Takes what turn and shift have spent.
    pub fn spent(&mut self, figures: Figures) {
        self.spent = Some(figures);
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
        let is_planned_elsewhere = self.planning.is_on() && cx.shared.planner.is_some();
        if cx.shared.model.problem().is_some() && !is_planned_elsewhere {
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
        actions: &[
            Action::Write,
            Action::Open,
            Action::Back,
            Action::CopyRequest,
            Action::NextMatch,
            Action::PreviousMatch,
            Action::Clear,
            Action::Plan,
            Action::RunPlan,
            Action::EditStep,
            Action::StepGate,
            Action::StepNote,
            Action::StepLater,
            Action::StepSooner,
            Action::DropStep,
            Action::ToPlan,
            Action::DropPlan,
            Action::Transcripts,
            Action::FindTranscript,
        ],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.was_entered {
            self.was_entered = true;
            self.prompt = Composer::with(cx.shared.scratches.get(KEPT).map_or("", String::as_str));
            self.turn = std::mem::take(&mut self.turn).over(cx.shared.shelf.clone());
            self.planning.recall(cx.shared, &cx.shared.shelf);
        }
        if self.turn.entries().is_empty()
            && !self.turn.is_running()
            && !self.planning.is_there()
            && !self.past.is_open()
        {
            self.is_typing = true;
        }
    }

    fn visit(&mut self, _target: &Target, _cx: &mut UpdateCx<'_>) {
        self.is_typing = true;
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if let Some(done) = self.past.act(action, cx) {
            return done;
        }
        if let Some(done) = self.planning.act(action, &mut self.turn, cx) {
            return done;
        }
        if self.finding.is_none() && self.step(action) {
            return Ok(());
        }
        match action {
            Action::Submit => match self.finding.take() {
                Some(words) => return self.look_for(words.words()),
                None => return self.ask(cx),
            },
            Action::NewLine if self.finding.is_none() => self.prompt.new_line(),
            Action::Leave if self.finding.take().is_none() => self.is_typing = false,
            Action::NewLine | Action::Leave => {}
            Action::Write => self.is_typing = true,
            Action::Filter => self.finding = Some(Input::with(self.find.as_ref().map_or("", Find::needle))),
            Action::NextMatch | Action::PreviousMatch => self.step_match(action == Action::NextMatch)?,
            Action::Open => self.open(cx)?,
            Action::Back if self.turn.is_running() => cx.stop_assistant(),
            Action::Back if self.find.take().is_some() => {}
            Action::Back if self.chosen.is_some() => self.chosen = None,
            Action::Clear if self.turn.is_running() => return Err(Cannot("stop it first: esc")),
            Action::Clear => {
                self.turn = self.turn.fresh();
                self.turn.plan_mode(self.planning.is_on());
                self.recorder.restart();
                self.planning.let_go();
                (self.chosen, self.find) = (None, None);
                self.unfolded.clear();
                self.is_typing = true;
            }
            Action::Copy => {
                let (_, entry) = self.in_hand().ok_or(Cannot("nothing to copy yet"))?;
                cx.effect(Effect::Copy(transcript::plain(entry)));
                cx.say("copied");
            }
            Action::CopyRequest => self.copy_request(cx)?,
            Action::Reload => self.run_again(cx)?,
            _ => return Err(Cannot("that does nothing in the assistant")),
        }
        Ok(())
    }

    fn fetched(&mut self, _fetch: &Fetch, answer: Fetched, cx: &mut UpdateCx<'_>) {
        self.past.fetched(answer, cx);
    }

    fn picked(&mut self, purpose: &'static str, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if purpose == sources::PURPOSE {
            return self.go_to(chosen, cx);
        }
        let plan = self.planning.picked(purpose, chosen);
        plan.or_else(|| Past::picked(purpose, chosen, cx)).unwrap_or(Ok(()))
    }

    fn is_typing(&self) -> bool {
        self.is_typing || self.finding.is_some() || self.planning.is_typing()
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        if let Some(finding) = &mut self.finding {
            finding.key(key);
        } else if !self.planning.type_key(key) && self.prompt.key(key) == Typed::Changed {
            cx.keep(KEPT, self.prompt.words());
        }
    }

    fn paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        if let Some(finding) = &mut self.finding {
            finding.paste(text);
            return;
        }
        if self.planning.paste(text) {
            return;
        }
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
        if self.past.is_open() {
            self.past.choose(place);
        } else if self.planning.is_focused() {
            self.planning.choose(place);
        } else {
            self.chosen = Some(place);
        }
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
        let dialogue = self.spent_view(cx, dialogue, buf);
        if self.past.is_open() {
            self.past.view(cx, dialogue, buf);
        } else {
            let (plan, dialogue) = self.planning.split(dialogue);
            self.planning.view(cx, plan, buf);
            transcript::view(&self.shown(), cx, dialogue, buf);
        }
        self.prompt_view(cx, prompt, buf);
    }
}

impl Assistant {
    fn shown(&self) -> transcript::Shown<'_> {
        transcript::Shown {
            turn: &self.turn,
            far: &self.far,
            chosen: self.chosen,
            unfolded: &self.unfolded,
            needle: self.find.as_ref().map_or("", Find::needle),
        }
    }

    /// The chosen entry, else the newest.
    fn in_hand(&self) -> Option<(usize, &Entry)> {
        let last = self.turn.entries().len().checked_sub(1)?;
        let at = self.chosen.unwrap_or(last).min(last);
        Some((at, self.turn.entries().get(at)?))
    }

    fn call_in_hand(&self) -> Result<&CallEntry, Cannot> {
        match self.in_hand() {
            Some((_, Entry::Call(call))) => Ok(call),
            _ => Err(Cannot("choose a tool call first, with j and k")),
        }
    }

    /// Unfolds a call, or goes to what an answer rests on.
    fn open(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let (at, entry) = self.in_hand().ok_or(Cannot("nothing to unfold yet"))?;
        match entry {
            Entry::Call(_) => {
                self.chosen = Some(at);
                if !self.unfolded.remove(&at) {
                    self.unfolded.insert(at);
                }
                Ok(())
            }
            Entry::Model(_) => self.open_sources(at, cx),
            Entry::Person(_) | Entry::Notice(_) => Err(Cannot("there is nothing behind that")),
        }
    }

    /// Runs a read once more, for the person alone.
    fn run_again(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let call = self.call_in_hand()?;
        if call.effect != Some(approval::Effect::Read) {
            return Err(Cannot("only a read can be run again; everything else is asked for anew"));
        }
        if self.turn.is_running() {
            return Err(Cannot("not while the assistant is at work"));
        }
        let id = call.id;
        let acts = self.turn.handle(Event::Again(id));
        if acts.is_empty() {
            return Err(Cannot("that call cannot be run again"));
        }
        for act in acts {
            cx.effect(Effect::Assistant(act));
        }
        self.chosen = None;
        Ok(())
    }

    /// Copies what a call asked of the desk, as command lines.
    fn copy_request(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let call = self.call_in_hand()?;
        if call.sent.is_empty() {
            return Err(Cannot("this call asked nothing of the desk"));
        }
        cx.effect(Effect::Copy(text::block(&call.sent.join("\n")).into_string()));
        cx.say(match call.sent.len() {
            1 => "copied as a command line".to_owned(),
            many => format!("copied as {many} command lines"),
        });
        Ok(())
    }

    fn look_for(&mut self, words: &str) -> Result<(), Cannot> {
        self.find = Find::new(words);
        self.is_typing = false;
        if self.find.is_none() { Ok(()) } else { self.step_match(false) }
    }

    /// Goes to the next entry that holds the words; a call is unfolded, so that they can be seen.
    fn step_match(&mut self, forward: bool) -> Result<(), Cannot> {
        let find = self.find.as_ref().ok_or(Cannot("look for something first: /"))?;
        let at = find.beside(&self.turn, self.chosen, forward).ok_or(Cannot("nothing in this dialogue says that"))?;
        if matches!(self.turn.entries().get(at), Some(Entry::Call(_))) {
            self.unfolded.insert(at);
        }
        self.chosen = Some(at);
        Ok(())
    }

    fn title(&self, shared: &Shared) -> String {
        let model = match &shared.model {
            Remote::Ready(model, _) | Remote::Loading(Some(model)) | Remote::Failed(Some(model), _) => model.as_str(),
            Remote::NotAsked | Remote::Loading(None) => "…",
            Remote::Failed(None, _) => "no model",
        };
        let model = shared.planner.as_deref().filter(|_| self.planning.is_on()).unwrap_or(model);
        let usage = self.turn.usage();
        let tokens = usage.prompt + usage.completion;
        let spent = if tokens > 0 { format!(" · {tokens} tokens") } else { String::new() };
        let mode = self.planning.title().map(|mode| format!(" · {mode}")).unwrap_or_default();
        let find = self.find.as_ref();
        let found = find.map(|find| format!(" · “{}” {}", find.needle(), find.count(&self.turn, self.chosen)));
        format!("Assistant · {model}{spent}{mode}{}", found.unwrap_or_default())
    }

    /// What was spent, in the last row of the dialogue; gives the rest.
    fn spent_view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) -> Rect {
        let Some(spent) = self.spent.as_ref().filter(|_| area.height > 4) else { return area };
        let words = spent.to_string();
        let words = if cx.shared.ascii { words.replace(" · ", ", ") } else { words };
        let row = Rect { y: area.bottom() - 1, height: 1, ..area };
        let line = Line::styled(cut::fit(&words, usize::from(area.width)), cx.theme.style(Role::Dim));
        frame::row(&line, row, 0, buf);
        Rect { height: area.height - 1, ..area }
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
        let sign = match (&self.finding, cx.shared.ascii) {
            (Some(_), _) => "/ ",
            (None, true) => "> ",
            (None, false) => "› ",
        };
        let line = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        frame::row(&Line::styled(sign, cx.theme.style(Role::HintKey)), line, 0, buf);
        let text = Rect { x: line.x + 2.min(line.width), width: line.width.saturating_sub(2), ..line };
        if let Some(finding) = &self.finding {
            return finding.view(cx.theme, "words to find in this dialogue", cx.focused, text, buf);
        }
        let hint = if self.is_typing { "ask something; enter sends" } else { "i writes" };
        self.prompt.view(cx.theme, hint, self.is_typing && cx.focused, text, buf);
    }
}
