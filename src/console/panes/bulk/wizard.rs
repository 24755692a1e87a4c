//! Owns the way to a new job in the console: where rows come from, what they become, what is done, the plan and its preview.
//! Reads no file (`runtime::jobs`) and sends nothing: a plan that pleases becomes a wish.
//!
//! ```text
//! Source ─ Into ─ How ─ Making ─> Preview ─ a ─> Wish
//!             └ Setting (rows chosen elsewhere)     └ enter: another field for a column ─> Making
//! ```

use std::path::PathBuf;

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::Bulk;
use crate::{
    bulk::{
        Resource,
        import::{Asked, Mode, Source, Wanted, constant},
    },
    console::{
        actions::Action,
        effect::{Effect, Fetch, Wish},
        jobs::{Does, Planned, Planning},
        linear::spoken::Spoken,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx, ViewCx},
        remote::Problem,
        theme::Role,
        widgets::{cut, frame, input::Input, list, list::Cursor, states},
    },
    domain::KlassName,
    privacy::text,
};

/// What is said where a source is asked for.
const ASKED: &str = "a file's path, or paste the rows themselves";
/// The choice that leaves a column out.
const LEFT_OUT: &str = "(leave this column out)";

/// What is done with rows, as people say it.
const MODES: [(&str, Mode, &str); 4] = [
    ("create", Mode::Create, "each row makes a record"),
    ("update", Mode::Update, "each row changes the record it names by id or external id"),
    ("upsert", Mode::Upsert, "each row changes the record it names, or makes it"),
    ("delete", Mode::Delete, "each row removes the record it names"),
];

/// How far a new job is.
#[derive(Debug)]
pub(super) enum Wizard {
    /// Where the rows come from.
    Source(Input),
    /// What they become.
    Into(Source),
    /// What is done.
    How(Source, Resource),
    /// What is set on rows chosen elsewhere.
    Setting(Source, Resource),
    /// The plan is being made.
    Making(Box<Wanted>),
    /// It was made and is looked at.
    Preview(Box<Preview>),
    /// It could not be made.
    Failed(Problem),
}

/// A plan before anybody was asked.
#[derive(Debug)]
pub(super) struct Preview {
    wanted: Wanted,
    planned: Planned,
    /// On the mapping's columns.
    cursor: Cursor,
    /// Lines of the preview scrolled past.
    top: usize,
}

impl Default for Wizard {
    fn default() -> Self {
        Self::Source(Input::default())
    }
}

impl Wizard {
    /// A change of records chosen elsewhere; the words say where.
    pub fn of_ids(resource: Resource, ids: Vec<String>, words: String) -> Self {
        Self::Setting(Source::Ids(ids, words), resource)
    }

    pub fn previewing(wanted: Wanted, planned: Planned) -> Self {
        Self::Preview(Box::new(Preview { wanted, planned, cursor: Cursor::default(), top: 0 }))
    }

    pub fn is_typing(&self) -> bool {
        matches!(self, Self::Source(_))
    }

    /// What it says above everything else.
    fn head(&self) -> String {
        match self {
            Self::Source(_) => format!("Import: {ASKED}"),
            Self::Into(source) => format!("Import {}: into what? enter chooses", named(source)),
            Self::How(source, resource) => format!("Import {} into {resource}: enter says what is done", named(source)),
            Self::Setting(source, resource) => format!("{} of {resource}: enter says what is set", named(source)),
            Self::Making(wanted) => {
                format!("Import {} into {}: being planned …", named(&wanted.source), wanted.resource)
            }
            Self::Preview(preview) => {
                let canary = if preview.wanted.canary { ", the first batch alone" } else { "" };
                format!("Plan for {}{canary}: nothing is sent yet", preview.wanted.resource)
            }
            Self::Failed(problem) => format!("{}: {}; {}", problem.what, problem.why, problem.next),
        }
    }

    /// The lines below it: the mapping, one a column, then the preview.
    fn lines(&self) -> (Vec<String>, Vec<String>) {
        let Self::Preview(preview) = self else { return (Vec::new(), Vec::new()) };
        let mapping = preview.planned.made.as_ref().map(|made| made.lines.clone()).unwrap_or_default();
        (mapping, preview.planned.preview.clone())
    }

    pub fn in_words(&self) -> Spoken {
        let (mapping, preview) = self.lines();
        let chosen = match self {
            Self::Preview(preview) => preview.cursor.chosen(mapping.len()),
            _ => None,
        };
        let typing = if let Self::Source(input) = self { Some(input.words().to_owned()) } else { None };
        let safe = |lines: Vec<String>| lines.iter().map(|line| text::line(line).into_string()).collect();
        let head = text::line(&self.head()).into_string();
        let waits = matches!(self, Self::Making(_));
        Spoken { head, rows: safe(mapping), chosen, detail: safe(preview), typing, waits, ..Spoken::default() }
    }

    pub fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if area.height < 3 {
            return;
        }
        if let Self::Failed(problem) = self {
            return states::failed(cx.theme, problem, area, buf);
        }
        let width = usize::from(area.width);
        let head = text::line(&self.head()).into_string();
        frame::row(&Line::styled(cut::fit(&head, width), cx.theme.style(Role::Text)), area, 0, buf);
        let rest = Rect { y: area.y + 2, height: area.height - 2, ..area };
        match self {
            Self::Source(input) => {
                frame::row(&Line::styled("> ", cx.theme.style(Role::HintKey)), rest, 0, buf);
                let room =
                    Rect { x: rest.x + 2.min(rest.width), width: rest.width.saturating_sub(2), height: 1, ..rest };
                input.view(cx.theme, ASKED, true, room, buf);
                let hints = [
                    "CSV, TSV, JSON, JSON lines, xlsx, or a plain list of ids",
                    "nothing is sent before a plan was shown and approved",
                ];
                for (row, hint) in (2..).zip(hints) {
                    frame::row(&Line::styled(cut::fit(hint, width), cx.theme.style(Role::Dim)), rest, row, buf);
                }
            }
            Self::Preview(preview) => preview.view(cx, rest, buf),
            _ => {}
        }
    }
}

impl Preview {
    /// The mapping above, at most half of the room; the preview below it.
    fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let Some(made) = &self.planned.made else { return };
        let width = usize::from(area.width);
        let high = u16::try_from(made.lines.len()).unwrap_or(u16::MAX).min(area.height / 2);
        let chosen = self.cursor.chosen(made.lines.len());
        for (row, index) in (0..high).zip(self.cursor.rows(made.lines.len(), usize::from(high))) {
            let role = if made.lines[index].contains(" is left out") { Role::Dim } else { Role::Text };
            let line = text::line(&made.lines[index]).into_string();
            frame::row(&Line::styled(cut::fit(&format!(" {line}"), width), cx.theme.style(role)), area, row, buf);
            if chosen == Some(index) {
                let role = if cx.focused { Role::Selected } else { Role::SelectedUnfocused };
                frame::under(cx.theme.style(role), area, row, buf);
            }
        }
        let below = Rect { y: area.y + high, height: area.height - high, ..area };
        let inside = frame::titled(cx, "what it will do (pgdn, pgup)", false, below, buf);
        let lines = &self.planned.preview;
        let top = self.top.min(lines.len().saturating_sub(usize::from(inside.height)));
        for (row, line) in (0..inside.height).zip(&lines[top..]) {
            let role = if line.starts_with('!') { Role::Warning } else { Role::Text };
            let line = text::line(line).into_string();
            frame::row(
                &Line::styled(cut::fit(&line, usize::from(inside.width)), cx.theme.style(role)),
                inside,
                row,
                buf,
            );
        }
    }
}

/// The source in a few words.
fn named(source: &Source) -> String {
    match source {
        Source::File(path) => {
            path.file_name().map_or_else(|| "a file".to_owned(), |name| name.to_string_lossy().into_owned())
        }
        Source::Pasted(pasted) => format!("{} pasted lines", pasted.lines().count()),
        Source::Ids(ids, words) => format!("{} records ({words})", ids.len()),
    }
}

impl Bulk {
    /// What is pasted where a source is asked for: rows, or a path.
    pub(super) fn wizard_pasted(&mut self, pasted: &str, cx: &mut UpdateCx<'_>) {
        let Some(Wizard::Source(input)) = &mut self.wizard else { return };
        if pasted.trim().contains('\n') {
            self.wizard = Some(Wizard::Into(Source::Pasted(pasted.to_owned())));
            self.wizard_asks(cx);
        } else {
            input.paste(pasted);
        }
    }

    pub(super) fn wizard_act(&mut self, action: Action, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match (action, &mut self.wizard) {
            (Action::Submit, Some(Wizard::Source(input))) => {
                let path = input.words().trim().to_owned();
                if path.is_empty() {
                    return Err(Cannot("type a file's path, or paste rows"));
                }
                self.wizard = Some(Wizard::Into(Source::File(PathBuf::from(path))));
                self.wizard_asks(cx);
            }
            (Action::Open, Some(Wizard::Failed(_))) => self.wizard = Some(Wizard::default()),
            (Action::Open, Some(_)) => self.wizard_asks(cx),
            (Action::Back | Action::Leave, Some(_)) => self.wizard_left(cx),
            (Action::PutForward, Some(Wizard::Preview(preview))) => {
                if !preview.planned.sends {
                    return Err(Cannot("there is nothing to send: see why in the list"));
                }
                let Some(Wizard::Preview(preview)) = self.wizard.take() else { return Ok(()) };
                cx.wish(Wish { change: preview.planned.change, reason: preview.planned.reason });
                self.listed.ask();
                cx.fetch(Fetch::Jobs);
            }
            (Action::Canary, Some(Wizard::Preview(preview))) => {
                let canary = !preview.wanted.canary;
                let wanted = Wanted { canary, ..preview.wanted.clone() };
                self.make(wanted, cx);
            }
            (action, Some(Wizard::Preview(preview))) => {
                // Single steps go through the columns, pages through the preview.
                if matches!(action, Action::HalfDown | Action::HalfUp | Action::PageDown | Action::PageUp) {
                    let last = preview.planned.preview.len();
                    preview.top = list::moved(action, preview.top, last).unwrap_or(preview.top);
                    return Ok(());
                }
                let len = preview.planned.made.as_ref().map_or(0, |made| made.lines.len());
                if !preview.cursor.act(action, len) && list::moved(action, 0, 1).is_none() {
                    return Err(Cannot("a puts the plan up for approval, esc throws it away"));
                }
            }
            _ => return Err(Cannot("esc leaves the import")),
        }
        Ok(())
    }

    /// Asks what comes next by a list.
    pub(super) fn wizard_asks(&mut self, cx: &mut UpdateCx<'_>) {
        match &self.wizard {
            Some(Wizard::Into(_)) => {
                self.waits_for_klasses = cx.shared.klasses.is_loading();
                if self.waits_for_klasses {
                    return cx.say("the klasses are being read …");
                }
                cx.pick(Picker::new("Into what?", "bulk", resources(cx)).or_text("or a klass's name"));
            }
            Some(Wizard::How(..)) => {
                let choice = |(word, _, about): &(&str, Mode, &str)| choice(word, word, about);
                cx.pick(Picker::new("What is done?", "bulk", MODES.iter().map(choice).collect()));
            }
            Some(Wizard::Setting(..)) => {
                cx.pick(Picker::new("What is set?", "bulk", Vec::new()).or_text("status=done, or tags=vip …"));
            }
            Some(Wizard::Preview(preview)) => {
                let Some(made) = &preview.planned.made else { return };
                let Some(column) = preview.cursor.chosen(made.mapping.len()) else { return };
                let fields = made.fields.iter().map(|field| choice(field, field, ""));
                let all: Vec<Choice> = [choice("", LEFT_OUT, "")].into_iter().chain(fields).collect();
                let title = format!("What does {} fill?", text::line(&made.mapping[column].0));
                let stands = made.mapping[column].1.clone().unwrap_or_default();
                cx.pick(Picker::new(title, "bulk", all).standing_on(&stands));
            }
            _ => {}
        }
    }

    pub(super) fn wizard_picked(&mut self, chosen: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match self.wizard.take() {
            Some(Wizard::Into(source)) => {
                let resource = Resource::named(chosen).unwrap_or_else(|| Resource::Kobjects(KlassName::new(chosen)));
                self.wizard = Some(Wizard::How(source, resource));
                self.wizard_asks(cx);
            }
            Some(Wizard::How(source, resource)) => {
                let mode = MODES.iter().find(|(word, ..)| *word == chosen).map_or(Mode::Create, |(_, mode, _)| *mode);
                let asked = Asked::default();
                self.make(Wanted { source, resource, mode, asked, canary: false }, cx);
            }
            Some(Wizard::Setting(source, resource)) => {
                let Some(computed) = assignments(chosen) else {
                    self.wizard = Some(Wizard::Setting(source, resource));
                    return Err(Cannot("it is FIELD=VALUE, several separated by commas"));
                };
                let asked = Asked { columns: vec![("id".to_owned(), "id".to_owned())], computed };
                self.make(Wanted { source, resource, mode: Mode::Update, asked, canary: false }, cx);
            }
            Some(Wizard::Preview(preview)) => {
                let made = preview.planned.made.as_ref();
                let column = made.and_then(|made| {
                    let at = preview.cursor.chosen(made.mapping.len())?;
                    Some(made.mapping[at].0.clone())
                });
                let mut wanted = preview.wanted.clone();
                wanted.asked.columns.retain(|(name, _)| Some(name) != column.as_ref());
                wanted.asked.columns.extend(column.map(|column| (column, chosen.to_owned())));
                cx.effect(Effect::Job(Does::Forget, preview.planned.id.clone()));
                self.make(wanted, cx);
            }
            other => self.wizard = other,
        }
        Ok(())
    }

    fn make(&mut self, wanted: Wanted, cx: &mut UpdateCx<'_>) {
        if let Some(Wizard::Preview(preview)) = self.wizard.take() {
            cx.effect(Effect::Job(Does::Forget, preview.planned.id));
        }
        cx.fetch(Fetch::Plan(Planning::Of(Box::new(wanted.clone()))));
        self.wizard = Some(Wizard::Making(Box::new(wanted)));
    }

    /// Leaves; a plan nobody approved goes with it.
    fn wizard_left(&mut self, cx: &mut UpdateCx<'_>) {
        if let Some(Wizard::Preview(preview)) = self.wizard.take() {
            cx.effect(Effect::Job(Does::Forget, preview.planned.id));
        }
    }
}

fn resources(cx: &UpdateCx<'_>) -> Vec<Choice> {
    let standard = ["customers", "conversations", "companies", "notes", "messages"];
    let klasses = cx.shared.klasses.value().map_or(&[][..], Vec::as_slice);
    let klasses = klasses.iter().map(|klass| {
        // By the name people type in scripts: the letters of both ways to write it are in it.
        choice(klass.name.as_str(), klass.name.as_str(), &format!("KObjects: {}", klass.label.raw()))
    });
    standard.into_iter().map(|word| choice(word, word, "")).chain(klasses).collect()
}

fn choice(id: &str, label: &str, detail: &str) -> Choice {
    Choice { id: id.to_owned(), label: label.to_owned(), detail: detail.to_owned() }
}

/// `status=done, priority=3` as fields, each with an expression that is just this value.
fn assignments(words: &str) -> Option<Vec<(String, String)>> {
    let one = |part: &str| {
        let (field, value) = part.split_once('=')?;
        (!field.trim().is_empty()).then(|| (field.trim().to_owned(), constant(value.trim())))
    };
    words.split(',').map(one).collect()
}
