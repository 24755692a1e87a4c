//! Owns where the cursor of the queue stands: on a conversation, not on a line, so that whatever comes and goes, a key hits
//! the row that was shown chosen; and on which line of the screen that row stays.

use crate::domain::{Conversation, ConversationId};

/// A row's place in the list, and which it is.
pub type Spot = (usize, ConversationId);

/// The row at a place, or the last.
pub fn spot(rows: &[&Conversation], place: usize) -> Option<Spot> {
    let place = place.min(rows.len().checked_sub(1)?);
    Some((place, rows[place].id.clone()))
}

/// The cursor.
#[derive(Debug, Default)]
pub struct Cursor {
    chosen: Option<ConversationId>,
    /// Where it stood last: the row there is meant when the chosen one is gone.
    at: usize,
    /// Line and number of lines when rows last came or went without the person: the chosen row stays on the line of the
    /// screen it had then, until the person moves.
    anchor: Option<(usize, usize)>,
}

impl Cursor {
    /// The place of the chosen row; `None` in an empty list.
    pub fn place(&self, rows: &[&Conversation]) -> Option<usize> {
        let chosen = self.chosen.as_ref().and_then(|id| rows.iter().position(|row| row.id == *id));
        chosen.or_else(|| rows.len().checked_sub(1).map(|last| self.at.min(last)))
    }

    /// Chooses a row, by the person's wish: the list may scroll to it as it likes.
    pub fn choose(&mut self, spot: Option<Spot>) {
        self.anchor = None;
        self.go(spot);
    }

    /// Chooses a row without letting go of the line on the screen.
    pub fn go(&mut self, spot: Option<Spot>) {
        if let Some((place, id)) = spot {
            self.at = place;
            self.chosen = Some(id);
        }
    }

    /// Chooses a conversation, wherever it stands or will stand.
    pub fn choose_id(&mut self, id: ConversationId) {
        self.anchor = None;
        self.chosen = Some(id);
    }

    /// The conversation that is chosen, to be remembered.
    pub fn id(&self) -> Option<&ConversationId> {
        self.chosen.as_ref()
    }

    /// Holds on to the row that is chosen now, after rows came or went; `before` is its line and the number of lines then.
    pub fn hold(&mut self, spot: Option<Spot>, before: Option<(usize, usize)>, now: Option<(usize, usize)>) {
        self.go(spot);
        if before != now {
            self.anchor = self.anchor.or(before);
        }
    }

    /// Moves the line on the screen along with a step of the cursor the console itself took.
    pub fn drift(&mut self, lines: isize) {
        if let Some((line, len)) = self.anchor {
            self.anchor = Some((line.saturating_add_signed(lines).min(len.saturating_sub(1)), len));
        }
    }

    /// The first line to draw of `len`, in `height` lines, with the cursor on `line`: about in the middle as far as the ends
    /// allow, or where it was before rows came and went.
    pub fn top(&self, line: usize, len: usize, height: usize) -> usize {
        let centred = |line: usize, len: usize| line.saturating_sub(height / 2).min(len.saturating_sub(height));
        match self.anchor {
            None => centred(line, len),
            Some((then, len)) => {
                let shown = then - centred(then, len).min(then);
                line.saturating_sub(shown.min(height.saturating_sub(1)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::tests::row, *};

    proptest! {
        #[test]
        fn rows_that_come_never_move_the_chosen_one_on_the_screen(
            len in 1u8..60, place in 0u8..60, above in 0u8..20, below in 0u8..20, height in 1usize..30,
        ) {
            let rows: Vec<Conversation> = (0..len).map(row).collect();
            let new: Vec<Conversation> = (100..100 + above + below).map(row).collect();
            let rows: Vec<&Conversation> = rows.iter().collect();
            let mut cursor = Cursor::default();
            cursor.choose(spot(&rows, usize::from(place)));
            let at = cursor.place(&rows).expect("not empty");
            let screen = at - cursor.top(at, rows.len(), height);
            prop_assert!(screen < height);
            let (above, below) = new.split_at(usize::from(above));
            let more: Vec<&Conversation> = above.iter().chain(rows.iter().copied()).chain(below).collect();
            let now = cursor.place(&more).expect("not empty");
            cursor.hold(spot(&more, now), Some((at, rows.len())), Some((now, more.len())));
            prop_assert_eq!(now - cursor.top(now, more.len(), height), screen);
            prop_assert_eq!(&more[now].id, &rows[at].id);
        }
    }
}
