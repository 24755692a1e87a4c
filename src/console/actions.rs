//! Owns the list of everything a person can do, one line each: its name in the settings file, where it works, what it
//! does, its default keys. Help, palette, hints and the keymap are made from this table, so they cannot disagree.
//! Does not perform anything (`update`, the panes).

use super::panes::PaneId;

/// Where an action works. A screen answers to a stack of these (see [`super::keymap::Stack`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Whatever is on screen.
    Always,
    /// In every pane, also while typing.
    Anywhere,
    /// In every pane, unless typing.
    Shared,
    /// In every pane, unless typing: where panes stand on the screen.
    Splits,
    /// Moving in anything that has lines.
    Moving,
    /// In the panes whose spec lists the action.
    InPane,
    /// While a text input has the cursor.
    Typing,
    /// In the composer, besides what works while typing.
    Compose,
    /// In a form, besides what works while typing.
    Form,
    /// On a question of a server, besides what of a form's keys works there.
    Question,
    /// On the approval card.
    Card,
    /// In the list of everything that waits for approval.
    Waiting,
    /// In the editor of an approval card's text.
    Editor,
    /// In the palette.
    Palette,
    /// In a list to choose from.
    Picker,
    /// In the list of keys.
    Help,
    /// At the question whether to quit.
    Leaving,
    /// On anything that lies over a pane and is closed, not answered.
    Overlay,
}

impl Context {
    /// Whether every plain character is text wherever it works.
    pub fn is_only_text(self) -> bool {
        match self {
            Self::Typing
            | Self::Compose
            | Self::Form
            | Self::Question
            | Self::Editor
            | Self::Palette
            | Self::Picker => true,
            Self::Always
            | Self::Anywhere
            | Self::Shared
            | Self::Splits
            | Self::Moving
            | Self::InPane
            | Self::Card
            | Self::Waiting
            | Self::Help
            | Self::Leaving
            | Self::Overlay => false,
        }
    }
}

macro_rules! actions {
    ($($variant:ident, $name:literal, $context:ident, $help:literal, [$($key:literal),* $(,)?];)*) => {
        /// Something a person can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each variant's help line in the table says what it does")]
        pub enum Action { $($variant),* }

        impl Action {
            /// Every action, in the order help lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the settings file and the palette.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Where it works.
            pub fn context(self) -> Context {
                match self { $(Self::$variant => Context::$context),* }
            }

            /// What it does, in a few words.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),* }
            }

            /// Its keys unless remapped.
            pub fn default_keys(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($key),*]),* }
            }
        }
    };
}

actions! {
    GoQueue,       "queue",         Shared,   "go to Queue",                              ["1", "g q"];
    GoSearch,      "search",        Shared,   "go to Search",                             ["2", "g s"];
    GoTimeline,    "timeline",      Shared,   "go to Timeline",                           ["3", "g t"];
    GoKobjects,    "kobjects",      Shared,   "go to KObjects",                           ["4", "g o"];
    GoDrafts,      "drafts",        Shared,   "go to Drafts",                             ["5", "g d"];
    GoBulk,        "bulk",          Shared,   "go to Bulk",                               ["6", "g b"];
    GoAssistant,   "assistant",     Shared,   "go to Assistant",                          ["7", "g a"];
    GoAudit,       "audit",         Shared,   "go to Audit",                              ["8", "g l"];
    NextPane,      "next-pane",     Anywhere, "next pane",                                ["tab"];
    PreviousPane,  "previous-pane", Anywhere, "previous pane",                            ["shift-tab"];
    Down,          "down",          Moving,   "one down",                                 ["j", "down"];
    Up,            "up",            Moving,   "one up",                                   ["k", "up"];
    HalfDown,      "half-down",     Moving,   "half a page down",                         ["ctrl-d"];
    HalfUp,        "half-up",       Moving,   "half a page up",                           ["ctrl-u"];
    PageDown,      "page-down",     Moving,   "a page down",                              ["pgdn"];
    PageUp,        "page-up",       Moving,   "a page up",                                ["pgup"];
    Top,           "top",           Moving,   "to the top",                               ["g", "g g", "home"];
    Bottom,        "bottom",        Moving,   "to the bottom",                            ["G", "end"];
    Open,          "open",          Shared,   "open",                                     ["enter"];
    Back,          "back",          Shared,   "one step back",                            ["esc"];
    JumpBack,      "jump-back",     Shared,   "back to where you were",                   ["ctrl-o", "alt-left"];
    JumpForward,   "jump-forward",  Shared,   "forward again",                            ["alt-right"];
    SplitBeside,   "split-beside",  Splits,   "another pane beside this one",             ["ctrl-w v"];
    SplitBelow,    "split-below",   Splits,   "another pane below this one",              ["ctrl-w s"];
    NextSplit,     "next-split",    Splits,   "next pane on screen",                      ["ctrl-w w"];
    FocusLeft,     "focus-left",    Splits,   "to the pane on the left",                  ["ctrl-w h", "ctrl-w left"];
    FocusDown,     "focus-down",    Splits,   "to the pane below",                        ["ctrl-w j", "ctrl-w down"];
    FocusUp,       "focus-up",      Splits,   "to the pane above",                        ["ctrl-w k", "ctrl-w up"];
    FocusRight,    "focus-right",   Splits,   "to the pane on the right",                 ["ctrl-w l", "ctrl-w right"];
    Zoom,          "zoom",          Splits,   "this pane alone, or all again",            ["ctrl-w z"];
    Wider,         "wider",         Splits,   "wider",                                    ["ctrl-w >"];
    Narrower,      "narrower",      Splits,   "narrower",                                 ["ctrl-w <"];
    Taller,        "taller",        Splits,   "taller",                                   ["ctrl-w plus"];
    Shorter,       "shorter",       Splits,   "less tall",                                ["ctrl-w minus"];
    Arrange,       "arrange",       Splits,   "arranged as there is room",                ["ctrl-w ="];
    CloseSplit,    "close-split",   Splits,   "close this part of the screen",            ["ctrl-w q"];
    Filter,        "filter",        Shared,   "filter, find",                             ["/"];
    Reload,        "reload",        Shared,   "reload",                                   ["r"];
    Undo,          "undo",          Shared,   "take back what you just did",              ["u"];
    Copy,          "copy",          Shared,   "copy to the clipboard",                    ["y"];
    AssignMe,      "assign-me",     InPane,   "assign to yourself",                       ["a"];
    Done,          "done",          InPane,   "done; open again what is done or asleep",  ["d"];
    Snooze,        "snooze",        InPane,   "snooze until …",                           ["s"];
    Move,          "move",          InPane,   "give to a user, a team or a queue …",      ["m"];
    Grade,         "priority",      InPane,   "set the priority …",                       ["p"];
    Raise,         "raise",         InPane,   "one priority up",                          ["plus"];
    Lower,         "lower",         InPane,   "one priority down",                        ["minus"];
    Tags,          "tags",          InPane,   "put on or take off a tag …",               ["#"];
    Mark,          "mark",          InPane,   "mark this row",                            ["space"];
    MarkRange,     "mark-range",    InPane,   "mark from here to where you go",           ["V"];
    MarkAll,       "mark-all",      InPane,   "mark all rows of this lane and filter",    ["*"];
    NextLane,      "next-lane",     InPane,   "next lane",                                ["l", "right"];
    PreviousLane,  "previous-lane", InPane,   "previous lane",                            ["h", "left"];
    Lane,          "lane",          InPane,   "go to a lane …",                           [];
    GroupBy,       "group",         InPane,   "put rows under headings …",                ["b"];
    Deadlines,     "sla",           InPane,   "what the SLA says, or not",                ["S"];
    Related,       "related",       InPane,   "conversations that may belong together …", ["M"];
    Kobjects,      "objects",       InPane,   "KObjects of this customer",                ["o"];
    NewRecord,     "new-record",    InPane,   "a new record of this klass, by a form",    ["n"];
    EditRecord,    "edit-record",   InPane,   "edit this record's attributes by a form",  ["e"];
    Columns,       "columns",       InPane,   "choose and order the columns …",           ["C"];
    Follow,        "follow",        InPane,   "follow a relation …",                      ["f"];
    ExternalId,    "external-id",   InPane,   "go to the org's own id …",                 ["x"];
    History,       "history",       InPane,   "what happened to this record",             ["h"];
    Schema,        "schema",        InPane,   "what describes this klass, and what is new", ["m"];
    Note,          "note",          InPane,   "write a private note",                     ["n"];
    Reply,         "reply",         InPane,   "write a reply",                            ["R"];
    EditDraft,     "edit-draft",    InPane,   "edit this draft",                          ["e"];
    SendDraft,     "send-draft",    InPane,   "send this draft",                          ["s"];
    DeleteDraft,   "delete-draft",  InPane,   "delete this draft",                        ["D"];
    Unmask,        "unmask",        InPane,   "ask to see this customer unmasked",        ["U"];
    CloseWindow,   "close-window",  InPane,   "mask this customer again now",             ["c"];
    NextPart,      "next-part",     InPane,   "next conversation or klass",               ["]"];
    PreviousPart,  "previous-part", InPane,   "previous conversation or klass",           ["["];
    NextMatch,     "next-match",    InPane,   "next match or record",                     [">"];
    PreviousMatch, "previous-match", InPane,  "previous match or record",                 ["<"];
    NextInbound,   "next-inbound",  InPane,   "next message of the customer",             ["}"];
    PreviousInbound, "previous-inbound", InPane, "previous message of the customer",      ["{"];
    Fold,          "fold",          InPane,   "fold kinds, conversations, days",          ["f"];
    OpenFile,      "open-file",     InPane,   "look at an attached picture",              ["O"];
    Scope,         "scope",         InPane,   "this customer or the whole org",           ["t"];
    Write,         "write",         InPane,   "write",                                    ["i"];
    Sort,          "sort",          InPane,   "sort by a column",                         [","];
    SaveSearch,    "save-search",   InPane,   "save this search, with a key if you like", ["w"];
    Searches,      "searches",      InPane,   "saved searches",                           ["'"];
    CopyRequest,   "copy-request",  InPane,   "copy as `shiftdeck request` lines",        ["Y"];
    Clear,         "clear",         InPane,   "start afresh",                             ["N"];
    Plan,          "plan",          InPane,   "plan mode: the whole runbook first, nothing written", ["p"];
    ToPlan,        "to-plan",       InPane,   "to the plan, or back to the dialogue",     ["P"];
    RunPlan,       "run-plan",      InPane,   "run the plan from its next step",          ["R"];
    EditStep,      "edit-step",     InPane,   "edit this step of the plan",               ["e"];
    StepNote,      "step-note",     InPane,   "your note on this step",                   ["n"];
    StepGate,      "step-gate",     InPane,   "ask before this step, or no longer",       ["t"];
    StepLater,     "step-later",    InPane,   "this step later",                          ["J"];
    StepSooner,    "step-sooner",   InPane,   "this step sooner",                         ["K"];
    DropStep,      "drop-step",     InPane,   "take this step out",                       ["D"];
    DropPlan,      "drop-plan",     InPane,   "throw the plan away",                      ["X"];
    Import,        "import",        InPane,   "a bulk job from a file or pasted rows …",  ["i"];
    ChangeAll,     "change-all",    InPane,   "change all rows that were found, in one job …", ["B"];
    PauseJob,      "pause-job",     InPane,   "let this job stand still, or go on",       ["p"];
    CancelJob,     "cancel-job",    InPane,   "end this job for good; throw a plan away", ["X"];
    RetryJob,      "retry-job",     InPane,   "plan what did not work again",             ["R"];
    UndoJob,       "undo-job",      InPane,   "plan the way back from this job",          ["U"];
    JobResults,    "job-results",   InPane,   "write this job's results to a CSV file",   ["w"];
    PutForward,    "put-forward",   InPane,   "put this plan up for approval",            ["a"];
    Canary,        "canary",        InPane,   "the first batch alone, then wait for a look", ["c"];
    Transcripts,   "transcripts",   InPane,   "earlier dialogues on this conversation …", ["h"];
    FindTranscript, "find-transcript", InPane, "search all earlier dialogues …",          ["H"];
    Palette,       "palette",       Anywhere, "everything you can do, by name",           [":", "ctrl-p"];
    Help,          "help",          Shared,   "the keys that work here and now",          ["?"];
    Tour,          "tour",          Shared,   "a tour in ten steps, on the simulated desk", [];
    Answer,        "answer",        Anywhere, "back to the waiting approval or question", ["A", "alt-a"];
    Waiting,       "waiting",       Anywhere, "everything that waits for approval",       ["W", "alt-w"];
    Handover,      "handover",      Shared,   "the report one shift leaves the next",     [];
    Themes,        "theme",         Shared,   "choose how it looks",                      ["T"];
    Quit,          "quit",          Shared,   "quit",                                     ["q"];
    Submit,        "submit",        Typing,   "send, or use what is typed",               ["enter"];
    NewLine,       "new-line",      Typing,   "new line",                                 ["alt-enter", "ctrl-j"];
    Leave,         "leave",         Typing,   "stop typing (the words stay)",             ["esc"];
    PutUp,         "put-up",        Compose,  "put it up for approval",                   ["ctrl-s"];
    Shortcut,      "shortcut",      Compose,  "insert canned text",                       ["ctrl-t"];
    Schedule,      "schedule",      Compose,  "when it leaves",                           ["ctrl-g"];
    OverChannel,   "channel",       Compose,  "over which channel",                       ["ctrl-o"];
    OutsideEditor, "editor",        Compose,  "write in $EDITOR",                         ["ctrl-e"];
    NextField,     "next-field",    Compose,  "next field",                               ["tab"];
    PreviousField, "previous-field", Compose, "previous field",                           ["shift-tab"];
    FromList,      "from-list",     Form,     "choose from a list, or look a record up", ["ctrl-t"];
    ReplaceMasked, "replace-masked", Form,    "write a masked value anew",                ["ctrl-r"];
    AsItWas,       "as-it-was",     Form,     "back to what the desk has",                ["ctrl-x"];
    SendAnswer,    "send-answer",   Question, "say yes, with what is filled in",          ["ctrl-s"];
    DeclineQuestion, "decline-question", Question, "no, and the server is told so",         ["ctrl-d"];
    CancelQuestion, "cancel-question", Question, "put it off: the server is told there is no answer", ["ctrl-x"];
    OpenLink,      "open-link",     Question, "open its address in a browser",            ["ctrl-o"];
    CopyLink,      "copy-link",     Question, "copy its address",                         ["ctrl-y"];
    SetAside,      "set-aside",     Question, "put the question aside; nothing is answered", ["esc"];
    Approve,       "approve",       Card,     "approve exactly this",                     ["a"];
    Edit,          "edit",          Card,     "edit the text, then decide",               ["e"];
    Refuse,        "refuse",        Card,     "refuse, with a reason if you like",        ["x"];
    AskChanges,    "ask-changes",   Card,     "ask its author for changes; nothing is done", ["c"];
    Tell,          "tell",          Card,     "a note its author is told with your yes",  ["n"];
    Defer,         "defer",         Card,     "put it off for some minutes",              ["d"];
    Alike,         "alike",         Card,     "the same answer for all that are alike",   ["s"];
    OtherCard,     "other-card",    Card,     "choose another of those that wait",        ["l"];
    Park,          "park",          Card,     "put the card aside; nothing is decided",   ["esc"];
    EditOutside,   "edit-outside",  Editor,   "go on in $EDITOR",                         ["ctrl-e"];
    UseText,       "use-text",      Editor,   "use this text; the card is drawn anew",    ["ctrl-s"];
    DropText,      "drop-text",     Editor,   "back to the card as it was",               ["esc"];
    TakeCard,      "take-card",     Waiting,  "to this card",                             ["enter"];
    Choose,        "choose",        Palette,  "do it",                                    ["enter"];
    NextChoice,    "next-choice",   Palette,  "next",                                     ["down", "ctrl-n"];
    LastChoice,    "last-choice",   Palette,  "previous",                                 ["up", "ctrl-p"];
    Pick,          "pick",          Picker,   "choose",                                   ["enter"];
    NextPick,      "next-pick",     Picker,   "next",                                     ["down", "ctrl-n"];
    LastPick,      "last-pick",     Picker,   "previous",                                 ["up", "ctrl-p"];
    CloseHelp,     "close-help",    Help,     "close",                                    ["?", "q", "enter"];
    QuitNow,       "quit-now",      Leaving,  "quit",                                     ["y", "q"];
    Stay,          "stay",          Leaving,  "stay",                                     ["n", "enter"];
    Close,         "close",         Overlay,  "close",                                    ["esc"];
    Suspend,       "suspend",       Always,   "to the shell; `fg` comes back",            ["ctrl-z"];
    Interrupt,     "interrupt",     Always,   "quit from anywhere; twice quits at once",  ["ctrl-c"];
    Panic,         "panic",         Always,   "crash on purpose (debug builds)",          [];
}

impl Action {
    /// The pane this action goes to, for those that go to one.
    pub fn pane(self) -> Option<PaneId> {
        PaneId::ALL.iter().copied().find(|pane| pane.action() == self)
    }

    /// The action of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether this build has it.
    pub fn is_available(self) -> bool {
        self != Self::Panic || cfg!(debug_assertions)
    }

    /// Whether the palette offers it: what makes sense by name, from a pane.
    pub fn is_command(self) -> bool {
        match self.context() {
            Context::Anywhere | Context::Shared | Context::Splits | Context::InPane | Context::Always => {
                self.is_available() && !matches!(self, Self::Palette | Self::Interrupt)
            }
            Context::Moving
            | Context::Typing
            | Context::Compose
            | Context::Form
            | Context::Question
            | Context::Card
            | Context::Waiting
            | Context::Editor
            | Context::Palette
            | Context::Picker
            | Context::Help
            | Context::Leaving
            | Context::Overlay => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_has_its_own_name_and_a_help_line() {
        let mut names = HashSet::new();
        for action in Action::ALL {
            assert!(names.insert(action.name()), "{} twice", action.name());
            assert!(!action.help().is_empty(), "{action:?}");
            assert_eq!(Action::by_name(action.name()), Some(*action));
        }
    }
}
