//! Owns the way back from a value to the customers it can belong to, by computation: a world of any size needs no index of
//! what nobody has asked for yet. Does not look at records: who asks checks the few candidates (`world`).
//!
//! Invariant: the customer whose seeded record has the value is always among the candidates; others may be too, and all
//! of them are below [`Plan::customers`].

use std::ops::Range;

use super::{Plan, holdings, ids, people};
use crate::sandbox::doc::Kind;

/// The customer in whose tree a seeded record of this id stands.
pub fn by_id(plan: &Plan, id: &str) -> Option<usize> {
    ids::customer_of(id).filter(|&index| index < plan.customers)
}

/// The customers with this address, given in lower case.
pub fn by_email(plan: &Plan, email: &str) -> Vec<usize> {
    within(plan, people::with_email(plan, email))
}

/// The customers with this phone number.
pub fn by_phone(plan: &Plan, phone: &str) -> Vec<usize> {
    within(plan, people::with_phone(phone))
}

/// The customers of the company of this id.
pub fn by_company(plan: &Plan, id: &str) -> Vec<usize> {
    let company = by_id(plan, id).and_then(|first| people::company(plan, first));
    company.into_iter().flat_map(|company| people::members(plan, company.index)).collect()
}

/// The customers among whom a customer's colleagues are.
pub fn block_of(plan: &Plan, index: usize) -> Range<usize> {
    let from = index / people::BLOCK * people::BLOCK;
    from.min(plan.customers)..(from + people::BLOCK).min(plan.customers)
}

/// The customers in whose tree a record of this kind has this external id.
pub fn by_external_id(plan: &Plan, kind: Kind, external_id: &str) -> Vec<usize> {
    let customers = match kind {
        Kind::Customer => people::with_external_id(plan, external_id),
        Kind::Company => people::with_account(plan, external_id).into_iter().collect(),
        Kind::Kobject => holdings::with_external_id(external_id),
        Kind::Message => external_id.strip_prefix("mail-").and_then(ids::customer_of).into_iter().collect(),
        _ => Vec::new(),
    };
    within(plan, customers)
}

fn within(plan: &Plan, mut customers: Vec<usize>) -> Vec<usize> {
    customers.retain(|&index| index < plan.customers);
    customers.sort_unstable();
    customers.dedup();
    customers
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sandbox::{
        doc::Doc,
        seed::{PARTS, part},
    };

    const PLAN: Plan = Plan { seed: 42, customers: 1_000_000, now_ms: 1_767_225_600_000 };

    fn texts<'a>(doc: &'a Doc, list: &str, field: &str) -> Vec<&'a str> {
        let items = doc.attributes.get(list).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.get(field).and_then(Value::as_str)).collect()
    }

    #[test]
    fn every_value_leads_back_to_its_customer_over_the_whole_range() {
        let sample = (0..40).chain((0..60).map(|step| step * 16_661)).chain(999_990..1_000_000);
        for index in sample {
            for doc in PARTS.into_iter().flat_map(|which| part(&PLAN, index, which)) {
                assert_eq!(by_id(&PLAN, &doc.id), Some(index));
                for email in texts(&doc, "emails", "email").into_iter().filter(|_| doc.kind == Kind::Customer) {
                    assert_eq!(by_email(&PLAN, email).iter().filter(|&&found| found == index).count(), 1, "{email}");
                }
                for phone in texts(&doc, "phones", "phone") {
                    assert_eq!(by_phone(&PLAN, phone), [index], "{phone}");
                }
                if let Some(external_id) = doc.text("externalId") {
                    assert!(by_external_id(&PLAN, doc.kind, external_id).contains(&index), "{external_id}");
                }
                if let Some(company) = doc.related_id("company") {
                    assert!(by_company(&PLAN, company).contains(&index), "{index}");
                }
            }
        }
    }

    #[test]
    fn foreign_values_lead_nowhere_or_to_somebody_and_never_out_of_the_world() {
        let small = Plan { customers: 10, ..PLAN };
        for text in [
            "",
            "@",
            "a@",
            "a99999999999999999999@postbox.example",
            "x@quillworks99999999999999999.example",
            "+",
            "+12025550199999999999",
            "USR-",
            "USR-1",
            "TEN-9",
            "TEN-99999999999999999999",
            "ACC-0",
            "ACC-18446744073709551615",
            "R",
            "mail-66",
            "é",
        ] {
            let all = [by_email(&small, text), by_phone(&small, text), by_company(&small, text)];
            let kinds = [Kind::Customer, Kind::Company, Kind::Kobject, Kind::Message, Kind::Tag];
            let all = all.into_iter().chain(kinds.map(|kind| by_external_id(&small, kind, text)));
            assert!(all.flatten().all(|index| index < 10), "{text}");
        }
    }
}
