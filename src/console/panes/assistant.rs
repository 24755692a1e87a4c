//! Owns the Assistant pane: the dialogue with the model as it streams, a card for every tool call, and the place to write.
//! Holds the pure turn and passes its acts on as effects. Does not talk to a model, run a tool or approve anything.
//!
//! ```text
//! ┌ 7 Assistant · scripted model, not an AI ───────────────┐
//! │ you   A user says they were double-billed …             │
//! │ ▸ customer_search   read    done   14 ms                │
//! │ ▾ customer_unmask   unmask  waiting for your yes        │
//! │     {"customer_id": …}                                  │
//! │ I found Nadia Okonjo …                                  │
//! ├─────────────────────────────────────────────────────────┤
//! │ ❯ write here                                            │
//! └─────────────────────────────────────────────────────────┘
//! ```

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    approval::{self, ProposalId},
    assistant::{CallEntry, CallId, CallState, Entry, Event, Turn},
    console::{
        actions::Action,
        effect::Effect,
        keymap::Key,
        pane::{Cannot, Pane, Spec, UpdateCx, ViewCx},
        remote::Remote,
        state::Shared,
        theme::{Role, Theme},
        widgets::{composer::Composer, cut, frame, input::Typed, list, states},
    },
    domain::Text,
    privacy::text,
};

/// Under which key the half-typed prompt is kept.
const SCRATCH: &str = "assistant";
/// The most rows the composer takes.
const COMPOSER_ROWS: u16 = 8;
/// Lines of an unfolded result; the rest is counted.
const RESULT_LINES: usize = 200;

/// The pane's state.
#[derive(Debug, Default)]
pub struct Assistant {
    turn: Turn,
    composer: Composer,
    typing: bool,
    restored: bool,
    /// The chosen call, as its place among the calls.
    chosen: Option<usize>,
    unfolded: BTreeSet<CallId>,
    /// Lines scrolled up from the end; zero follows the stream.
    up: usize,
}

impl Pane for Assistant {
    const SPEC: Spec = Spec {
        title: "Assistant",
        about: "works a case with tools; everything but looking waits for your yes",
        actions: &[Action::Write, Action::Clear],
    };

    fn enter(&mut self, cx: &mut UpdateCx<'_>) {
        if !self.restored {
            self.restored = true;
            if let Some(words) = cx.shared.scratches.get(SCRATCH) {
                self.composer = Composer::with(words);
            }
        }
        self.typing = !self.turn.is_running();
    }

    fn act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match action {
            Action::Submit => self.submit(cx),
            Action::NewLine => {
                self.composer.new_line();
                self.changed(cx);
                Ok(())
            }
            Action::Leave => {
                self.typing = false;
                Ok(())
            }
            Action::Write | Action::Filter => {
                self.typing = true;
                Ok(())
            }
            Action::Back if self.turn.is_running() => {
                cx.effect(Effect::StopAssistant);
                self.take(Event::Cancelled, cx);
                Ok(())
            }
            Action::Back => {
                self.chosen = None;
                self.up = 0;
                Ok(())
            }
            Action::Clear if self.turn.is_running() => Err(Cannot("the assistant is at work; Esc stops it")),
            Action::Clear => {
                *self = Self {
                    composer: std::mem::take(&mut self.composer),
                    restored: true,
                    typing: true,
                    ..Self::default()
                };
                Ok(())
            }
            Action::Open => self.open(),
            Action::Copy => self.copy(cx),
            _ => self.moved(action),
        }
    }

    fn is_typing(&self) -> bool {
        self.typing
    }

    fn type_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        if self.composer.key(key) == Typed::Changed {
            self.changed(cx);
        }
    }

    fn paste(&mut self, words: &str, cx: &mut UpdateCx<'_>) {
        self.composer.paste(words);
        self.changed(cx);
    }

    fn badge(&self, _shared: &Shared) -> Option<String> {
        self.turn.is_running().then(|| "…".to_owned())
    }

    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let title = format!("{} · {}", cx.title, model(cx.shared));
        let inside = frame::titled(cx, &title, cx.focused, area, buf);
        if inside.height < 3 {
            return;
        }
        let rows = self.composer.height(inside.width.saturating_sub(2)).clamp(1, COMPOSER_ROWS).min(inside.height / 2);
        let dialogue = Rect { height: inside.height - rows - 1, ..inside };
        let rule = Rect { y: dialogue.bottom(), height: 1, ..inside };
        let field = Rect { x: inside.x + 2, y: rule.bottom(), width: inside.width.saturating_sub(2), height: rows };
        self.view_dialogue(cx, dialogue, buf);
        self.view_rule(cx, rule, buf);
        let prompt = if cx.shared.ascii { "> " } else { "❯ " };
        buf.set_stringn(inside.x, field.y, prompt, 2, cx.theme.style(Role::Accent));
        let hint = "what should it look into? Enter sends, Alt-Enter breaks the line";
        self.composer.view(cx.theme, hint, cx.focused && self.typing, field, buf);
    }
}

impl Assistant {
    /// Gives the turn what happened and passes on what it wants done.
    pub fn take(&mut self, event: Event, cx: &mut UpdateCx<'_>) {
        for act in self.turn.handle(event) {
            cx.effect(Effect::Assistant(act));
        }
    }

    /// The call a card belongs to, while it waits.
    pub fn waiting_for(&self, proposal: ProposalId) -> Option<CallId> {
        self.turn.waiting_for(proposal)
    }

    /// The tool of a call, as the model named it.
    pub fn tool_of(&self, call: CallId) -> Option<&Text> {
        self.turn.call(call).map(|call| &call.name)
    }

    /// Whether a turn is under way.
    pub fn is_running(&self) -> bool {
        self.turn.is_running()
    }

    /// Whether words are half typed.
    pub fn has_words(&self) -> bool {
        !self.composer.is_blank()
    }

    fn changed(&mut self, cx: &mut UpdateCx<'_>) {
        cx.keep(SCRATCH, self.composer.words());
    }

    fn submit(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        if self.turn.is_running() {
            return Err(Cannot("the assistant is at work; Esc, then Esc again stops it"));
        }
        if self.composer.is_blank() {
            return Err(Cannot("write what it should look into"));
        }
        let words = self.composer.words();
        self.composer.clear();
        self.changed(cx);
        (self.typing, self.up, self.chosen) = (false, 0, None);
        cx.effect(Effect::Ask(words));
        Ok(())
    }

    fn calls(&self) -> Vec<&CallEntry> {
        let entries = self.turn.entries().iter();
        entries.filter_map(|entry| if let Entry::Call(call) = entry { Some(call) } else { None }).collect()
    }

    fn open(&mut self) -> Result<(), Cannot> {
        let Some(id) = self.chosen.and_then(|place| self.calls().get(place).map(|call| call.id)) else {
            self.typing = true;
            return Ok(());
        };
        if !self.unfolded.remove(&id) {
            self.unfolded.insert(id);
        }
        Ok(())
    }

    fn copy(&self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let words = match self.chosen.and_then(|place| self.calls().get(place).copied()) {
            Some(call) => {
                call.result.as_ref().map_or_else(|| call.arguments.raw().to_owned(), |result| format!("{result:#}"))
            }
            None => {
                let last =
                    self.turn.entries().iter().rev().find_map(|e| if let Entry::Model(w) = e { Some(w) } else { None });
                last.ok_or(Cannot("there is nothing to copy yet"))?.raw().to_owned()
            }
        };
        cx.effect(Effect::Copy(text::block(&words).into_string()));
        cx.say("copied, placeholders and all");
        Ok(())
    }

    /// Half pages and pages scroll; single steps choose calls.
    fn moved(&mut self, action: Action) -> Result<(), Cannot> {
        match action {
            Action::HalfUp => self.up += 10,
            Action::PageUp => self.up += 20,
            Action::HalfDown => self.up = self.up.saturating_sub(10),
            Action::PageDown => self.up = self.up.saturating_sub(20),
            Action::Bottom => (self.up, self.chosen) = (0, None),
            Action::Up | Action::Down | Action::Top => {
                let last = self.calls().len().checked_sub(1).ok_or(Cannot("no tool was called yet"))?;
                let at = self.chosen.unwrap_or(last + usize::from(action == Action::Up));
                self.chosen = list::moved(action, at.min(last + 1), last).map(|at| at.min(last));
            }
            _ => return Err(Cannot("nothing to do that to here")),
        }
        Ok(())
    }

    fn view_dialogue(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if self.turn.entries().is_empty() {
            let about = match &cx.shared.current {
                Some(current) if current.conversation.is_some() => "It is told which conversation you have in hand.",
                Some(_) | None => "Open a conversation first, and it is told which one you mean.",
            };
            let lines = [
                about,
                "It sees placeholders, never the values the desk masks.",
                "Reads run at once; the rest stops for your yes.",
            ];
            states::message(cx.theme, ("Ask for something", Role::Dim), &lines, area, buf);
            return;
        }
        let (lines, chosen) = self.lines(cx, usize::from(area.width));
        let height = usize::from(area.height);
        let end = match chosen {
            Some(at) => (at + height / 2).clamp(height.min(lines.len()), lines.len()),
            None => lines.len().saturating_sub(self.up).max(height.min(lines.len())),
        };
        let start = end.saturating_sub(height);
        for (row, (line, ground)) in (0..).zip(&lines[start..end]) {
            if let Some(ground) = ground {
                frame::under(*ground, area, row, buf);
            }
            frame::row(line, area, row, buf);
        }
    }

    /// The whole dialogue as lines with their grounds, and where the chosen call begins.
    fn lines(&self, cx: &ViewCx<'_>, width: usize) -> (Vec<(Line<'static>, Option<Style>)>, Option<usize>) {
        let mut lines = Vec::new();
        let mut begins = None;
        let mut call_at = 0;
        let mut spoken = false;
        for entry in self.turn.entries() {
            let spaced = !matches!(entry, Entry::Call(_)) || spoken;
            if spaced && !lines.is_empty() {
                lines.push((Line::default(), None));
            }
            spoken = !matches!(entry, Entry::Call(_));
            match entry {
                Entry::Person(words) => said(cx.theme, ("you ", Role::AssistantPerson), words, width, &mut lines),
                Entry::Model(words) => said(cx.theme, ("", Role::AssistantModel), words, width, &mut lines),
                Entry::Notice(notice) => {
                    let words = Text::from(notice.to_string());
                    said(cx.theme, ("! ", Role::Warning), &words, width, &mut lines);
                }
                Entry::Call(call) => {
                    let is_chosen = self.chosen == Some(call_at);
                    if is_chosen {
                        begins = Some(lines.len());
                    }
                    self.call(cx, call, is_chosen, width, &mut lines);
                    call_at += 1;
                }
            }
        }
        (lines, begins)
    }

    fn call(
        &self,
        cx: &ViewCx<'_>,
        call: &CallEntry,
        chosen: bool,
        width: usize,
        lines: &mut Vec<(Line<'static>, Option<Style>)>,
    ) {
        let open = self.unfolded.contains(&call.id);
        let sign = match (cx.shared.ascii, open) {
            (true, true) => "v",
            (true, false) => ">",
            (false, true) => "▾",
            (false, false) => "▸",
        };
        let style = |role| cx.theme.style(role);
        let (effect, effect_role) =
            call.effect.map_or(("unknown", Role::Warning), |effect| (effect.word(), effect_role(effect)));
        let took = call.took_ms.map(|ms| format!("  {ms} ms")).unwrap_or_default();
        let head = Line::from(vec![
            Span::styled(format!("{sign} "), style(Role::Dim)),
            Span::styled(cut::fit(&call.name.line(), width / 2), style(Role::AssistantCall)),
            Span::raw("  "),
            Span::styled(format!(" {effect} "), style(effect_role)),
            Span::styled(format!("  {}", call.state.word()), style(state_role(call.state))),
            Span::styled(took, style(Role::Dim)),
        ]);
        let ground = chosen.then(|| style(if cx.focused { Role::Selected } else { Role::SelectedUnfocused }));
        lines.push((head, ground));
        let room = width.saturating_sub(4).max(1);
        let arguments = call.arguments.line();
        if !open {
            let words = cut::fit(&arguments, room);
            lines.push((Line::styled(format!("    {words}"), style(Role::Dim)), None));
            return;
        }
        for line in cut::wrap(&arguments, room) {
            lines.push((Line::styled(format!("    {line}"), style(Role::Text)), None));
        }
        let Some(result) = &call.result else { return };
        let whole = format!("{result:#}");
        let wrapped: Vec<String> = text::block(&whole).split('\n').flat_map(|line| cut::wrap(line, room)).collect();
        let more = wrapped.len().saturating_sub(RESULT_LINES);
        for line in wrapped.into_iter().take(RESULT_LINES) {
            lines.push((Line::styled(format!("    {line}"), style(Role::Code)), None));
        }
        if more > 0 {
            lines.push((Line::styled(format!("    … {more} more lines; y copies all"), style(Role::Dim)), None));
        }
    }

    fn view_rule(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let dash = if cx.shared.ascii { "-" } else { "─" };
        let usage = self.turn.usage();
        let words = match (self.turn.is_running(), usage.prompt + usage.completion) {
            (true, 0) => " at work, Esc stops it ".to_owned(),
            (true, tokens) => format!(" at work, Esc stops it · {tokens} tokens "),
            (false, 0) => String::new(),
            (false, tokens) => format!(" {tokens} tokens "),
        };
        let room = usize::from(area.width);
        let rest = room.saturating_sub(cut::width(&words) + 2);
        let line = Line::from(vec![
            Span::styled(dash.repeat(rest), cx.theme.style(Role::Border)),
            Span::styled(words, cx.theme.style(if self.turn.is_running() { Role::Running } else { Role::Dim })),
            Span::styled(dash.repeat(2.min(room)), cx.theme.style(Role::Border)),
        ]);
        frame::row(&line, area, 0, buf);
    }
}

/// The model's name for the title.
fn model(shared: &Shared) -> String {
    match &shared.model {
        Remote::Ready(name, _) => text::line(name).into_string(),
        Remote::Failed(_, problem) => text::line(&format!("no model: {}", problem.why)).into_string(),
        Remote::NotAsked | Remote::Loading(_) => "model not asked yet".to_owned(),
    }
}

/// Somebody's words, wrapped, with who said them in front.
fn said(
    theme: &Theme,
    (who, role): (&str, Role),
    words: &Text,
    width: usize,
    lines: &mut Vec<(Line<'static>, Option<Style>)>,
) {
    let indent = cut::width(who);
    let room = width.saturating_sub(indent).max(1);
    let mut first = true;
    for line in words.block().split('\n').flat_map(|line| cut::wrap(line, room)) {
        let lead = if first { who.to_owned() } else { " ".repeat(indent) };
        first = false;
        let body = if role == Role::AssistantPerson { Role::Text } else { role };
        lines.push((
            Line::from(vec![Span::styled(lead, theme.style(role)), Span::styled(line, theme.style(body))]),
            None,
        ));
    }
}

fn effect_role(effect: approval::Effect) -> Role {
    match effect {
        approval::Effect::Read => Role::EffectRead,
        approval::Effect::Unmask => Role::EffectUnmask,
        approval::Effect::Draft => Role::EffectDraft,
        approval::Effect::Write => Role::EffectWrite,
        approval::Effect::Send => Role::EffectSend,
        approval::Effect::Bulk => Role::EffectBulk,
        approval::Effect::Delete => Role::EffectDelete,
    }
}

fn state_role(state: CallState) -> Role {
    match state {
        CallState::Running | CallState::Performing => Role::Running,
        CallState::Waiting(_) => Role::Warning,
        CallState::Done => Role::Good,
        CallState::Refused | CallState::Failed => Role::Error,
        CallState::Dropped => Role::Dim,
    }
}
