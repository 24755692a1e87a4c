//! Owns what tests make changes of: everything a test does not care about, so that it says only what it is about.

use super::{ChangeParts, Effect, Operation, Subject};

/// One record, no request, nothing to say.
pub(crate) fn parts(effect: Effect, operation: Operation) -> ChangeParts {
    ChangeParts {
        effect,
        operation,
        subject: Subject::default(),
        requests: vec![],
        count: 1,
        summary: String::new(),
        warnings: vec![],
        editable: None,
        before: vec![],
    }
}
