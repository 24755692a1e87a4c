//! Owns everything the console knows, cut by pane, and what panes share. Plain data: no channel, no clock, no handle.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use jiff::tz::TimeZone;

use super::{
    actions::Action,
    around::Around,
    attention::Attention,
    compose::Compose,
    effect::{Fetch, Task},
    form::Form,
    keymap::{Keymap, Stack},
    linear::Dialogue,
    looks::Looks,
    msg::Moment,
    overlays::{
        approval::Card,
        palette::Palette,
        picker::{Choice, Picker},
    },
    panes::{PaneId, Panes},
    questions::{Questions, Sheet},
    remote::{Problem, Remote},
    searches::Searches,
    tiles,
    tour::Tour,
    vigilance::Vigil,
};
use crate::{
    approval::{Approved, Change, Desk, ProposalId, Request},
    domain::{Conversation, ConversationId, Customer, CustomerId, Directory, Klass, Shortcut, Text, User},
    privacy::Vault,
    tools::Shelf,
    transport::BudgetState,
};

/// What every pane may read.
#[derive(Debug)]
pub struct Shared {
    /// The present.
    pub moment: Moment,
    /// The desk's base URL, as the header shows it.
    pub desk: String,
    /// Whether the desk said it is simulated. Until it said no, the header does not claim it is real.
    pub simulated: Option<bool>,
    /// The model's name as shown.
    pub model: Remote<String>,
    /// The name of the model that is asked for plans, where that is another one.
    pub planner: Option<String>,
    /// The tools an assistant is offered.
    pub shelf: Shelf,
    /// Who the key is.
    pub me: Remote<User>,
    /// Names for ids.
    pub directory: Remote<Directory>,
    /// Klasses with their attributes: asked for by the first pane that needs them.
    pub klasses: Remote<Vec<Klass>>,
    /// Half-typed words by key, from this sitting and the last. Panes change them through `UpdateCx::keep`.
    pub scratches: BTreeMap<String, String>,
    /// Saved searches: known once their folder was read.
    pub searches: Searches,
    /// Customers of the queue, the most urgent first, each once: what the drafts pane covers.
    pub urgent: Vec<CustomerId>,
    /// The time zone times are shown in.
    pub zone: TimeZone,
    /// The transport's budget and waits.
    pub budget: BudgetState,
    /// The conversation in hand: what the assistant is told about.
    pub current: Option<Current>,
    /// Unmasking windows opened from here.
    pub windows: Vec<OpenWindow>,
    /// Windows that were closed, each with the last generation that may have looked through it.
    pub closed: Vec<(CustomerId, u64)>,
    /// Reads that wait for a window to be closed, to be asked again without it.
    pub postponed: Vec<Fetch>,
    /// Names behind the placeholders in a model's words.
    pub vault: Vault,
    /// How often anything was asked: what numbers generations, so that of two the later is the greater whatever the task.
    pub asked: u64,
    /// The generation of each task; answers of older ones are dropped.
    pub generations: HashMap<Task, u64>,
    /// Late answers dropped so far.
    pub dropped: u64,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Theme and motion.
    pub looks: Looks,
    /// What the person was told of what waits.
    pub attention: Attention,
}

/// The conversation a person has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Whose.
    pub customer: CustomerId,
    /// The conversation's id, if one was opened rather than a customer.
    pub conversation: Option<ConversationId>,
    /// The conversation as last read.
    pub details: Remote<Conversation>,
    /// The customer as last read; revealed values leave with the window.
    pub person: Remote<Customer>,
}

/// An unmasking window opened from this console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWindow {
    /// Whose values are in the clear.
    pub customer: CustomerId,
    /// Their name.
    pub name: Text,
    /// When this console closes it (monotonic).
    pub closes: Duration,
    /// Whether the desk was asked to close it.
    pub closing: bool,
}

impl Shared {
    /// What everybody starts with.
    pub fn new(moment: Moment, zone: TimeZone, desk: String) -> Self {
        Self {
            moment,
            desk,
            simulated: None,
            model: Remote::NotAsked,
            planner: None,
            shelf: Shelf::new(),
            me: Remote::NotAsked,
            directory: Remote::NotAsked,
            klasses: Remote::NotAsked,
            scratches: BTreeMap::new(),
            searches: Searches::default(),
            urgent: Vec::new(),
            zone,
            budget: BudgetState::default(),
            current: None,
            windows: Vec::new(),
            closed: Vec::new(),
            postponed: Vec::new(),
            vault: Vault::new(),
            asked: 0,
            generations: HashMap::new(),
            dropped: 0,
            ascii: false,
            looks: Looks::default(),
            attention: Attention::default(),
        }
    }

    /// The window opened from here on this customer.
    pub fn window(&self, customer: &CustomerId) -> Option<&OpenWindow> {
        self.windows.iter().find(|window| window.customer == *customer)
    }
}

/// What lies over the pane, besides the approval card.
#[derive(Debug)]
pub enum Overlay {
    /// The palette.
    Palette(Palette),
    /// A list to choose from.
    Picker(Picker),
    /// The keys that work here and now, in the place it was opened from, scrolled to a line.
    Help(Stack, usize),
    /// Everything that waits for approval, with the chosen row.
    Waiting(usize),
    /// The question whether to quit.
    Leaving,
    /// A message that wants to be read.
    Notice(Problem),
}

/// What the composer needs.
#[derive(Debug, Default)]
pub struct Composing {
    /// What is being written, if something is.
    pub open: Option<Compose>,
    /// Prepared texts: asked for by the first reply.
    pub shortcuts: Remote<Vec<Shortcut>>,
    /// Their list was asked for before they came: it opens when they do.
    pub wants_shortcuts: bool,
    /// What was put up for approval, by the key it is kept under: the kept words are forgotten when they are at the desk
    /// and nobody went on writing.
    pub put_up: BTreeMap<String, String>,
}

/// What forms need.
#[derive(Debug, Default)]
pub struct Forms {
    /// The form being filled in, if one is.
    pub open: Option<Form>,
    /// Forms whose card waits or is on its way, by its requests: one that fails comes back.
    pub put_up: Vec<(Vec<Request>, Form)>,
    /// The records the open list offers to point at.
    pub offered: Vec<Choice>,
}

/// Everything the console knows.
#[derive(Debug)]
pub struct State {
    /// What panes share.
    pub shared: Shared,
    /// The panes.
    pub panes: Panes,
    /// The pane in front.
    pub focus: PaneId,
    /// Which panes are beside it, where the person was before.
    pub around: Around,
    /// Where changes wait for a person.
    pub desk: Desk,
    /// The card on screen, once it took the screen.
    pub card: Option<Card>,
    /// Whether the waiting cards were put aside by the person.
    pub parked: bool,
    /// What lies over the pane.
    pub overlay: Option<Overlay>,
    /// What is being written, and what that needs.
    pub composing: Composing,
    /// What is being filled in.
    pub forms: Forms,
    /// Questions of servers that wait for an answer.
    pub questions: Questions,
    /// A passing line, until the next key.
    pub notice: Option<String>,
    /// What can be taken back for a while.
    pub undo: Option<Undo>,
    /// Keys to actions.
    pub keymap: Keymap,
    /// When a key last went into a text (monotonic): a card does not take the screen from under a person's fingers.
    pub typed_at: Option<Duration>,
    /// Changes on their way that a key alone approved.
    pub by_key: BTreeSet<ProposalId>,
    /// Writes on their way to the desk.
    pub performing: usize,
    /// How long a window opened from here stays open at most.
    pub unmask_for: Duration,
    /// The terminal's size: columns, rows.
    pub size: (u16, u16),
    /// The guided tour, while it runs.
    pub tour: Option<Tour>,
    /// What linear mode remembers between lines; `None` on a screen.
    pub dialogue: Option<Dialogue>,
    /// When canaries come, where they were asked for.
    pub vigil: Option<Vigil>,
}

/// What a person just did and can take back.
#[derive(Debug)]
pub struct Undo {
    /// What was done, in words.
    pub says: String,
    /// Until when it can be taken back (monotonic).
    pub until: Duration,
    /// Each change's proposal with what takes it back; those that failed leave.
    pub back: Vec<(ProposalId, Change)>,
    /// Those that have not ended yet.
    pub running: Vec<ProposalId>,
    /// The way back, approved by the key that asked for it, waiting for the first way to end.
    pub asked: Vec<(ProposalId, Approved<Change>)>,
}

/// How long a small change can be taken back.
pub const REGRET: Duration = Duration::from_secs(10);

/// How long the keys must have been quiet before a card takes the screen from a text.
pub const QUIET: Duration = Duration::from_millis(700);

impl State {
    /// A console that has not asked for anything yet, on a screen of this size.
    pub fn new(shared: Shared, keymap: Keymap, desk: Desk, size: (u16, u16)) -> Self {
        Self {
            shared,
            panes: Panes::default(),
            focus: PaneId::Queue,
            around: Around::new(size),
            desk,
            card: None,
            parked: false,
            overlay: None,
            composing: Composing::default(),
            forms: Forms::default(),
            questions: Questions::default(),
            notice: None,
            undo: None,
            keymap,
            typed_at: None,
            by_key: BTreeSet::new(),
            performing: 0,
            unmask_for: Duration::from_mins(10),
            size,
            tour: None,
            dialogue: None,
            vigil: None,
        }
    }

    /// What the person's keys mean now, the nearest first.
    pub fn stack(&self) -> Stack {
        match (&self.overlay, &self.card) {
            (Some(Overlay::Leaving), _) => Stack::Leaving,
            (Some(Overlay::Waiting(_)), _) => Stack::Waiting,
            (_, Some(card)) => card.stack(),
            (Some(Overlay::Palette(_)), None) => Stack::Palette,
            (Some(Overlay::Picker(_)), None) => Stack::Picker,
            (Some(Overlay::Help(..)), None) => Stack::Help,
            (Some(Overlay::Notice(_)), None) => Stack::Notice,
            (None, None) if self.questions.open().is_some() => Stack::Question,
            (None, None) if self.forms.open.is_some() => Stack::Form,
            (None, None) if self.composing.open.is_some() => Stack::Compose,
            (None, None) if self.panes.is_typing(self.focus) => Stack::Typing(self.focus),
            (None, None) => Stack::Pane(self.focus),
        }
    }

    /// Whether somebody was typing a moment ago, or is between two keys of a sequence.
    pub fn is_busy_typing(&self) -> bool {
        self.around.begun.is_some() || self.typed_at.is_some_and(|at| self.shared.moment.elapsed < at + QUIET)
    }

    /// Whether an action has something to act on now; panes say the same of their own when asked to act.
    pub fn has_use_for(&self, action: Action) -> bool {
        let is_split = || self.around.tiles.panes().len() > 1;
        match action {
            Action::Undo => self.undo.is_some(),
            Action::Answer => !self.desk.is_empty() || !self.questions.is_empty(),
            Action::Waiting => !self.desk.is_empty(),
            Action::JumpBack => !self.around.jumps.back.is_empty(),
            Action::JumpForward => !self.around.jumps.forward.is_empty(),
            Action::ToPlan
            | Action::RunPlan
            | Action::EditStep
            | Action::StepNote
            | Action::StepGate
            | Action::StepLater
            | Action::StepSooner
            | Action::DropStep
            | Action::DropPlan => self.panes.assistant.has_plan(),
            Action::SplitBeside | Action::SplitBelow => self.around.tiles.panes().len() < tiles::MOST,
            Action::NextSplit
            | Action::FocusLeft
            | Action::FocusDown
            | Action::FocusUp
            | Action::FocusRight
            | Action::Zoom
            | Action::Wider
            | Action::Narrower
            | Action::Taller
            | Action::Shorter
            | Action::CloseSplit => is_split(),
            _ => true,
        }
    }

    /// How long the console may sleep before time alone changes what it shows; `None`: until something happens.
    pub fn wakes_in(&self) -> Option<Duration> {
        let now = self.shared.moment.elapsed;
        let begun = self.around.begun.as_ref().and_then(|begun| begun.until);
        let soon = [begun, self.around.keeping.due(), self.around.follows_at(), self.settles_at()];
        let soon = soon.into_iter().flatten().min().map(|due| due.saturating_sub(now));
        let rest = self.rests();
        soon.map_or(Some(rest), |soon| Some(soon.min(rest)))
    }

    /// When an answer that was pressed has stood alone for long enough.
    pub fn settles_at(&self) -> Option<Duration> {
        let of_card = self.card.as_ref().and_then(Card::settles_at);
        of_card.or_else(|| self.questions.open().and_then(Sheet::settles_at))
    }

    fn rests(&self) -> Duration {
        let has_card = self.desk.current().is_some() && !self.parked;
        let waits_for_quiet = self.card.is_none() && (has_card || self.questions.wants_in());
        if waits_for_quiet {
            return QUIET;
        }
        let ticks = !self.desk.is_empty()
            || self.undo.is_some()
            || !self.shared.windows.is_empty()
            || self.shared.budget.waiting.is_some()
            || self.around.shown.iter().any(|pane| self.panes.ticks(*pane));
        let minute = Duration::from_mins(1);
        // The header's clock shows minutes.
        if ticks { Duration::from_secs(1) } else { minute }
    }

    /// What would be thrown away by quitting now, in words.
    pub fn unfinished(&self) -> Vec<String> {
        let mut all = Vec::new();
        let waiting = self.desk.len();
        if waiting > 0 {
            let s = if waiting == 1 { "" } else { "s" };
            all.push(format!("{waiting} approval{s} still waiting: quitting refuses"));
        }
        let asked = self.questions.len();
        if asked > 0 {
            let s = if asked == 1 { "" } else { "s" };
            all.push(format!("{asked} question{s} of a server still open: quitting gives no answer"));
        }
        if self.panes.assistant.is_running() {
            all.push("the assistant is still at work: quitting stops it".to_owned());
        }
        if self.performing > 0 {
            all.push("an approved change is on its way: quitting waits for it".to_owned());
        }
        all
    }
}
