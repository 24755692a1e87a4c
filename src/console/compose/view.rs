//! Owns how the composer is drawn, and how much of the screen it takes. Colour is never the only sign: what is over the limit
//! says by how much.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{About, Compose, Facts, Field, Leaves};
use crate::{
    console::{
        pane::ViewCx,
        state::Shared,
        theme::{Role, Theme},
        widgets::{cut, frame, input::Input, when},
    },
    domain::{Channel, Guarded, Text},
    privacy::text,
};

/// The panes keep at least so many rows, or give up all of them.
const LEFT: u16 = 6;
/// The words get at least so many rows.
const WORDS: u16 = 4;
/// Cells of a field's label.
const LABEL: u16 = 8;

/// The rows of `area` the composer takes at its bottom.
pub fn place(compose: &Compose, area: Rect) -> Rect {
    let words = compose.body.height(area.width.saturating_sub(2)).saturating_add(1).max(WORDS);
    let wanted = words.saturating_add(head_rows(compose)).saturating_add(2);
    // Three fifths, in a way that linear mode's endless screen does not overflow.
    let most = (area.height / 5 * 3 + area.height % 5 * 3 / 5).max(head_rows(compose) + WORDS + 2);
    let height = wanted.min(most).min(area.height);
    let height = if area.height - height < LEFT { area.height } else { height };
    Rect { y: area.bottom() - height, height, ..area }
}

/// Draws it.
pub fn view(compose: &Compose, shared: &Shared, theme: &Theme, focused: bool, area: Rect, buf: &mut Buffer) {
    let cx = ViewCx { shared, theme, focused, title: String::new() };
    let inside = frame::titled(&cx, &title(&compose.about), focused, area, buf);
    buf.set_style(inside, theme.style(Role::Ground));
    if inside.height == 0 || inside.width < 4 {
        return;
    }
    frame::row(&summary(compose, shared, theme, usize::from(inside.width)), inside, 0, buf);
    let mut row = 1;
    for line in lines_of(compose) {
        let at = Rect { y: inside.y + row.min(inside.height), height: u16::from(row < inside.height), ..inside };
        view_line(compose, theme, focused, line, at, buf);
        row += 1;
    }
    let obstacle = compose.obstacle(&facts(compose, shared), shared.moment.now).filter(|_| !compose.body.is_blank());
    let rest = inside.height.saturating_sub(row);
    let warns = u16::from(obstacle.is_some() && rest > 1);
    let words = Rect { y: inside.y + row.min(inside.height), height: rest - warns, ..inside };
    let has_cursor = focused && compose.field == Field::Body;
    compose.body.view(theme, placeholder(compose), has_cursor, words, buf);
    if let (Some(why), 1) = (obstacle, warns) {
        frame::row(
            &Line::styled(text::line(&format!("! {why}")).into_string(), theme.style(Role::Warning)),
            inside,
            inside.height - 1,
            buf,
        );
    }
}

/// Whom and what the words are about, as far as known here.
pub fn facts<'a>(compose: &'a Compose, shared: &'a Shared) -> Facts<'a> {
    let in_hand = shared.current.as_ref().filter(|current| Some(&current.customer) == compose.about.customer());
    Facts {
        customer: compose.person().or_else(|| in_hand.and_then(|current| current.person.value())),
        conversation: compose.about.conversation(),
        me: shared.me.value(),
    }
}

/// When it leaves, in words.
pub fn leaving(leaves: Leaves, shared: &Shared) -> String {
    match leaves {
        Leaves::Now => "leaves at once, after your yes".to_owned(),
        Leaves::ByHand => "stays a draft".to_owned(),
        Leaves::At(at) => format!("leaves at {}", when::at(at, shared.moment.now, &shared.zone)),
    }
}

/// Who gets to see it, or when it leaves.
pub fn leaves_in_words(compose: &Compose, shared: &Shared) -> String {
    match &compose.about {
        About::Note(_) => "only the team sees it".to_owned(),
        About::Edit(draft) => draft.send_at.map_or("stays a draft".to_owned(), |at| leaving(Leaves::At(at), shared)),
        About::Reply(_) | About::New(_) => leaving(compose.leaves, shared),
    }
}

fn title(about: &About) -> String {
    match about {
        About::Note(conversation) => format!("Private note on “{}”", conversation.name.line()),
        About::Reply(conversation) => format!("Reply · {}", conversation.name.line()),
        About::New(_) => "New message".to_owned(),
        About::Edit(draft) => {
            let subject = draft.subject.as_ref().map(|subject| format!(" · {}", subject.line().as_ref()));
            format!("Draft{}", subject.unwrap_or_default())
        }
    }
}

/// Channel and leaving at the left, the count at the right: it never gives way.
fn summary(compose: &Compose, shared: &Shared, theme: &Theme, width: usize) -> Line<'static> {
    let (count, limit) = compose.count();
    let (count, role) = match limit {
        Some(limit) if count > limit => (format!("{count}/{limit} · {} too long", count - limit), Role::Error),
        Some(limit) if count * 10 > limit * 9 => (format!("{count}/{limit}"), Role::Warning),
        Some(limit) => (format!("{count}/{limit}"), Role::Dim),
        None => (count.to_string(), Role::Dim),
    };
    let channel = match &compose.about {
        About::Note(_) => String::new(),
        About::Edit(_) | About::Reply(_) | About::New(_) => compose.channel.as_str().to_owned(),
    };
    let words = leaves_in_words(compose, shared);
    let who = compose.person().map(|person| person.name.line().into_string()).filter(|name| !name.trim().is_empty());
    let room = width.saturating_sub(cut::width(&count) + 1);
    let mut left: Vec<(String, Role)> = Vec::new();
    if !channel.is_empty() {
        left.push((text::line(&channel).into_string(), Role::Channel));
    }
    left.push((words, Role::Text));
    left.extend(who.map(|name| (name, Role::Customer)));
    let mut spans = Vec::new();
    let mut used = 0;
    for (place, (words, role)) in left.into_iter().enumerate() {
        let words = cut::fit(&words, room.saturating_sub(used + 3 * usize::from(place > 0)));
        if words.is_empty() {
            break;
        }
        if place > 0 {
            spans.push(Span::styled(" · ", theme.style(Role::Dim)));
            used += 3;
        }
        used += cut::width(&words);
        spans.push(Span::styled(words, theme.style(role)));
    }
    spans.push(Span::raw(" ".repeat((width.saturating_sub(cut::width(&count))).saturating_sub(used))));
    spans.push(Span::styled(count, theme.style(role)));
    Line::from(spans)
}

/// The lines of the head: cc and bcc share one.
fn lines_of(compose: &Compose) -> &'static [&'static [Field]] {
    match compose.channel {
        Channel::Email => &[&[Field::To], &[Field::Cc, Field::Bcc], &[Field::Subject]],
        Channel::Note => &[],
        _ => &[&[Field::To]],
    }
}

fn head_rows(compose: &Compose) -> u16 {
    1 + u16::try_from(lines_of(compose).len()).unwrap_or_default()
}

fn view_line(compose: &Compose, theme: &Theme, focused: bool, fields: &[Field], area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let parts = u16::try_from(fields.len()).unwrap_or(1).max(1);
    let each = area.width / parts;
    for (place, field) in (0..parts).zip(fields) {
        let width = if place + 1 == parts { area.width - each * place } else { each.saturating_sub(1) };
        let part = Rect { x: area.x + each * place, width, ..area };
        let (label, input, hint) = field_of(compose, *field);
        let is_here = compose.field == *field;
        let role = if is_here { Role::Accent } else { Role::Dim };
        frame::row(&Line::styled(cut::pad(label, usize::from(LABEL)), theme.style(role)), part, 0, buf);
        let room = Rect { x: part.x + LABEL.min(part.width), width: part.width.saturating_sub(LABEL), ..part };
        if let Some(input) = input {
            input.view(theme, &hint, focused && is_here, room, buf);
        }
    }
}

/// A field's label, its input and what stands for it while that is empty.
pub fn field_of(compose: &Compose, field: Field) -> (&'static str, Option<&Input>, String) {
    match field {
        Field::To => ("to", Some(&compose.to), recipient(compose)),
        Field::Cc => ("cc", Some(&compose.cc), String::new()),
        Field::Bcc => ("bcc", Some(&compose.bcc), String::new()),
        Field::Subject => ("subject", Some(&compose.subject), "without a subject".to_owned()),
        Field::Body => ("", None, String::new()),
    }
}

/// Whom it reaches when nobody types a recipient.
fn recipient(compose: &Compose) -> String {
    let named: Vec<String> = match &compose.about {
        About::Edit(draft) => draft.to.iter().map(|to| guarded(to).line().into_string()).collect(),
        About::Note(_) | About::Reply(_) | About::New(_) => Vec::new(),
    };
    let own = match &compose.about {
        About::New(_) => "the customer's own address",
        About::Edit(_) | About::Note(_) | About::Reply(_) => "as the conversation has it",
    };
    match (named.is_empty(), compose.mask()) {
        (false, _) => named.join(", "),
        (true, Some(mask)) => format!("{mask}, {own}"),
        (true, None) => own.to_owned(),
    }
}

/// A recipient as it may be shown: what is in the clear is the draft's own and was never masked for this key.
pub fn guarded(value: &Guarded) -> Text {
    match value {
        Guarded::Masked(shown) => shown.clone(),
        Guarded::Revealed(real) => Text::from(real.expose()),
    }
}

fn placeholder(compose: &Compose) -> &'static str {
    match compose.about {
        About::Note(_) => "what colleagues should know; it goes up for approval",
        About::Reply(_) | About::New(_) | About::Edit(_) => "write; nothing leaves before your yes on the card",
    }
}
