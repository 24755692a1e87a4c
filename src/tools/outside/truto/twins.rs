//! Owns which published tools do exactly what a tool of our own does: one table of names and arguments. Run as ours they have our
//! checks, words, cards and answers, and what the desk guards stays guarded in the same code. Pure.
//!
//! A call that asks for more than ours can (another argument, several values where ours takes one) is no twin's and goes as the
//! account describes it.

use serde_json::{Map, Value};

use crate::tools::{Need, Param, Tool, by_name};

/// A published tool and ours.
#[derive(Debug)]
pub(super) struct Twin {
    published: &'static str,
    ours: &'static str,
    /// Theirs, ours, and how a value gets from one to the other.
    arguments: &'static [(&'static str, &'static str, How)],
    /// What ours takes besides.
    besides: &'static [&'static str],
}

/// How a value becomes ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// As it is.
    Same,
    /// The one there is in a list.
    Only,
    /// This field of the one object there is in a list.
    Field(&'static str),
    /// It has to be this word, which ours does not need to be told.
    Word(&'static str),
}

use How::{Field, Only, Same, Word};

const fn twin(
    published: &'static str,
    ours: &'static str,
    arguments: &'static [(&'static str, &'static str, How)],
    besides: &'static [&'static str],
) -> Twin {
    Twin { published, ours, arguments, besides }
}

/// What drafts have in common.
macro_rules! draft {
    ($channel:literal, $($more:tt)*) => {
        &[
            ("customer_id", "customer_id", Same),
            ("channel", "", Word($channel)),
            ("conversation", "conversation_id", Same),
            ("body", "body", Same),
            $($more)*
        ]
    };
}

const CUSTOMER: (&str, &str, How) = ("customer_id", "customer_id", Same);
const CONVERSATION: (&str, &str, How) = ("conversation_id", "conversation_id", Same);
const KLASS: (&str, &str, How) = ("klass", "klass", Same);

#[rustfmt::skip]
const TWINS: &[Twin] = &[
    twin("get_single_kustomer_customer_by_id", "customer_get", &[("id", "customer_id", Same)], &[]),
    twin("kustomer_customers_using_email", "customer_find", &[("email", "email", Same)], &[]),
    twin("kustomer_customers_using_phone", "customer_find", &[("phone", "phone", Same)], &[]),
    twin("kustomer_customers_using_external_id", "customer_find", &[("external_id", "external_id", Same)], &[]),
    twin("create_a_kustomer_customer_unmasking_window", "customer_unmask", &[CUSTOMER], &["reason"]),
    twin("update_a_kustomer_customer_by_id", "customer_update",
        &[("id", "customer_id", Same), ("name", "name", Same), ("phones", "phone", Field("phone")), ("emails", "email", Field("email")),
            ("custom", "custom", Same)], &["reason"]),
    twin("list_all_kustomer_conversations", "conversation_list", &[CUSTOMER], &["limit", "status"]),
    twin("create_a_kustomer_conversation_note", "conversation_add_note", &[CONVERSATION, ("body", "body", Same)], &["reason"]),
    twin("list_all_kustomer_conversation_notes", "conversation_notes", &[CONVERSATION], &["limit"]),
    twin("list_all_kustomer_conversation_events", "conversation_events", &[CONVERSATION], &["limit"]),
    twin("list_all_kustomer_conversation_times", "conversation_times", &[CONVERSATION], &["limit"]),
    twin("list_all_kustomer_conversation_attachments", "conversation_files", &[CONVERSATION], &["limit"]),
    twin("list_all_kustomer_customer_drafts", "customer_drafts", &[CUSTOMER], &["limit"]),
    twin("list_all_kustomer_customer_merges", "customer_merges", &[CUSTOMER], &["limit"]),
    twin("create_a_kustomer_email_draft", "draft_email",
        draft!("email", ("subject", "subject", Same), ("to", "to", Same), ("cc", "cc", Same), ("bcc", "bcc", Same)), &["reason"]),
    twin("create_a_kustomer_customer_sms_draft", "draft_sms", draft!("sms", ("to", "to", Only)), &["reason"]),
    twin("create_a_kustomer_customer_whatsapp_basic_draft", "draft_whatsapp", draft!("whatsapp", ("to", "to", Only), ("app", "", Word("whatsapp"))), &["reason"]),
    twin("list_all_kustomer_klasses", "klass_list", &[], &[]),
    twin("list_all_kustomer_customer_custom_objects", "kobject_list", &[CUSTOMER, KLASS], &["limit"]),
    twin("kustomer_custom_objects_using_external_id", "kobject_list", &[KLASS, ("external_id", "external_id", Same)], &[]),
    twin("list_all_kustomer_custom_objects", "kobject_list", &[KLASS], &["limit"]),
    twin("kustomer_custom_objects_read", "kobject_get", &[KLASS, ("id", "kobject_id", Same)], &[]),
    twin("get_single_kustomer_metadata_by_id", "metadata_get", &[("id", "resource", Same)], &[]),
    twin("get_single_kustomer_bulk_operation_by_id", "bulk_status", &[("id", "job_id", Same)], &["wait_seconds"]),
    twin("get_single_kustomer_company_by_id", "company_get", &[("id", "company_id", Same)], &[]),
    twin("kustomer_users_current", "user_current", &[], &[]),
    twin("list_all_kustomer_users", "user_list", &[], &["limit"]),
    twin("list_all_kustomer_teams", "team_list", &[], &["limit"]),
    twin("list_all_kustomer_queues", "queue_list", &[], &["limit"]),
    twin("list_all_kustomer_tags", "tag_list", &[], &["limit"]),
    twin("list_all_kustomer_shortcuts", "shortcut_list", &[], &["limit"]),
    twin("list_all_kustomer_slas", "sla_list", &[], &["limit"]),
    twin("get_single_kustomer_sla_by_id", "sla_get", &[("id", "sla_id", Same)], &[]),
    twin("list_all_kustomer_brands", "brand_list", &[], &["limit"]),
];

/// The twin of a published tool.
pub(super) fn of(published: &str) -> Option<&'static Twin> {
    TWINS.iter().find(|twin| twin.published == published)
}

impl Twin {
    /// Our own.
    pub(super) fn tool(&self) -> &'static Tool {
        by_name(self.ours).expect("the table names tools of ours")
    }

    /// What ours takes besides what the account describes.
    pub(super) fn besides(&self) -> Vec<Param> {
        self.tool().spec.params.iter().filter(|param| self.besides.contains(&param.name)).copied().collect()
    }

    /// Arguments as ours takes them; `None` where they ask for more.
    pub(super) fn arguments(&self, given: &Map<String, Value>) -> Option<Map<String, Value>> {
        let mut ours = Map::new();
        for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
            if self.besides.contains(&name.as_str()) {
                ours.insert(name.clone(), value.clone());
                continue;
            }
            let (_, to, how) = self.arguments.iter().find(|(theirs, ..)| theirs == name)?;
            if let Word(word) = how {
                (value == *word).then_some(())?;
            } else {
                ours.insert((*to).to_owned(), how.of(value)?);
            }
        }
        let is_there = |param: &&Param| param.need == Need::May || ours.contains_key(param.name);
        self.tool().spec.params.iter().all(|param| is_there(&param)).then_some(ours)
    }
}

impl How {
    fn of(self, value: &Value) -> Option<Value> {
        let only = || match value {
            Value::Array(items) => match items.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            one => Some(one),
        };
        match self {
            Same | Word(_) => Some(value.clone()),
            Only => only().filter(|only| only.is_string()).cloned(),
            Field(field) => {
                let only = only()?;
                let inner = only.as_object().filter(|object| object.len() == 1).and_then(|object| object.get(field));
                inner.or_else(|| Some(only).filter(|only| only.is_string())).cloned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connect::truto::Reviewed;

    #[test]
    fn every_twin_is_reviewed_does_the_same_and_takes_what_it_is_given() {
        for twin in TWINS {
            let (published, ours) = (twin.published, twin.tool());
            let reviewed = Reviewed::of(published).expect(published);
            assert_eq!(ours.spec.effect == crate::approval::Effect::Read, reviewed.reads(), "{published}");
            let takes = |name: &str| ours.spec.params.iter().any(|param| param.name == name);
            for (_, to, how) in twin.arguments {
                assert!(matches!(how, Word(_)) || takes(to), "{published}: {to}");
            }
            assert!(twin.besides.iter().all(|name| takes(name)), "{published}");
        }
    }

    #[test]
    fn what_asks_for_more_than_ours_can_is_none_of_ours() {
        let arguments = |tool: &str, given: Value| of(tool)?.arguments(given.as_object()?).map(Value::Object);
        let update = "update_a_kustomer_customer_by_id";
        let sms = "create_a_kustomer_customer_sms_draft";
        for (tool, given, expected) in [
            (
                update,
                json!({"id": "66", "phones": [{"phone": "+1"}]}),
                Some(json!({"customer_id": "66", "phone": "+1"})),
            ),
            (
                update,
                json!({"id": "66", "phones": ["+1"], "tags": null}),
                Some(json!({"customer_id": "66", "phone": "+1"})),
            ),
            (update, json!({"id": "66", "phones": [{"phone": "+1", "type": "home"}]}), None),
            (update, json!({"id": "66", "phones": ["+1", "+2"]}), None),
            (update, json!({"id": "66", "tags": ["a"]}), None),
            (update, json!({"name": "a"}), None),
            (
                sms,
                json!({"customer_id": "66", "channel": "sms", "to": ["+1"], "body": "x"}),
                Some(json!({"customer_id": "66", "to": "+1", "body": "x"})),
            ),
            (sms, json!({"customer_id": "66", "channel": "email", "body": "x"}), None),
        ] {
            assert_eq!(arguments(tool, given.clone()), expected, "{tool} {given}");
        }
    }
}
