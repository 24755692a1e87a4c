//! Owns what is typed below the timeline: a note, the reason for unmasking, words to find. Notes and unmasking become
//! wishes; half-typed notes are kept.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{NOBODY, TimelinePane, note_key, person, window};
use crate::{
    console::{
        effect::Wish,
        keymap::Key,
        pane::{Cannot, UpdateCx, ViewCx},
        state::Shared,
        theme::Role,
        widgets::{
            composer::Composer,
            cut, frame,
            input::{Input, Typed},
        },
    },
    domain::{Conversation, Text},
    kustomer::changes,
};

/// What is being typed.
#[derive(Debug)]
pub enum Pen {
    /// A private note on this conversation.
    Note(Box<Conversation>, Box<Composer>),
    /// Why this customer is to be seen unmasked.
    Reason(Input),
    /// What to find in the timeline.
    Find(Input),
}

impl Pen {
    /// Words to find, those of the last search to begin with.
    pub fn find(words: &str) -> Self {
        Self::Find(Input::with(words))
    }
}

impl TimelinePane {
    pub(super) fn new_line(&mut self, cx: &mut UpdateCx<'_>) {
        if let Some(Pen::Note(_, composer)) = &mut self.pen {
            composer.new_line();
            self.keep(cx);
        }
    }

    pub(super) fn pen_key(&mut self, key: &Key, cx: &mut UpdateCx<'_>) {
        let typed = match &mut self.pen {
            Some(Pen::Note(_, composer)) => composer.key(key),
            Some(Pen::Reason(input) | Pen::Find(input)) => input.key(key),
            None => Typed::Unused,
        };
        if typed == Typed::Changed {
            self.keep(cx);
        }
    }

    pub(super) fn pen_paste(&mut self, text: &str, cx: &mut UpdateCx<'_>) {
        match &mut self.pen {
            Some(Pen::Note(_, composer)) => composer.paste(text),
            Some(Pen::Reason(input) | Pen::Find(input)) => input.paste(text),
            None => {}
        }
        self.keep(cx);
    }

    pub(super) fn start_note(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let current = cx.shared.current.as_ref().ok_or(NOBODY)?;
        let conversation = current.details.value().ok_or(Cannot("the conversation is not read yet"))?;
        let kept = cx.shared.scratches.get(&note_key(&conversation.id)).map_or("", String::as_str);
        self.pen = Some(Pen::Note(Box::new(conversation.clone()), Box::new(Composer::with(kept))));
        Ok(())
    }

    pub(super) fn start_unmasking(&mut self, shared: &Shared) -> Result<(), Cannot> {
        let customer = self.customer.as_ref().ok_or(NOBODY)?;
        if window(shared, customer).is_some() {
            return Err(Cannot("a window is open already; c closes it"));
        }
        person(shared, customer).ok_or(Cannot("the customer is not read yet"))?;
        self.pen = Some(Pen::Reason(Input::default()));
        Ok(())
    }

    pub(super) fn submit(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        match self.pen.take() {
            Some(Pen::Find(input)) => self.search(input.words(), cx),
            Some(Pen::Reason(input)) if input.words().trim().is_empty() => {
                self.pen = Some(Pen::Reason(input));
                Err(Cannot("say why: the reason stands in the audit trail"))
            }
            Some(Pen::Reason(input)) => {
                let person = self.customer.as_ref().and_then(|customer| person(cx.shared, customer));
                let change = changes::open_window(person.ok_or(Cannot("the customer is not read yet"))?);
                cx.wish(Wish { change, reason: Text::new(input.words()) });
                Ok(())
            }
            Some(Pen::Note(conversation, composer)) => {
                self.submit_note(conversation, *composer, cx);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The words stay until they are at the desk: a refused or failed note can be taken up again.
    fn submit_note(&mut self, conversation: Box<Conversation>, composer: Composer, cx: &mut UpdateCx<'_>) {
        let name = self.customer.as_ref().and_then(|customer| person(cx.shared, customer)).map(|person| &person.name);
        let reference = format!("shiftdeck-{}-{}", conversation.id, cx.shared.moment.now.as_millisecond());
        match changes::add_note(&conversation, name, &composer.words(), &reference) {
            Ok(change) => cx.wish(Wish { change, reason: Text::new("a note written at the console") }),
            Err(error) => {
                cx.say(error.to_string());
                self.pen = Some(Pen::Note(conversation, Box::new(composer)));
            }
        }
    }

    fn keep(&self, cx: &mut UpdateCx<'_>) {
        if let Some(Pen::Note(conversation, composer)) = &self.pen {
            cx.keep(note_key(&conversation.id), composer.words());
        }
    }

    pub(super) fn pen_height(&self, inside: Rect) -> u16 {
        let most = (inside.height / 2).max(1);
        match &self.pen {
            Some(Pen::Note(_, composer)) => {
                (composer.height(inside.width) + 1).clamp(4, most.max(4)).min(inside.height)
            }
            Some(Pen::Reason(_) | Pen::Find(_)) => 1,
            None => 0,
        }
    }

    pub(super) fn view_pen(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        let (label, input, hint) = match &self.pen {
            Some(Pen::Note(conversation, composer)) => {
                let limit = crate::domain::Channel::Note.body_limit().unwrap_or_default();
                let title = format!("private note on “{}”", conversation.name.line());
                let count = format!("{}/{limit}", composer.count());
                let room = usize::from(area.width).saturating_sub(cut::width(&count) + 1);
                let head = Line::from(vec![
                    Span::styled(cut::pad(&title, room), cx.theme.style(Role::MessageNote)),
                    Span::styled(format!(" {count}"), cx.theme.style(Role::Dim)),
                ]);
                frame::row(&head, area, 0, buf);
                let words = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
                composer.view(cx.theme, "only the team sees it; Enter puts it up for approval", cx.focused, words, buf);
                return;
            }
            Some(Pen::Reason(input)) => ("unmask, because: ", input, "the reason stands in the audit trail"),
            Some(Pen::Find(input)) => ("find: ", input, "words in this timeline"),
            None => return,
        };
        let width = u16::try_from(cut::width(label)).unwrap_or_default().min(area.width);
        frame::row(&Line::styled(label, cx.theme.style(Role::Accent)), area, 0, buf);
        let field = Rect { x: area.x + width, width: area.width - width, ..area };
        input.view(cx.theme, hint, cx.focused, field, buf);
    }
}
