//! Owns how things look: roles that code asks for, and the style each has in the theme at hand. No colour is named outside
//! this folder and `themes/`. Does not decide what has which role.
//!
//! A role a theme leaves out falls back along its dots (`border.focused` to `border`), then to the theme's parent, then to
//! `text`. A palette covers its parent's: a theme may be a palette alone. Colour is never the only sign of a state: words and signs carry it too.

mod colour;
mod files;
mod load;

use std::collections::HashMap;

use ratatui::style::Style;

pub use colour::Depth;
pub use files::{Known, Themes, Warning, fitting};

macro_rules! roles {
    ($($variant:ident, $name:literal;)*) => {
        /// What something on screen is, as far as its looks go.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names say what has the role")]
        pub enum Role { $($variant),* }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in theme files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

roles! {
    Ground, "ground";
    Text, "text";
    Dim, "text.dim";
    Faint, "text.faint";
    Strong, "text.strong";
    Accent, "accent";
    Header, "header";
    HeaderName, "header.name";
    Sandbox, "header.sandbox";
    Tab, "tab";
    TabActive, "tab.active";
    TabNumber, "tab.number";
    Border, "border";
    BorderFocused, "border.focused";
    Title, "title";
    TitleFocused, "title.focused";
    Selected, "selected";
    SelectedUnfocused, "selected.unfocused";
    TableHead, "table.head";
    Hint, "hint";
    HintKey, "hint.key";
    Notice, "notice";
    SlaBreached, "sla.breached";
    SlaSoon, "sla.soon";
    SlaFine, "sla.fine";
    SlaPaused, "sla.paused";
    PriorityHigh, "priority.high";
    Priority, "priority";
    Channel, "channel";
    Tag, "tag";
    Customer, "customer";
    MessageIn, "message.in";
    MessageOut, "message.out";
    MessageNote, "message.note";
    MessageDraft, "message.draft";
    MessageEvent, "message.event";
    Kobject, "kobject";
    Masked, "masked";
    Revealed, "revealed";
    Untrusted, "untrusted";
    Error, "error";
    Warning, "warning";
    Good, "good";
    Running, "running";
    EffectRead, "effect.read";
    EffectUnmask, "effect.unmask";
    EffectDraft, "effect.draft";
    EffectWrite, "effect.write";
    EffectSend, "effect.send";
    EffectBulk, "effect.bulk";
    EffectDelete, "effect.delete";
    Approval, "approval";
    ApprovalTitle, "approval.title";
    ButtonApprove, "button.approve";
    ButtonEdit, "button.edit";
    ButtonRefuse, "button.refuse";
    DiffOld, "diff.old";
    DiffNew, "diff.new";
    Input, "input";
    Placeholder, "input.placeholder";
    Cursor, "input.cursor";
    Match, "match";
    Heading, "rich.heading";
    Code, "rich.code";
    Quote, "rich.quote";
    Link, "rich.link";
    Hidden, "rich.hidden";
    Progress, "progress";
    ProgressRest, "progress.rest";
    ProgressFailed, "progress.failed";
    AssistantPerson, "assistant.person";
    AssistantModel, "assistant.model";
    AssistantCall, "assistant.call";
}

/// The looks of every role.
#[derive(Clone, Debug)]
pub struct Theme {
    name: String,
    depth: Depth,
    styles: HashMap<Role, Style>,
}

impl Theme {
    /// The bundled theme of this name, see [`Themes::theme`].
    pub fn named(name: Option<&str>, depth: Depth) -> (Self, Vec<Warning>) {
        Themes::bundled().theme(name, depth)
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }

    /// The look of two picture points one above the other (`▀`); `None` where the terminal shows no colours.
    pub fn points(&self, above: [u8; 3], below: [u8; 3]) -> Option<Style> {
        let colour = |[r, g, b]: [u8; 3]| self.depth.bring_down(ratatui::style::Color::Rgb(r, g, b));
        Some(Style::new().fg(colour(above)?).bg(colour(below)?))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests;
