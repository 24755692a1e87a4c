//! Owns the org's survey forms and the accounts it sends from, made from `assets/sandbox/surveys.json`. Does not rate
//! anything: results stand on conversations.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Plan,
    ids::{self, Space},
    object, stamp,
};
use crate::sandbox::doc::{Doc, Kind};

const DAY: i64 = 86_400_000;

#[derive(Deserialize)]
struct Surveys {
    forms: Vec<Value>,
    accounts: Vec<Value>,
    pages: Vec<String>,
}

static SURVEYS: LazyLock<Surveys> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../assets/sandbox/surveys.json")).expect("a bundled file, read by a test")
});

/// The org's own pages that customers look at.
pub(super) fn pages() -> &'static [String] {
    &SURVEYS.pages
}

/// All forms and accounts.
pub(super) fn docs(plan: &Plan) -> Vec<Doc> {
    let at = stamp(plan.now_ms - 300 * DAY);
    let forms = SURVEYS.forms.iter().enumerate().map(|(index, form)| self::form(index, form, &at));
    let accounts = SURVEYS.accounts.iter().enumerate().map(|(index, account)| {
        let mut doc = Doc::new(Kind::OutboundAccount, ids::fixed(Space::OutboundAccount, index));
        doc.attributes = object(account.clone());
        doc
    });
    forms.chain(accounts).collect()
}

fn form(index: usize, written: &Value, at: &str) -> Doc {
    let mut doc = Doc::new(Kind::SatisfactionForm, ids::fixed(Space::SatisfactionForm, index));
    let mut attributes = object(written.clone());
    let (account, app) = (attributes.remove("account"), attributes.remove("app"));
    let questions = attributes.get("questions").cloned().unwrap_or_else(|| json!([]));
    attributes.extend(object(json!({
        "from": { "account": account, "app": app, "channel": attributes.get("channel") },
        "metaTitle": attributes.get("name"), "metaDescription": attributes.get("introduction"),
        "positiveQuestions": [], "negativeQuestions": [], "allQuestions": questions, "followUpType": "all",
        "criteria": { "and": [{ "conversation_status": { "operator": "equals", "value": "done" } }], "or": [] },
        "createdAt": at, "updatedAt": at, "modifiedAt": at,
    })));
    doc.attributes = attributes;
    for name in ["createdBy", "modifiedBy"] {
        doc.related.insert(name.into(), (Kind::User, ids::MACHINE_USER.into()));
    }
    doc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_forms_accounts_and_pages() {
        let docs = docs(&Plan { seed: 1, customers: 1, now_ms: 1_767_225_600_000 });
        let count = |kind: Kind| docs.iter().filter(|doc| doc.kind == kind).count();
        assert!(count(Kind::SatisfactionForm) >= 2 && count(Kind::OutboundAccount) >= 3 && pages().len() >= 5);
        assert!(docs.iter().all(|doc| doc.text("channel").is_some()));
    }
}
