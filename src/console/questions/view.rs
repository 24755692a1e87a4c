//! Owns how a server's question is drawn: whose it is by our name for it, its words behind a bar as a stranger's, the fields or
//! the address, and how it is answered. Colour is never the only sign.
//!
//! ```text
//! ╭ The server billing asks: 1 of 2 ──────────────────────╮
//! │ ▎ its words                                           │  scrolls
//! │   Amount          129                                 │
//! │                   a number, 1 to 500; needed          │
//! │ what is wrong, or where the answer goes               │
//! │ ctrl-s send  ctrl-d decline  ctrl-x no answer         │
//! │ what declining and not answering tell the server      │
//! ╰───────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Field, Sheet, field::Fill};
use crate::{
    connect::mcp::Question,
    console::{
        actions::Action,
        form::{
            Entry,
            block::{self, Block, Parts},
        },
        keymap::Stack,
        state::State,
        theme::{Role, Theme},
        widgets::{blanks, cut, frame},
    },
    privacy::text,
};

/// Said of an address: what a yes means.
pub const CONSENT: &str =
    "Agreeing tells the server that you are willing to go there. It does not say that anything was done there.";
/// Said of words that read like a placeholder.
pub const PLACEHOLDER: &str = "sent as these words: no value is put in for a placeholder";
/// Said of a host in letters of another script.
const LOOKALIKE: &str = "Parts of this name are written in another alphabet (xn--): it may imitate another name.";

/// As wide as it gets.
const WIDEST: u16 = 100;
/// Lines of its foot: a rule, what is missing, the answers, what they mean.
const FOOT: u16 = 4;
/// Lines a stranger's words about one field take at most.
const ABOUT: usize = 4;

/// A line: words and what they are.
type Words = Vec<(String, Role)>;

/// All that scrolls: lines of words, and the fields below them.
struct Content<'a> {
    words: Vec<Words>,
    blocks: Vec<Block<'a>>,
}

impl Content<'_> {
    fn height(&self) -> usize {
        self.words.len() + self.blocks.iter().map(|block| usize::from(block.height())).sum::<usize>()
    }
}

/// Where it stands, and the room of what scrolls.
fn places((columns, rows): (u16, u16), height: impl FnOnce(u16) -> usize) -> (Rect, Rect) {
    let width = columns.saturating_sub(if columns > 60 { 4 } else { 0 }).min(WIDEST);
    let inside = width.saturating_sub(4);
    let wanted = u16::try_from(height(inside)).unwrap_or(u16::MAX).saturating_add(2 + FOOT);
    // The header stays in view: it says whether this is simulated.
    let height = wanted.min(rows.saturating_sub(if rows > 20 { 2 } else { 1 }));
    let y = (rows.saturating_sub(height) / 2).max(1).min(rows);
    let area = Rect { x: (columns - width) / 2, y, width, height };
    let room = Rect { x: area.x + 2, y: area.y + 1, width: inside, height: height.saturating_sub(2 + FOOT) };
    (area, room)
}

/// The first line shown: where the person scrolled to, else the field with the cursor stays in sight.
fn top(sheet: &Sheet, content: &Content<'_>, height: u16) -> usize {
    let last = content.height().saturating_sub(usize::from(height));
    let Some(top) = sheet.top else {
        let before: usize = content.blocks.iter().take(sheet.at()).map(|block| usize::from(block.height())).sum();
        let begins = content.words.len() + before;
        let own = content.blocks.get(sheet.at()).map_or(0, |block| usize::from(block.height()));
        return (begins + own).saturating_sub(usize::from(height)).min(begins).min(last);
    };
    top.min(last)
}

/// Where a page further down, or up, begins.
pub fn page(state: &State, by: isize) -> Option<usize> {
    let sheet = state.questions.open()?;
    let (_, room, content) = measured(state, sheet, false);
    let here = top(sheet, &content, room.height);
    let last = content.height().saturating_sub(usize::from(room.height));
    let page = isize::try_from(room.height.max(1)).unwrap_or(1);
    Some(here.saturating_add_signed(by * page).min(last))
}

fn measured<'a>(state: &State, sheet: &'a Sheet, focused: bool) -> (Rect, Rect, Content<'a>) {
    let mut content = Content { words: Vec::new(), blocks: Vec::new() };
    let (area, room) = places(state.size, |width| {
        content = Content { words: words(state, sheet, width), blocks: blocks(state, sheet, focused, width) };
        content.height()
    });
    (area, room, content)
}

/// Draws it.
pub fn view(state: &State, sheet: &Sheet, theme: &Theme, focused: bool, buf: &mut Buffer) {
    let (area, room, content) = measured(state, sheet, focused);
    let title = cut::fit(&title(state, sheet), usize::from(area.width).saturating_sub(4));
    frame::overlay(theme, state.shared.ascii, &title, (Role::Warning, Role::TitleFocused), area, buf);
    let top = top(sheet, &content, room.height);
    for (row, line) in (0..room.height).zip(content.words.iter().skip(top)) {
        let spans = line.iter().map(|(words, role)| Span::styled(words.as_str(), theme.style(*role)));
        frame::row(&spans.collect::<Line<'_>>(), room, row, buf);
    }
    let offset = |lines: usize| i64::try_from(lines).unwrap_or(i64::MAX);
    let mut line = offset(content.words.len()) - offset(top);
    for block in &content.blocks {
        block.draw(theme, line, room, buf);
        line += i64::from(block.height());
    }
    let is_more = top + usize::from(room.height) < content.height();
    let foot = Rect { y: room.bottom(), height: FOOT.min(area.height.saturating_sub(2)), ..room };
    foot_view(state, sheet, theme, is_more, foot, buf);
}

fn title(state: &State, sheet: &Sheet) -> String {
    let count = state.questions.len();
    let several = if count > 1 { format!(": 1 of {count} questions") } else { String::new() };
    format!("The server {} asks{several}", sheet.server)
}

/// A stranger's words behind a bar that our own lines never have.
fn quoted(words: &str, width: usize, ascii: bool) -> Vec<Words> {
    let bar = if ascii { "| " } else { "▎ " };
    let lines = cut::wrap(&blanks::counted(words), width.saturating_sub(2));
    lines.into_iter().map(|line| vec![(bar.to_owned(), Role::Warning), (line, Role::Untrusted)]).collect()
}

/// What stands above the fields, or instead of them.
fn words(state: &State, sheet: &Sheet, width: u16) -> Vec<Words> {
    let width = usize::from(width).max(20);
    let mut lines: Vec<Words> = Vec::new();
    let say = |words: &str, role: Role, lines: &mut Vec<Words>| {
        lines.extend(cut::wrap(words, width).into_iter().map(|line| vec![(line, role)]));
    };
    let (Question::Form { message, .. } | Question::Link { message, .. }) = &sheet.question;
    say("In its own words, which nobody has checked:", Role::Dim, &mut lines);
    lines.extend(quoted(message.raw(), width, state.shared.ascii));
    lines.push(Vec::new());
    match &sheet.question {
        Question::Form { fields, .. } if fields.is_empty() => {
            say("There is nothing to fill in: it asks for yes or no.", Role::Text, &mut lines);
        }
        Question::Form { .. } => {}
        Question::Link { url, host, .. } => {
            say("It wants you to go to", Role::Dim, &mut lines);
            lines.push(Vec::new());
            say(&format!("  {}", text::line(host).as_ref()), Role::Strong, &mut lines);
            lines.push(Vec::new());
            if host.contains("xn--") {
                say(LOOKALIKE, Role::Error, &mut lines);
            }
            say("The whole address:", Role::Dim, &mut lines);
            say(&text::line(url), Role::Text, &mut lines);
            lines.push(Vec::new());
            say(CONSENT, Role::Text, &mut lines);
        }
    }
    lines
}

fn blocks<'a>(state: &State, sheet: &'a Sheet, focused: bool, width: u16) -> Vec<Block<'a>> {
    let fields = sheet.fields().iter().enumerate();
    fields.map(|(at, field)| block(state, sheet, (field, at == sheet.at()), focused, width)).collect()
}

fn block<'a>(
    state: &State,
    sheet: &Sheet,
    (field, is_here): (&'a Field, bool),
    focused: bool,
    width: u16,
) -> Block<'a> {
    let wrong = sheet.wrong(field);
    let has_cursor = focused && is_here;
    let mark = match &wrong {
        Some(_) => ("! ", Role::Error),
        None if field.is_touched() => ("* ", Role::Accent),
        None => ("  ", Role::Dim),
    };
    let lit = if has_cursor { Role::Selected } else { Role::Text };
    let words = field.words();
    let is_set = !words.is_empty();
    let instead = match field.fill() {
        Fill::Some(_) if is_set => Some((words, lit)),
        Fill::Some(_) => Some(("(choose)".to_owned(), if has_cursor { lit } else { Role::Faint })),
        Fill::One(Entry::Line(_) | Entry::Words(_)) if field.is_missing() => Some(("(needed)".to_owned(), Role::Faint)),
        Fill::One(_) => None,
    };
    let entry = field.entry();
    let hint = if field.is_missing() { "needed" } else { "may be left out" };
    let below = below(field, is_here, wrong, block::room(width), state.shared.ascii);
    let parts = Parts { entry, instead, hint, has_cursor, is_here, mark, below };
    Block::new(parts, field.label(), width)
}

/// What stands below a field: what is wrong, and for the one with the cursor what the server says of it and what it takes.
fn below(field: &Field, is_here: bool, wrong: Option<String>, room: usize, ascii: bool) -> Vec<(String, Role)> {
    let mut lines: Vec<(String, Role)> = Vec::new();
    let bar = if ascii { "| " } else { "▎ " };
    let mut theirs = |words: &str| {
        let all = cut::wrap(&blanks::one_line(words), room.saturating_sub(2));
        let more = all.len() > ABOUT;
        lines.extend(all.into_iter().take(ABOUT).enumerate().map(|(at, line)| {
            let line =
                if more && at + 1 == ABOUT { cut::fit(&format!("{line} …"), room.saturating_sub(2)) } else { line };
            (format!("{bar}{line}"), Role::Untrusted)
        }));
    };
    if is_here && cut::width(&field.label()) > block::LABELS {
        theirs(&field.label());
    }
    if is_here && !field.about().is_blank() {
        theirs(field.about().raw());
    }
    let mut say = |words: &str, role: Role| {
        lines.extend(cut::wrap(&text::line(words), room).into_iter().take(ABOUT).map(|line| (line, role)));
    };
    if let Some(why) = wrong {
        say(&why, Role::Error);
    }
    if is_here {
        say(&field.takes(), Role::Dim);
    }
    if field.has_placeholder() {
        say(PLACEHOLDER, Role::Warning);
    }
    lines
}

fn foot_view(state: &State, sheet: &Sheet, theme: &Theme, is_more: bool, area: Rect, buf: &mut Buffer) {
    let rule = if state.shared.ascii { "-" } else { "─" }.repeat(usize::from(area.width));
    frame::row(&Line::styled(rule, theme.style(Role::Border)), area, 0, buf);
    let key = |action: Action| state.keymap.hint(Stack::Question, action);
    let (words, role) = match (&sheet.says, &sheet.question) {
        (Some(says), _) => (says.clone(), Role::Warning),
        (None, _) if is_more => (format!("more below: {} reads on", key(Action::PageDown)), Role::Warning),
        (None, Question::Link { .. }) if sheet.went => {
            ("A browser was asked to open it. Nothing is answered yet.".to_owned(), Role::Notice)
        }
        (None, Question::Link { .. }) => (
            format!("{} opens it in a browser, {} copies it", key(Action::OpenLink), key(Action::CopyLink)),
            Role::Hint,
        ),
        (None, Question::Form { .. }) => {
            (format!("What you send goes to {}; it is not kept here.", sheet.server), Role::Dim)
        }
    };
    let words = cut::fit(&text::line(&words), usize::from(area.width));
    frame::row(&Line::styled(words, theme.style(role)), area, 1, buf);
    frame::row(&answers(state, sheet, theme), area, 2, buf);
    let meaning = format!("decline: it is told no · no answer: that you put it off · {} later", key(Action::SetAside));
    let meaning = cut::fit(&meaning, usize::from(area.width));
    frame::row(&Line::styled(meaning, theme.style(Role::Hint)), area, 3, buf);
}

fn answers(state: &State, sheet: &Sheet, theme: &Theme) -> Line<'static> {
    let button = |action: Action, word: &str, role: Role| {
        let key = state.keymap.hint(Stack::Question, action);
        [Span::styled(format!(" {key} {word} "), theme.style(role)), Span::raw("  ")]
    };
    let yes = match &sheet.question {
        Question::Form { fields, .. } if fields.is_empty() => "say yes",
        Question::Form { .. } => "send",
        Question::Link { .. } => "agree",
    };
    let mut spans = Vec::new();
    spans.extend(button(Action::SendAnswer, yes, Role::ButtonApprove));
    spans.extend(button(Action::DeclineQuestion, "decline", Role::ButtonRefuse));
    spans.extend(button(Action::CancelQuestion, "no answer", Role::ButtonEdit));
    Line::from(spans)
}
