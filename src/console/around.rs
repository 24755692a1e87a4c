//! Owns where a person is and was: which panes share the screen, the jumps back and forward, a sequence of keys that has
//! begun, what was done by name lately. Plain data; what changes it is in `update`.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use super::{
    keymap::{Key, Stack},
    msg::Target,
    overlays::palette::Entry,
    panes::PaneId,
    session::Keeping,
    tiles::Tile,
};
use crate::approval::Press;

/// Jumps that are remembered, each way.
const STEPS: usize = 64;

/// Things done by name that the palette offers first.
const LATELY: usize = 6;

/// How long a list's cursor rests on a row before the timeline beside it follows: whoever runs through a list reads nothing.
const REST: Duration = Duration::from_millis(350);

/// Customers that were opened, for the palette.
const LATEST: usize = 50;

/// From these widths on two and three panes share the screen by themselves.
const WIDE: [(u16, usize); 2] = [(160, 2), (240, 3)];

/// A pane and what it was opened on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The pane.
    pub pane: PaneId,
    /// What it stood on, where something led there.
    pub target: Option<Target>,
}

/// Where a person was, and where they came back from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jumps {
    /// The way back, the newest last.
    pub back: Vec<Spot>,
    /// The way forward again, the nearest last.
    pub forward: Vec<Spot>,
}

impl Jumps {
    /// Remembers a spot that is being left for a new one: there is no way forward from there.
    pub fn leave(&mut self, spot: Spot) {
        self.forward.clear();
        remember(&mut self.back, spot);
    }

    /// One back from here.
    pub fn step_back(&mut self, here: Spot) -> Option<Spot> {
        step(&mut self.back, &mut self.forward, here)
    }

    /// One forward from here.
    pub fn step_forward(&mut self, here: Spot) -> Option<Spot> {
        step(&mut self.forward, &mut self.back, here)
    }
}

fn step(from: &mut Vec<Spot>, to: &mut Vec<Spot>, here: Spot) -> Option<Spot> {
    let there = loop {
        match from.pop() {
            Some(spot) if spot == here => {}
            other => break other?,
        }
    };
    remember(to, here);
    Some(there)
}

fn remember(spots: &mut Vec<Spot>, spot: Spot) {
    if spots.last() != Some(&spot) {
        spots.push(spot);
    }
    let over = spots.len().saturating_sub(STEPS);
    spots.drain(..over);
}

/// The first of two keys, waiting for the second.
#[derive(Debug)]
pub struct Begun {
    /// The key.
    pub key: Key,
    /// The proof of it, for what it means alone.
    pub press: Press,
    /// Where it was pressed; a second key elsewhere is its own.
    pub stack: Stack,
    /// Until when it waits, where it means something alone (monotonic).
    pub until: Option<Duration>,
}

/// Where a person is and was.
#[derive(Debug)]
pub struct Around {
    /// How panes share the screen where it has the room; holds the pane in front.
    pub tiles: Tile,
    /// Whether a person arranged them; until then they follow the screen's size.
    pub is_arranged: bool,
    /// Whether the pane in front has the screen for itself.
    pub is_zoomed: bool,
    /// The panes on screen, told that they are.
    pub shown: Vec<PaneId>,
    /// The border being dragged.
    pub dragged: Option<usize>,
    /// When the terminal got the person's attention back (monotonic): the click that did it does nothing else.
    pub refocused: Option<Duration>,
    /// Back and forward.
    pub jumps: Jumps,
    /// What each pane was last opened on.
    pub stood: HashMap<PaneId, Target>,
    /// A sequence of keys that has begun.
    pub begun: Option<Begun>,
    /// When the last key went down (monotonic).
    pub keyed: Option<Duration>,
    /// Names of what was done from the palette, the newest first.
    pub lately: VecDeque<String>,
    /// Customers that were opened, the newest first.
    pub customers: VecDeque<Entry>,
    /// What parts of the console offer in the palette besides, by who offers it.
    pub offers: BTreeMap<&'static str, Vec<Entry>>,
    /// When a list's cursor may have moved last (monotonic), until the timeline beside it has followed.
    pub moved: Option<Duration>,
    /// What is kept over a restart.
    pub keeping: Keeping,
}

impl Around {
    /// At the start, on a screen of this size.
    pub fn new(size: (u16, u16)) -> Self {
        Self {
            tiles: suited(size, PaneId::Queue),
            is_arranged: false,
            is_zoomed: false,
            shown: Vec::new(),
            dragged: None,
            refocused: None,
            jumps: Jumps::default(),
            stood: HashMap::new(),
            begun: None,
            keyed: None,
            lately: VecDeque::new(),
            customers: VecDeque::new(),
            offers: BTreeMap::new(),
            moved: None,
            keeping: Keeping::default(),
        }
    }

    /// Lets the panes follow the screen's size, unless a person arranged them.
    pub fn resized(&mut self, size: (u16, u16), focus: PaneId) {
        if !self.is_arranged && self.tiles.panes().len() != room_for(size) {
            self.tiles = suited(size, focus);
        }
    }

    /// Gives a pane a place among those on screen: the focused one's where a person arranged them, else that of its own
    /// kind, so that lists stay left and what they open right.
    pub fn place(&mut self, pane: PaneId, focus: PaneId) {
        let panes = self.tiles.panes();
        if panes.contains(&pane) {
            return;
        }
        let is_alike = |other: &PaneId| opens_beside(*other) == opens_beside(pane);
        let alike = panes.iter().copied().filter(is_alike).max_by_key(|other| *other == focus);
        let gives_way = if self.is_arranged || is_alike(&focus) { focus } else { alike.unwrap_or(focus) };
        self.tiles.replace(gives_way, pane);
    }

    /// When the timeline follows the list beside it (monotonic).
    pub fn follows_at(&self) -> Option<Duration> {
        self.moved.map(|at| at + REST)
    }

    /// Remembers a customer that was opened.
    pub fn visited(&mut self, customer: Entry) {
        self.customers.retain(|known| known.goal != customer.goal);
        self.customers.push_front(customer);
        self.customers.truncate(LATEST);
    }

    /// Remembers what was done from the palette.
    pub fn done(&mut self, name: &str) {
        self.lately.retain(|known| known != name);
        self.lately.push_front(name.to_owned());
        self.lately.truncate(LATELY);
    }
}

fn room_for((width, _): (u16, u16)) -> usize {
    WIDE.iter().rev().find(|(least, _)| width >= *least).map_or(1, |(_, count)| *count)
}

/// What shares a screen of this size unless a person arranges it: the queue, the conversation beside it, on the widest the
/// assistant too. The pane in front is always there.
pub fn suited(size: (u16, u16), focus: PaneId) -> Tile {
    const WANTED: [PaneId; 3] = [PaneId::Queue, PaneId::Timeline, PaneId::Assistant];
    let count = room_for(size);
    if count == 1 {
        return Tile::Pane(focus);
    }
    let mut panes = WANTED[..count].to_vec();
    if !panes.contains(&focus) {
        panes[usize::from(opens_beside(focus))] = focus;
    }
    Tile::row(&panes).unwrap_or(Tile::Pane(focus))
}

/// Whether a pane shows what a list leads to, rather than a list.
fn opens_beside(pane: PaneId) -> bool {
    match pane {
        PaneId::Timeline | PaneId::Kobjects | PaneId::Assistant => true,
        PaneId::Queue | PaneId::Search | PaneId::Drafts | PaneId::Bulk | PaneId::Audit => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(pane: PaneId) -> Spot {
        Spot { pane, target: None }
    }

    #[test]
    fn a_way_back_can_be_walked_forward_again_until_one_turns_off() {
        let mut jumps = Jumps::default();
        jumps.leave(spot(PaneId::Queue));
        jumps.leave(spot(PaneId::Timeline));
        let back = jumps.step_back(spot(PaneId::Assistant));
        assert_eq!(back, Some(spot(PaneId::Timeline)));
        assert_eq!(jumps.step_forward(spot(PaneId::Timeline)), Some(spot(PaneId::Assistant)));
        jumps.step_back(spot(PaneId::Assistant));
        jumps.leave(spot(PaneId::Timeline));
        assert_eq!(jumps.step_forward(spot(PaneId::Audit)), None);
        assert_eq!(jumps.step_back(spot(PaneId::Audit)), Some(spot(PaneId::Timeline)));
    }

    #[test]
    fn lists_stay_left_and_what_they_open_right() {
        let mut around = Around::new((200, 60));
        assert_eq!(around.tiles.panes(), [PaneId::Queue, PaneId::Timeline]);
        around.place(PaneId::Assistant, PaneId::Queue);
        assert_eq!(around.tiles.panes(), [PaneId::Queue, PaneId::Assistant]);
        around.place(PaneId::Search, PaneId::Assistant);
        assert_eq!(around.tiles.panes(), [PaneId::Search, PaneId::Assistant]);
        around.resized((80, 24), PaneId::Search);
        assert_eq!(around.tiles.panes(), [PaneId::Search]);
        around.resized((300, 80), PaneId::Search);
        assert_eq!(around.tiles.panes(), [PaneId::Search, PaneId::Timeline, PaneId::Assistant]);
    }
}
