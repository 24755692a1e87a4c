//! Owns what a tool of another source counts as: our own reviewed word where there is one, else the worst that is ordinary. Pure.

use crate::approval::Effect;

/// What a source says of its tool: claims, which can only make us more careful.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// It says that it only reads.
    pub read_only: Option<bool>,
    /// It says that it may destroy or overwrite.
    pub destructive: Option<bool>,
}

/// The class of a tool: `reviewed` is our own table's word for it, if it has one.
///
/// A tool nobody reviewed is a write, whatever it says of itself. One we hold to be harmless that says it is not is believed.
pub fn class(reviewed: Option<Effect>, hints: Hints) -> Effect {
    let ours = reviewed.unwrap_or(Effect::Write);
    let claimed = match (hints.read_only, hints.destructive) {
        (Some(true), _) | (None, None | Some(false)) => Effect::Read,
        (Some(false) | None, Some(true)) => Effect::Delete,
        (Some(false), _) => Effect::Write,
    };
    ours.max(claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_raise_and_never_lower() {
        let hints = |read_only, destructive| Hints { read_only, destructive };
        for (reviewed, hints, is) in [
            (None, hints(None, None), Effect::Write),
            (None, hints(Some(true), Some(false)), Effect::Write),
            (None, hints(Some(false), Some(true)), Effect::Delete),
            (None, hints(None, Some(true)), Effect::Delete),
            (Some(Effect::Read), hints(None, None), Effect::Read),
            (Some(Effect::Read), hints(Some(true), None), Effect::Read),
            (Some(Effect::Read), hints(Some(false), None), Effect::Write),
            (Some(Effect::Send), hints(Some(true), None), Effect::Send),
            (Some(Effect::Read), hints(None, Some(true)), Effect::Delete),
        ] {
            assert_eq!(class(reviewed, hints), is, "{reviewed:?} {hints:?}");
        }
    }
}
