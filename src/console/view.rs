//! Owns the frame: header, tab bar, the pane in front, hints, and what lies over them. A pure function of the state and the
//! theme.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    actions::Action,
    compose::{self, Enter},
    form,
    keymap::Stack,
    layout::{self, Areas},
    overlays,
    pane::ViewCx,
    questions,
    remote::Remote,
    state::{Overlay, State},
    theme::{Depth, Role, Theme},
    tour,
    widgets::{ascii, cut, frame, picture::Picture},
};
use crate::privacy::text;

/// Draws everything.
pub fn view(state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    layers(state, theme, screen, buf);
    if state.shared.ascii {
        ascii::flatten(buf);
    }
}

/// The picture on screen and the cells it takes, where nothing lies over the panes: no picture may stand on a card.
pub fn pictured(state: &State) -> Option<(Rect, &Picture)> {
    let is_plain = state.shared.ascii || state.shared.looks.depth == Depth::Mono;
    let is_covered = state.card.is_some()
        || state.overlay.is_some()
        || state.forms.open.is_some()
        || state.questions.open().is_some()
        || state.tour.is_some()
        || state.around.begun.is_some();
    if is_plain || is_covered {
        return None;
    }
    let parts = layout::parts(state).into_iter().filter(|(_, part)| !part.is_empty());
    parts.into_iter().find_map(|(pane, part)| state.panes.pictured(pane, &state.shared, part))
}

/// The pane and what lies over it.
fn layers(state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    buf.set_style(screen, theme.style(Role::Ground));
    let Areas { header: head, tabs: bar, hints: foot, .. } = layout::areas(screen);
    header(state, theme, head, buf);
    tabs(state, theme, bar, buf);
    let is_over = state.card.is_some() || state.overlay.is_some();
    let covered = is_over || state.questions.open().is_some();
    let body = layout::body(state);
    if let Some(writing) = &state.composing.open {
        let whole = layout::areas(screen).body;
        let own = Rect { y: body.bottom(), height: whole.height - body.height, ..whole };
        compose::view::view(writing, &state.shared, theme, !covered, own, buf);
    }
    let parts = layout::parts(state).into_iter().filter(|(_, part)| !part.is_empty());
    for (pane, part) in parts {
        let is_free = state.composing.open.is_none() && state.forms.open.is_none();
        let focused = !covered && is_free && pane == state.focus;
        let cx = ViewCx { shared: &state.shared, theme, focused, title: pane.spec().title.to_owned() };
        state.panes.view(pane, &cx, part, buf);
    }
    if let Some(filling) = &state.forms.open {
        form::view::view(filling, &state.shared, theme, !covered, body, buf);
    }
    if let Some(sheet) = state.questions.open() {
        questions::view::view(state, sheet, theme, !is_over, buf);
    }
    hints(state, theme, foot, buf);
    if state.card.is_some() && !matches!(state.overlay, Some(Overlay::Leaving | Overlay::Waiting(_))) {
        overlays::approval::view(state, theme, buf);
    } else {
        over(state, theme, screen, buf);
    }
    if let Some(tour) = state.tour {
        tour::view(state, tour, theme, screen, buf);
    }
}

/// What lies over the pane, besides the card.
fn over(state: &State, theme: &Theme, screen: Rect, buf: &mut Buffer) {
    match &state.overlay {
        None => overlays::which_key::view(state, theme, buf),
        Some(Overlay::Palette(palette)) => palette.view(state, theme, screen, buf),
        Some(Overlay::Picker(picker)) => picker.view(state, theme, screen, buf),
        Some(Overlay::Help(of, top)) => overlays::help::view(state, *of, *top, theme, buf),
        Some(Overlay::Waiting(chosen)) => overlays::waiting::view(state, *chosen, theme, screen, buf),
        Some(Overlay::Leaving) => overlays::notice::leaving(state, theme, screen, buf),
        Some(Overlay::Notice(problem)) => overlays::notice::problem(state, problem, theme, screen, buf),
    }
}

/// Name, the sign that data is simulated, the desk, who; at the right the budget and the time. What does not fit gives way
/// from the right to the left, the sign never.
fn header(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let shared = &state.shared;
    let plain = theme.style(Role::Header);
    buf.set_style(area, plain);
    let mut left = vec![];
    if area.width >= 40 {
        left.push(Span::styled(" Shiftdeck ", theme.style(Role::HeaderName)));
    }
    if shared.simulated == Some(true) {
        left.push(Span::styled(" SANDBOX ", theme.style(Role::Sandbox)));
    }
    let who = match &shared.me {
        Remote::Ready(me, _) => format!(" · {}", me.name.line().as_ref()),
        Remote::Failed(_, problem) => format!(" · {}", problem.why),
        Remote::NotAsked | Remote::Loading(_) => String::new(),
    };
    left.push(Span::styled(format!(" {}{who} ", text::line(&shared.desk).as_ref()), plain));
    let left = Line::from(left);
    let time = shared.moment.now.to_zoned(shared.zone.clone()).strftime("%H:%M").to_string();
    let right: Vec<Span<'_>> = windows(state, theme).into_iter().chain(budget(state, theme)).collect();
    let right = right.into_iter().chain([Span::styled(format!(" {time} "), plain)]).collect::<Line<'_>>();
    frame::row(&left, area, 0, buf);
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX);
    let kept = if shared.simulated == Some(true) { 22 } else { 12 };
    if wide + kept <= area.width {
        let x = area.right() - wide;
        frame::row(&right, Rect { x, width: wide, ..area }, 0, buf);
    }
}

/// Open unmasking windows, counting down.
fn windows<'a>(state: &State, theme: &Theme) -> Vec<Span<'a>> {
    let now = state.shared.moment.elapsed;
    let Some(soonest) = state.shared.windows.iter().map(|window| window.closes.saturating_sub(now)).min() else {
        return Vec::new();
    };
    let count = state.shared.windows.len();
    let several = if count > 1 { format!(" ×{count}") } else { String::new() };
    let left = soonest.as_secs();
    let words = format!(" unmasked{several} {}:{:02} ", left / 60, left % 60);
    vec![Span::styled(words, theme.style(Role::Revealed))]
}

/// What is left of the desk's rate limit, or what everybody waits for.
fn budget<'a>(state: &State, theme: &Theme) -> Vec<Span<'a>> {
    let budget = &state.shared.budget;
    if let Some(wait) = &budget.waiting {
        let left = wait.until.duration_since(state.shared.moment.now).as_secs().max(0);
        let line = if wait.queued > 1 { format!(", {} calls in line", wait.queued) } else { String::new() };
        let words = format!(" waiting {left} s: {}{line} ", text::line(&wait.why).as_ref());
        return vec![Span::styled(words, theme.style(Role::Warning))];
    }
    let mut spans = line(budget.line, theme);
    if let (Some(remaining), Some(limit)) = (budget.search.left, budget.search.limit)
        && is_short(remaining, limit)
    {
        spans.push(Span::styled(format!(" searches {remaining}/{limit} "), theme.style(Role::Warning)));
    }
    if let (Some(remaining), Some(limit)) = (budget.org.left, budget.org.limit) {
        let role = if is_short(remaining, limit) { Role::Warning } else { Role::Header };
        spans.push(Span::styled(format!(" {remaining}/{limit} "), theme.style(role)));
    }
    spans
}

/// Whether so little is left of a budget that it is worth a warning.
fn is_short(remaining: u32, limit: u32) -> bool {
    remaining.saturating_mul(10) < limit
}

/// How many calls of each lane are in line.
fn line<'a>(waiting: [usize; 4], theme: &Theme) -> Vec<Span<'a>> {
    const LANES: [&str; 4] = ["yours", "assistant", "bulk", "background"];
    let in_line = waiting.into_iter().zip(LANES).filter(|(count, _)| *count > 0);
    let words: Vec<String> = in_line.map(|(count, lane)| format!("{lane} {count}")).collect();
    if words.is_empty() {
        return Vec::new();
    }
    vec![Span::styled(format!(" in line: {} ", words.join(", ")), theme.style(Role::Header))]
}

fn tabs(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut end = area.x;
    for (pane, label, at) in layout::tabs(state, area.width) {
        let role = if pane == state.focus { Role::TabActive } else { Role::Tab };
        let x = area.x + at.min(area.width);
        let room = usize::from(area.right().saturating_sub(x));
        end = buf.set_stringn(x, area.y, label, room, theme.style(role)).0;
    }
    let count = state.around.tiles.panes().len();
    if count > 1 && layout::parts(state).len() == 1 {
        let words = if state.around.is_zoomed {
            format!(" 1 of {count} panes, zoomed ")
        } else {
            format!(" 1 of {count} panes: no room ")
        };
        let wide = u16::try_from(words.len()).unwrap_or(u16::MAX);
        if end.saturating_add(wide) <= area.right() {
            buf.set_string(area.right() - wide, area.y, words, theme.style(Role::Notice));
        }
    }
}

/// What can be done to a reply while it is written, besides putting it up.
const HINTS: [Action; 4] = [Action::Shortcut, Action::Schedule, Action::OverChannel, Action::NextField];

/// What waits, what was said in passing, else the keys that matter here.
fn hints(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    if !state.desk.is_empty() && state.card.is_none() {
        let key = state.keymap.keys(Action::Answer).last().map(ToString::to_string).unwrap_or_default();
        let count = state.desk.len();
        let words = if state.parked {
            format!(" {count} approval{} waiting: {key} ", if count == 1 { "" } else { "s" })
        } else if state.desk.current().is_none() {
            format!(" {count} approval{} put off: {key} ", if count == 1 { "" } else { "s" })
        } else {
            " approval waiting until you stop typing ".to_owned()
        };
        spans.push(Span::styled(words, theme.style(Role::ApprovalTitle)));
        spans.push(Span::raw("  "));
    }
    if !state.questions.is_empty() && state.questions.open().is_none() {
        let key = state.keymap.keys(Action::Answer).last().map(ToString::to_string).unwrap_or_default();
        let words = match (state.questions.len(), state.questions.wants_in()) {
            (_, true) => " a server asks: it waits until you are done here ".to_owned(),
            (1, false) => format!(" a server asks: {key} "),
            (count, false) => format!(" servers ask {count} questions: {key} "),
        };
        spans.push(Span::styled(words, theme.style(Role::ApprovalTitle)));
        spans.push(Span::raw("  "));
    }
    if let (Some(undo), None) = (&state.undo, &state.notice) {
        let left = undo.until.saturating_sub(state.shared.moment.elapsed).as_secs();
        let key = state.keymap.hint(state.stack(), Action::Undo);
        spans.push(Span::styled(text::line(&undo.says).into_string(), theme.style(Role::Notice)));
        if !key.is_empty() && left > 0 {
            spans.push(Span::styled(format!("  {key}"), theme.style(Role::HintKey)));
            spans.push(Span::styled(format!(" takes it back ({left} s)   "), theme.style(Role::Hint)));
        } else {
            spans.push(Span::raw("   "));
        }
    }
    if let Some(notice) = &state.notice {
        spans.push(Span::styled(text::line(notice).into_string(), theme.style(Role::Notice)));
    } else {
        let room = usize::from(area.width).saturating_sub(Line::from(spans.clone()).width());
        spans.extend(keys(state, theme, room));
    }
    frame::row(&Line::from(spans), area, 0, buf);
}

/// Hints from the live keymap, as many as fit.
fn keys<'a>(state: &State, theme: &Theme, room: usize) -> Vec<Span<'a>> {
    let stack = state.stack();
    let own: Vec<Action> = match stack {
        Stack::Pane(pane) => [pane.spec().actions, &[Action::Help, Action::Palette, Action::Quit]].concat(),
        Stack::Typing(_) => {
            vec![Action::Submit, Action::NewLine, Action::Leave, Action::NextPane, Action::Palette, Action::Interrupt]
        }
        Stack::Compose => {
            let enter = state.composing.open.as_ref().map(compose::Compose::enter);
            let submit = if enter == Some(Enter::PutUp) { Action::Submit } else { Action::PutUp };
            let is_note = state.composing.open.as_ref().is_some_and(|writing| !writing.has_choice());
            let rest: &[Action] = if is_note { &[Action::NewLine, Action::Shortcut] } else { &HINTS };
            [&[submit], rest, &[Action::OutsideEditor, Action::Leave]].concat()
        }
        Stack::Form => {
            let field = state.forms.open.as_ref().and_then(form::Form::field);
            let is_masked = field.is_some_and(|field| matches!(field.entry, form::Entry::Masked(_)));
            let nearest = if is_masked { Action::ReplaceMasked } else { Action::FromList };
            [&[Action::PutUp, Action::NextField, nearest][..], &[Action::AsItWas, Action::OutsideEditor, Action::Leave]]
                .concat()
        }
        Stack::Question => {
            let link = state.questions.open().is_some_and(|sheet| sheet.address().is_some());
            let own: &[Action] =
                if link { &[Action::OpenLink, Action::CopyLink] } else { &[Action::NextField, Action::FromList] };
            [&[Action::SendAnswer, Action::DeclineQuestion, Action::CancelQuestion], own, &[Action::SetAside]].concat()
        }
        Stack::Card => vec![Action::Approve, Action::Edit, Action::Refuse, Action::Down, Action::Park],
        Stack::Reason => vec![Action::Submit, Action::Leave],
        Stack::Editor => vec![Action::UseText, Action::DropText],
        Stack::Palette => vec![Action::Choose, Action::NextChoice, Action::Close],
        Stack::Picker => vec![Action::Pick, Action::NextPick, Action::Close],
        Stack::Waiting => vec![Action::TakeCard, Action::Down, Action::Close],
        Stack::Help => vec![Action::Down, Action::CloseHelp],
        Stack::Leaving => vec![Action::QuitNow, Action::Stay],
        Stack::Notice => vec![Action::Close],
    };
    let mut used = 0;
    let mut spans = Vec::new();
    for action in own {
        let key = state.keymap.hint(stack, action);
        let words = format!(" {}   ", short(action));
        let wide = cut::width(&key) + cut::width(&words);
        if key.is_empty() {
            continue;
        }
        if used + wide > room + 3 {
            break;
        }
        used += wide;
        spans.push(Span::styled(key, theme.style(Role::HintKey)));
        spans.push(Span::styled(words, theme.style(Role::Hint)));
    }
    spans
}

/// A hint's word: the first of the help line that says it alone, else its name.
fn short(action: Action) -> &'static str {
    match action {
        Action::Help => "keys",
        Action::Palette => "commands",
        Action::Down => "down",
        Action::Kobjects => "KObjects",
        Action::CloseWindow => "mask",
        Action::Leave => "stop typing",
        Action::NewLine => "new line",
        Action::PutUp => "put up",
        Action::Shortcut => "canned text",
        Action::AsItWas => "as it was",
        Action::ReplaceMasked => "replace masked",
        Action::NewRecord => "new",
        Action::ExternalId => "external id",
        Action::Schedule => "when",
        Action::OutsideEditor => "$EDITOR",
        Action::NextField => "next field",
        Action::EditDraft | Action::EditRecord => "edit",
        Action::SendDraft | Action::SendAnswer => "send",
        Action::DeleteDraft => "delete",
        Action::NextPane => "next pane",
        Action::AssignMe => "to me",
        Action::NextLane => "next lane",
        Action::PreviousLane => "previous lane",
        Action::MarkRange => "mark range",
        Action::MarkAll => "mark all",
        Action::Deadlines => "SLA",
        Action::NextPart | Action::NextPick | Action::NextChoice => "next",
        Action::PreviousPart => "previous",
        Action::NextMatch => "next match",
        Action::PreviousMatch => "previous match",
        Action::NextInbound => "next inbound",
        Action::PreviousInbound => "previous inbound",
        Action::OpenFile => "picture",
        Action::CopyRequest => "copy request",
        Action::SaveSearch => "save",
        Action::Searches => "saved",
        Action::Interrupt => "quit",
        Action::UseText => "use this text",
        Action::DropText => "back to the card",
        Action::Park | Action::SetAside => "later",
        Action::DeclineQuestion => "decline",
        Action::CancelQuestion => "no answer",
        Action::OpenLink => "open",
        Action::CopyLink => "copy",
        Action::TakeCard => "to this card",
        Action::AskChanges => "ask for changes",
        Action::OtherCard | Action::FromList => "list",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use crate::console::update::tests::{screen, state};

    #[test]
    fn the_header_says_what_is_short_and_who_waits() {
        let mut state = state((120, 40));
        let budget = &mut state.shared.budget;
        (budget.org.limit, budget.org.left) = (Some(1000), Some(944));
        (budget.search.limit, budget.search.left) = (Some(100), Some(60));
        assert!(!screen(&state).contains("searches"), "enough is no news");
        state.shared.budget.search.left = Some(3);
        state.shared.budget.line = [2, 0, 40, 0];
        let head = screen(&state).lines().next().map(str::to_owned).unwrap_or_default();
        assert!(head.contains("in line: yours 2, bulk 40  searches 3/100  944/1000"), "{head}");
    }
}
