//! Owns how a plan looks, and how it reads in linear mode: a line for each step with its effect, gate and state, why below it,
//! everything of the chosen one when it is unfolded. A model's words pass `privacy::text`.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};
use serde_json::Value;

use super::{Planning, word};
use crate::{
    assistant::plan::{Plan, Step, StepState},
    console::{
        linear::spoken::Spoken,
        overlays::approval::effect_role,
        pane::ViewCx,
        theme::Role,
        widgets::{cut, frame},
    },
    privacy::text,
};

type Words = Vec<(String, Role)>;

impl Planning {
    /// Cuts the plan's part off the room of the dialogue: beside it where there is width, else above it.
    pub fn split(&self, area: Rect) -> (Rect, Rect) {
        if self.plan.is_none() || area.height < 4 {
            return (Rect { height: 0, ..area }, area);
        }
        if area.width >= 110 {
            let width = area.width / 2;
            let plan = Rect { x: area.right() - width, width, ..area };
            return (plan, Rect { width: area.width - width, ..area });
        }
        let share = if self.is_focused || self.editing.is_some() { 7 } else { 3 };
        let height = (area.height * share / 10).max(3);
        (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
    }

    /// Draws it.
    pub fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(plan) = self.plan.as_ref().filter(|_| area.height > 2) else { return };
        let title = format!("Plan · {}", plan.standing());
        let inside = frame::titled(cx, &title, cx.focused && self.is_focused, area, buf);
        let (inside, below) = self.room_for_edit(inside);
        let width = usize::from(inside.width);
        let mut lines: Vec<(Option<usize>, Words)> = Vec::new();
        for line in cut::wrap(&plan.goal().line(), width).into_iter().take(2) {
            lines.push((None, vec![(line, Role::Strong)]));
        }
        for (at, step) in plan.steps().iter().enumerate() {
            let is_chosen = at == self.cursor;
            let unfolded = is_chosen && self.is_unfolded;
            lines.extend(
                step_lines(at, step, unfolded, width, cx.shared.ascii).into_iter().map(|line| (Some(at), line)),
            );
        }
        let first = lines.iter().position(|(at, _)| *at == Some(self.cursor)).unwrap_or(0);
        let height = usize::from(inside.height);
        let top = first.saturating_sub(height / 3).min(lines.len().saturating_sub(height));
        for (y, (at, words)) in (0..inside.height).zip(lines.iter().skip(top)) {
            let spans: Vec<Span<'_>> =
                words.iter().map(|(words, role)| Span::styled(words.as_str(), cx.theme.style(*role))).collect();
            frame::row(&Line::from(spans), inside, y, buf);
            if *at == Some(self.cursor) && self.is_focused {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), inside, y, buf);
            }
        }
        self.view_edit(cx, below, buf);
    }

    fn room_for_edit(&self, inside: Rect) -> (Rect, Rect) {
        let Some(editing) = &self.editing else { return (inside, Rect { height: 0, ..inside }) };
        let wanted = editing.words.height(inside.width).clamp(1, (inside.height / 2).max(1)) + 1;
        let height = wanted.min(inside.height);
        let below = Rect { y: inside.bottom() - height, height, ..inside };
        (Rect { height: inside.height - height, ..inside }, below)
    }

    fn view_edit(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(editing) = self.editing.as_ref().filter(|_| area.height > 1) else { return };
        let label =
            format!("step {}, {}: enter keeps it, esc leaves it as it was", editing.at + 1, word(&editing.field));
        let label = cut::fit(&label, usize::from(area.width));
        frame::row(&Line::styled(label, cx.theme.style(Role::Accent)), area, 0, buf);
        let room = Rect { y: area.y + 1, height: area.height - 1, ..area };
        editing.words.view(cx.theme, "nothing: it is left out", cx.focused, room, buf);
    }

    /// The plan in words.
    pub fn in_words(&self) -> Option<Spoken> {
        let plan = self.plan.as_ref()?;
        let rows = plan.steps().iter().enumerate().map(|(at, step)| spoken(at, step)).collect();
        let detail = plan.steps().get(self.cursor).filter(|_| self.is_unfolded).map(details).unwrap_or_default();
        let typing = self.editing.as_ref().map(|editing| {
            let so_far = text::line(&editing.words.words()).into_string();
            format!("step {}, {}; so far: {so_far}", editing.at + 1, word(&editing.field))
        });
        Some(Spoken { head: heading(plan), rows, chosen: Some(self.cursor), detail, typing, ..Spoken::default() })
    }
}

fn heading(plan: &Plan) -> String {
    format!("Plan, {}: {}", plan.standing(), plan.goal().line())
}

fn spoken(at: usize, step: &Step) -> String {
    let (_, state) = state(step, true);
    format!("{} {} ({}), {}, {state}: {}", at + 1, step.name(), step.effect().word(), step.gate(), step.why().line())
}

/// The sign before a step, and the words for where it stands.
fn state(step: &Step, ascii: bool) -> (&'static str, String) {
    let (sign, plain, words) = match step.state() {
        StepState::Open if step.is_stale() => ("!", "!", "needs a value again: edit it".to_owned()),
        StepState::Open => ("·", ".", "not run".to_owned()),
        StepState::Running(_) => ("◌", "~", "running".to_owned()),
        StepState::Done => ("✓", "v", "done".to_owned()),
        StepState::Stopped(why) => ("✗", "x", format!("stopped: {}", why.line())),
        StepState::Unclear => ("?", "?", "unclear: look at the desk".to_owned()),
    };
    (if ascii { plain } else { sign }, words)
}

fn state_role(step: &Step) -> Role {
    match step.state() {
        StepState::Open if step.is_stale() => Role::Warning,
        StepState::Open => Role::Dim,
        StepState::Running(_) => Role::Running,
        StepState::Done => Role::Good,
        StepState::Stopped(_) => Role::Error,
        StepState::Unclear => Role::Warning,
    }
}

fn step_lines(at: usize, step: &Step, unfolded: bool, width: usize, ascii: bool) -> Vec<Words> {
    let (sign, words) = state(step, ascii);
    let role = state_role(step);
    let head = vec![
        (format!("{:>2} {sign} ", at + 1), role),
        (step.name().to_owned(), Role::AssistantCall),
        ("  ".to_owned(), Role::Text),
        (format!(" {} ", step.effect().word()), effect_role(step.effect())),
        (format!("  {}", step.gate()), Role::Dim),
        (format!("  {words}"), role),
    ];
    let mut lines = vec![head];
    let indented = |words: &str, role: Role| -> Vec<Words> {
        let wrapped = cut::wrap(words, width.saturating_sub(6).max(8));
        wrapped.into_iter().map(|line| vec![(format!("     {line}"), role)]).collect()
    };
    if unfolded {
        lines.extend(details(step).iter().flat_map(|line| indented(line, Role::Text)));
    } else if !step.why().is_blank() {
        let why = cut::fit(&step.why().line(), width.saturating_sub(6));
        lines.push(vec![(format!("     {why}"), Role::Dim)]);
    }
    if !unfolded && !step.note().is_blank() {
        let note = cut::fit(&format!("note: {}", step.note().line()), width.saturating_sub(6));
        lines.push(vec![(format!("     {note}"), Role::Accent)]);
    }
    lines
}

/// Everything of a step, line by line.
fn details(step: &Step) -> Vec<String> {
    let mut lines = vec![format!("why: {}", step.why().line())];
    if !step.note().is_blank() {
        lines.push(format!("note: {}", step.note().line()));
    }
    for (name, value) in step.arguments() {
        let words = value.as_str().map_or_else(|| pretty(value), str::to_owned);
        let safe = text::block(&format!("{name}: {words}")).into_string();
        lines.extend(safe.lines().map(str::to_owned));
    }
    let words = state(step, true).1;
    lines.push(format!("{}; {words}", step.gate()));
    lines
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
