//! Owns what kinds of change there are: what one does to the world, and which operation it is. Knows no request.

/// What a call does to the world. Everything but `Read` asks a person; another class is a compile error until each match
/// handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Looks only.
    Read,
    /// Shows sensitive values in the clear.
    Unmask,
    /// Tells a model values in the clear: they leave the house.
    Disclose,
    /// Leaves something unsent for a person to send.
    Draft,
    /// Changes a record.
    Write,
    /// Reaches a customer.
    Send,
    /// Changes many records in one job.
    Bulk,
    /// Removes records.
    Delete,
}

impl Effect {
    /// The effect of this word.
    pub fn named(word: &str) -> Option<Self> {
        const ALL: [Effect; 8] = [
            Effect::Read,
            Effect::Unmask,
            Effect::Disclose,
            Effect::Draft,
            Effect::Write,
            Effect::Send,
            Effect::Bulk,
            Effect::Delete,
        ];
        ALL.into_iter().find(|effect| effect.word() == word)
    }

    /// The word on cards and in the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Unmask => "unmask",
            Self::Disclose => "disclose",
            Self::Draft => "draft",
            Self::Write => "write",
            Self::Send => "send",
            Self::Bulk => "bulk",
            Self::Delete => "delete",
        }
    }
}

/// Which operation a change is. Those the console treats in a way of their own have a name here; all others are told by
/// their label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Opens an unmasking window.
    OpenWindow,
    /// Tells a model values in the clear.
    Disclose,
    /// Adds a note to a conversation.
    AddNote,
    /// Creates a draft.
    CreateDraft,
    /// Updates a customer.
    UpdateCustomer,
    /// Creates KObjects in bulk.
    CreateKobjects,
    /// Calls a tool of a source that is not the desk.
    CallTool,
    /// Any other operation that is known.
    Listed {
        /// Method and path as a template: `PATCH /v1/conversations/{id}`.
        label: &'static str,
        /// What it does.
        words: &'static str,
    },
    /// Anything else; an unclear outcome stays unclear.
    Other,
}

impl Operation {
    /// The words on cards and in the trail.
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenWindow => "open an unmasking window",
            Self::Disclose => "tell the model values in the clear",
            Self::AddNote => "add a private note",
            Self::CreateDraft => "create a draft",
            Self::UpdateCustomer => "update a customer",
            Self::CreateKobjects => "create KObjects in bulk",
            Self::CallTool => "call a tool of another source",
            Self::Listed { words, .. } => words,
            Self::Other => "send a request",
        }
    }

    /// Method and path as a template: all that errors and logs show of a request.
    pub fn label(self) -> &'static str {
        match self {
            Self::OpenWindow => "POST /v1/customers/{id}/unmasking-windows",
            Self::Disclose => "values to the model",
            Self::AddNote => "POST /v1/conversations/{id}/notes",
            Self::CreateDraft => "POST /v1/customers/{id}/drafts",
            Self::UpdateCustomer => "PATCH /v1/customers/{id}",
            Self::CreateKobjects => "POST /v1/klasses/{name}/bulk",
            Self::CallTool => "tools/call",
            Self::Listed { label, .. } => label,
            Self::Other => "the request as written",
        }
    }
}
