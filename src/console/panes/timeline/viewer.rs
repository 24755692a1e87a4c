//! Owns looking at a file of a message: only pictures, only when a person asks, one at a time, kept nowhere. Drawn in half
//! blocks; described where the terminal shows no colours or only ASCII was asked for.

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{TimelinePane, entry};
use crate::{
    console::{
        effect::Fetch,
        overlays::picker::{Choice, Picker},
        pane::{Cannot, UpdateCx, ViewCx},
        remote::{Problem, Remote},
        theme::Role,
        widgets::{cut, frame, picture::Picture, states},
    },
    domain::{Attachment, Item, Message},
};

/// What the list of files is for.
pub const PURPOSE: &str = "timeline.file";

/// A picture being looked at.
#[derive(Debug)]
pub struct Viewer {
    file: Attachment,
    picture: Remote<Picture>,
}

impl Viewer {
    /// Whether it shows this file.
    pub fn is_of(&self, file: &str) -> bool {
        self.file.id == file
    }

    /// Takes the picture in.
    pub fn answer(&mut self, answer: Result<Picture, Problem>, now: Timestamp) {
        self.picture.answer(answer, now);
    }

    /// The picture, once it is here, and the cells it takes.
    pub fn pictured(&self, area: Rect) -> Option<(Rect, &Picture)> {
        let picture = self.picture.value()?;
        Some((picture.place(below(area)), picture)).filter(|(place, _)| !place.is_empty())
    }

    /// Draws it with a line that says what it is.
    pub fn view(&self, cx: &ViewCx<'_>, area: Rect, buf: &mut Buffer) {
        if states::instead(cx.theme, &self.picture, "the picture", area, buf) {
            return;
        }
        let Some(picture) = self.picture.value() else { return };
        let (width, height) = picture.original;
        let words =
            format!(" {} · {} picture, {width} x {height} · Esc closes", entry::file(&self.file), picture.format);
        frame::row(&Line::styled(cut::fit(&words, usize::from(area.width)), cx.theme.style(Role::Dim)), area, 0, buf);
        let room = below(area);
        if cx.shared.ascii || !picture.view(cx.theme, room, buf) {
            let lines = ["It is told in words here: this terminal shows no colours, or only ASCII was asked for."];
            states::message(cx.theme, ("A picture", Role::Dim), &lines, room, buf);
        }
    }
}

/// The room under the line that says what it is.
fn below(area: Rect) -> Rect {
    Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area }
}

impl TimelinePane {
    /// Looks at the only picture of the message in hand, or offers those there are.
    pub(super) fn open_file(&mut self, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let message = self.message().ok_or(Cannot("choose a message with a picture first"))?;
        let pictures: Vec<&Attachment> = message.attachments.iter().filter(|file| entry::is_picture(file)).collect();
        match pictures.as_slice() {
            [] if message.attachments.is_empty() => Err(Cannot("nothing is attached to this message")),
            [] => Err(Cannot("only pictures can be looked at here; other files stay at the desk")),
            [one] => {
                let id = one.id.clone();
                self.open_named(&id, cx)
            }
            many => {
                let choice = |file: &&Attachment| Choice {
                    id: file.id.clone(),
                    label: entry::file(file),
                    detail: String::new(),
                };
                cx.pick(Picker::new("Look at", PURPOSE, many.iter().map(choice).collect()));
                Ok(())
            }
        }
    }

    /// Looks at the file of this id.
    pub(super) fn open_named(&mut self, id: &str, cx: &mut UpdateCx<'_>) -> Result<(), Cannot> {
        let message = self.message().ok_or(Cannot("the message is gone"))?;
        let file = message.attachments.iter().find(|file| file.id == id).ok_or(Cannot("the file is gone"))?;
        cx.fetch(Fetch::Picture(message.id.clone(), file.id.clone()));
        self.viewer = Some(Viewer { file: file.clone(), picture: Remote::Loading(None) });
        Ok(())
    }

    fn message(&self) -> Option<&Message> {
        match self.chosen(self.spot.slot)? {
            Item::Message(message) => Some(message),
            Item::Note(_) | Item::Draft(_) | Item::Kobject(_) | Item::Event(_) => None,
        }
    }
}
