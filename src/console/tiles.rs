//! Owns how panes share the body of the screen: a small tree of cuts with weights. Plain data and pure functions; which of
//! it is drawn on a given screen is `layout`'s, what a key does to it `update`'s.
//!
//! Invariants: at most [`MOST`] panes, each once; the parts cover the area and never overlap, whatever its size.

use ratatui::layout::{Position, Rect};
use serde_json::{Value, json};

use super::panes::PaneId;

/// The most panes on screen at once.
pub const MOST: usize = 3;

/// Which way a part is cut in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The second stands right of the first.
    Beside,
    /// The second stands below the first.
    Below,
}

/// Where a neighbour is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the arrows")]
pub enum Toward {
    Left,
    Down,
    Up,
    Right,
}

/// A part of the body: a pane, or a cut with two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tile {
    /// One pane.
    Pane(PaneId),
    /// Two parts.
    Cut(Box<Cut>),
}

/// A part cut in two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which way.
    pub way: Way,
    /// The first part's share, in thousandths.
    pub share: u16,
    /// The left or upper part.
    pub first: Tile,
    /// The right or lower part.
    pub second: Tile,
}

/// What no part's share falls below, in thousandths.
const LEAST_SHARE: u16 = 150;

impl Cut {
    fn halves(&self, area: Rect) -> (Rect, Rect) {
        let share = |length: u16| {
            let wanted = u32::from(length) * u32::from(self.share.min(1000)) / 1000;
            // Both parts get a line where there are two.
            u16::try_from(wanted)
                .unwrap_or(length)
                .clamp(u16::from(length > 1), length.saturating_sub(1).max(1))
                .min(length)
        };
        match self.way {
            Way::Beside => {
                let width = share(area.width);
                (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
            }
            Way::Below => {
                let height = share(area.height);
                (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
            }
        }
    }

    fn set(&mut self, share: u16) {
        self.share = share.clamp(LEAST_SHARE, 1000 - LEAST_SHARE);
    }
}

impl Tile {
    /// Panes side by side, evenly.
    pub fn row(panes: &[PaneId]) -> Option<Self> {
        let (first, rest) = panes.split_first()?;
        let Some(second) = Self::row(rest) else { return Some(Self::Pane(*first)) };
        let share = u16::try_from(1000 / panes.len()).unwrap_or(500);
        Some(Self::Cut(Box::new(Cut { way: Way::Beside, share, first: Self::Pane(*first), second })))
    }

    /// The panes, in reading order.
    pub fn panes(&self) -> Vec<PaneId> {
        match self {
            Self::Pane(pane) => vec![*pane],
            Self::Cut(cut) => [cut.first.panes(), cut.second.panes()].concat(),
        }
    }

    /// Where each pane stands in an area.
    pub fn parts(&self, area: Rect) -> Vec<(PaneId, Rect)> {
        match self {
            Self::Pane(pane) => vec![(*pane, area)],
            Self::Cut(cut) => {
                let (first, second) = cut.halves(area);
                [cut.first.parts(first), cut.second.parts(second)].concat()
            }
        }
    }

    /// Puts a pane where another stood.
    pub fn replace(&mut self, old: PaneId, new: PaneId) {
        match self {
            Self::Pane(pane) if *pane == old => *pane = new,
            Self::Pane(_) => {}
            Self::Cut(cut) => {
                cut.first.replace(old, new);
                cut.second.replace(old, new);
            }
        }
    }

    /// Cuts a pane's part in two, the new pane second. `false` where there are too many, or the new one is here already.
    pub fn split(&mut self, pane: PaneId, way: Way, new: PaneId) -> bool {
        let panes = self.panes();
        if panes.len() >= MOST || panes.contains(&new) {
            return false;
        }
        self.cut(pane, way, new)
    }

    fn cut(&mut self, at: PaneId, way: Way, new: PaneId) -> bool {
        match self {
            Self::Pane(pane) if *pane == at => {
                let (first, second) = (Self::Pane(at), Self::Pane(new));
                *self = Self::Cut(Box::new(Cut { way, share: 500, first, second }));
                true
            }
            Self::Pane(_) => false,
            Self::Cut(cut) => cut.first.cut(at, way, new) || cut.second.cut(at, way, new),
        }
    }

    /// Takes a pane away; what stood beside it takes the room. `false` for the last one.
    pub fn close(&mut self, pane: PaneId) -> bool {
        let Self::Cut(cut) = self else { return false };
        let rest = if cut.first == Self::Pane(pane) {
            &cut.second
        } else if cut.second == Self::Pane(pane) {
            &cut.first
        } else {
            return cut.first.close(pane) || cut.second.close(pane);
        };
        *self = rest.clone();
        true
    }

    /// Gives a pane more of the nearest cut that goes this way (or less, if negative), in thousandths. `false` without one.
    pub fn grow(&mut self, pane: PaneId, way: Way, by: i16) -> bool {
        let Self::Cut(cut) = self else { return false };
        if cut.first.grow(pane, way, by) || cut.second.grow(pane, way, by) {
            return true;
        }
        let is_first = cut.first.panes().contains(&pane);
        if cut.way != way || !(is_first || cut.second.panes().contains(&pane)) {
            return false;
        }
        cut.set(cut.share.saturating_add_signed(if is_first { by } else { -by }));
        true
    }

    /// The cut whose border is at a cell, numbered from the outermost; the border is the last line of its first part and
    /// the first of its second.
    pub fn border_at(&self, area: Rect, at: Position) -> Option<usize> {
        self.cuts(area).iter().position(|(way, whole, first)| {
            whole.contains(at)
                && match way {
                    Way::Beside => at.x + 1 == first.right() || at.x == first.right(),
                    Way::Below => at.y + 1 == first.bottom() || at.y == first.bottom(),
                }
        })
    }

    /// Moves the border of a cut to a cell.
    pub fn drag(&mut self, number: usize, area: Rect, to: Position) {
        let Some((way, whole, _)) = self.cuts(area).get(number).copied() else { return };
        let (at, length) = match way {
            Way::Beside => (to.x.saturating_sub(whole.x), whole.width),
            Way::Below => (to.y.saturating_sub(whole.y), whole.height),
        };
        let share = u32::from(at) * 1000 / u32::from(length.max(1));
        if let Some(cut) = self.cut_mut(&mut { number }) {
            // Half a line more, so that the border lands on the cell and not before it.
            let half = 500 / u32::from(length.max(1));
            cut.set(u16::try_from(share + half).unwrap_or(1000));
        }
    }

    /// Every cut with its area and its first part's, the outermost first.
    fn cuts(&self, area: Rect) -> Vec<(Way, Rect, Rect)> {
        let Self::Cut(cut) = self else { return Vec::new() };
        let (first, second) = cut.halves(area);
        [vec![(cut.way, area, first)], cut.first.cuts(first), cut.second.cuts(second)].concat()
    }

    fn cut_mut(&mut self, number: &mut usize) -> Option<&mut Cut> {
        let Self::Cut(cut) = self else { return None };
        if *number == 0 {
            return Some(cut);
        }
        *number -= 1;
        if cut.first.cut_count() > *number {
            return cut.first.cut_mut(number);
        }
        *number -= cut.first.cut_count();
        cut.second.cut_mut(number)
    }

    fn cut_count(&self) -> usize {
        self.panes().len() - 1
    }

    /// As kept over a restart.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Pane(pane) => json!(pane.spec().title),
            Self::Cut(cut) => json!({
                "way": if cut.way == Way::Beside { "beside" } else { "below" },
                "share": cut.share,
                "parts": [cut.first.to_json(), cut.second.to_json()],
            }),
        }
    }

    /// Reads what was kept, maybe by another version; `None` for what is no layout.
    pub fn from_json(kept: &Value) -> Option<Self> {
        let tile = Self::read(kept, MOST)?;
        let mut panes = tile.panes();
        panes.sort_unstable();
        panes.dedup();
        (panes.len() == tile.panes().len() && panes.len() <= MOST).then_some(tile)
    }

    fn read(kept: &Value, depth: usize) -> Option<Self> {
        if let Some(title) = kept.as_str() {
            return PaneId::titled(title).map(Self::Pane);
        }
        let way = match kept.get("way")?.as_str()? {
            "beside" => Way::Beside,
            "below" => Way::Below,
            _ => return None,
        };
        let part = |place| Self::read(kept.get("parts")?.get(place)?, depth.checked_sub(1)?);
        let mut cut = Cut { way, share: 500, first: part(0)?, second: part(1)? };
        cut.set(u16::try_from(kept.get("share")?.as_u64()?).ok()?);
        Some(Self::Cut(Box::new(cut)))
    }
}

/// The part beside a pane's, in a direction: the one that shares most of its edge.
pub fn neighbour(parts: &[(PaneId, Rect)], of: PaneId, toward: Toward) -> Option<PaneId> {
    let (_, here) = parts.iter().find(|(pane, _)| *pane == of)?;
    let touches = |there: &Rect| match toward {
        Toward::Left => there.right() == here.x,
        Toward::Right => there.x == here.right(),
        Toward::Up => there.bottom() == here.y,
        Toward::Down => there.y == here.bottom(),
    };
    let edge = |there: &Rect| match toward {
        Toward::Left | Toward::Right => there.bottom().min(here.bottom()).saturating_sub(there.y.max(here.y)),
        Toward::Up | Toward::Down => there.right().min(here.right()).saturating_sub(there.x.max(here.x)),
    };
    let beside = parts.iter().filter(|(_, there)| touches(there) && edge(there) > 0);
    // Of equals the first, in reading order.
    beside.rev().max_by_key(|(_, there)| edge(there)).map(|(pane, _)| *pane)
}

#[cfg(test)]
mod tests;
