//! Owns the tools that look customers up. Values the desk masks stay masked; values in the clear become placeholders.

use futures::future;
use jiff::tz::TimeZone;

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{self, Listing, Shown, list, map, maybe, own, short, time},
    params::Arguments,
};
use crate::{
    approval::Effect,
    domain::{Contact, ContactKind, Customer, CustomerId},
    kustomer::{
        Key,
        search::{Context, Query, Scope},
    },
};

/// Finds customers by name, domain or query.
pub(super) struct CustomerSearch;
/// Finds one customer by a unique key.
pub(super) struct CustomerFind;
/// Reads one customer.
pub(super) struct CustomerGet;
/// Counts which external ids are customers.
pub(super) struct CustomerResolve;

impl Code for CustomerSearch {
    const SPEC: Spec = Spec {
        name: "customer_search",
        about: "Find customers by the domain of their e-mail address, by name, or by a query such as \
                `loyaltyTierStr:gold updated>7d`. The index lags by up to a minute. For one exact e-mail address, phone \
                number or external id use customer_find.",
        words: "people profiles users accounts look up",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::may("email_domain", Kind::Words(253), "quill.example"),
            Param::may("name", Kind::Words(200), "The display name, whole."),
            Param::may("query", Kind::Words(500), "Words and key:value terms."),
            Param::may("limit", Kind::Count(50), "10 unless told."),
        ],
        example: r#"{"email_domain": "quill.example", "limit": 5}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let mut terms: Vec<String> = Vec::new();
        if let Some(domain) = arguments.words("email_domain") {
            let domain = domain.trim().trim_start_matches('@');
            let sound = domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
            if !sound {
                return Err(ToolError::Arguments("`email_domain` is no domain such as quill.example".into()));
            }
            terms.push(format!("@{domain}"));
        }
        if let Some(name) = arguments.words("name") {
            terms.push(format!("name:\"{}\"", cx.fill(name)?.replace('"', " ").trim()));
        }
        if let Some(query) = arguments.words("query") {
            terms.push(cx.fill(query)?);
        }
        if terms.is_empty() {
            return Err(ToolError::Arguments("give one of `email_domain`, `name` or `query`".into()));
        }
        let query = Query::parse(&terms.join(" "), &Scope::bare(&Context::Customer, cx.clock.now(), &TimeZone::UTC))?;
        let page = cx.reader.search_customers(&query, arguments.count("limit", 10)).await?;
        let listing = Listing {
            total: page.total,
            more: page.more,
            ..Listing::whole("customers", page.rows.len(), Some("customer_get"))
        };
        Ok(Outcome::Answer(Answer::new(listing.show(&page.rows, summary), &cx.vault)))
    }
}

impl Code for CustomerFind {
    const SPEC: Spec = Spec {
        name: "customer_find",
        about: "Find the one customer with exactly this e-mail address, phone number (E.164) or external id. Give exactly \
                one of the three; placeholders are allowed. Finds masked values too.",
        words: "lookup profile person unique exact",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::may("email", Kind::Words(320), "An address, or a placeholder for one."),
            Param::may("phone", Kind::Words(40), "A number, or a placeholder for one."),
            Param::may("external_id", Kind::Words(256), "The org's own id, for instance USR-1."),
        ],
        example: r#"{"email": "⟦email:1⟧"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let given: Vec<(&str, &str)> =
            ["email", "phone", "external_id"].iter().filter_map(|name| Some((*name, arguments.words(name)?))).collect();
        let [(name, value)] = given[..] else {
            return Err(ToolError::Arguments("give exactly one of `email`, `phone` and `external_id`".into()));
        };
        let value = cx.fill(value.trim())?;
        let key = match name {
            "email" => Key::Email(&value),
            "phone" => Key::Phone(&value),
            _ => Key::ExternalId(&value),
        };
        let customer = cx.reader.customer_by(key).await?.filter(|customer| !customer.deleted);
        let customer = customer.ok_or(ToolError::NotFound { what: "customer" })?;
        Ok(Outcome::Answer(Answer::new(map([("customer", whole(&customer, cx))]), &cx.vault)))
    }
}

impl Code for CustomerGet {
    const SPEC: Spec = Spec {
        name: "customer_get",
        about: "Read one customer: contacts, custom attributes, counts of conversations, and whether an unmasking window is \
                open. Masked values need customer_unmask first.",
        words: "profile details contact read",
        effect: Effect::Read,
        polls: false,
        params: &[Param::must("customer_id", Kind::Words(64), "The customer's id.")],
        example: r#"{"customer_id": "66a1f0c2b7d4e9001c3a5f10"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let customer = cx.reader.customer(&CustomerId::new(arguments.must("customer_id")?)).await?;
        Ok(Outcome::Answer(Answer::new(map([("customer", whole(&customer, cx))]), &cx.vault)))
    }
}

impl Code for CustomerResolve {
    const SPEC: Spec = Spec {
        name: "customer_resolve",
        about: "Check which external ids (tenant ids, account numbers) belong to customers: how many do, and which ids are \
                unknown. Use it before kobject_bulk_create.",
        words: "map tenants tenant ids check bulk external",
        effect: Effect::Read,
        polls: false,
        params: &[Param::must("external_ids", Kind::List(2_000), "The ids, as given by the person.")],
        example: r#"{"external_ids": ["TEN-10001", "TEN-10002"]}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let written = arguments.list("external_ids");
        let ids = written.iter().map(|id| cx.fill(id)).collect::<Result<Vec<_>, _>>()?;
        // Told back as they were written: veiled, a guess of a personal value would come back as its placeholder.
        let as_written = |id: &str| {
            let place = ids.iter().position(|given| given.trim() == id);
            answer::echo(place.and_then(|place| written.get(place)).map_or("", String::as_str))
        };
        let resolved = cx.reader.resolve_external_ids(&ids).await?;
        let known: Vec<&CustomerId> = resolved.iter().filter_map(|(_, customer)| customer.as_ref()).collect();
        let mut customers = known.clone();
        customers.sort_unstable();
        customers.dedup();
        let unknown = resolved.iter().filter(|(_, customer)| customer.is_none());
        let shown = map([
            ("found", own(known.len())),
            ("unknown", list(unknown, |(id, _)| as_written(id))),
            ("customers", own(customers.len())),
            ("repeated", own(ids.len().saturating_sub(resolved.len()))),
        ]);
        Ok(Outcome::Answer(Answer::new(shown, &cx.vault)))
    }
}

fn contacts(customer: &Customer, kind: ContactKind) -> Shown {
    let show = |contact: &Contact| Shown::Guarded(contact.value.clone(), kind.word().into(), Some(customer.id.clone()));
    list(customer.contacts_of(kind), show)
}

/// A customer in a list.
pub(super) fn summary(customer: &Customer) -> Shown {
    map([
        ("id", own(customer.id.as_str())),
        ("name", answer::name(customer, false)),
        ("emails", contacts(customer, ContactKind::Email)),
        ("phones", contacts(customer, ContactKind::Phone)),
        ("external_id", maybe(customer.external_id.as_ref(), short)),
        ("open_conversations", own(customer.counts[1])),
        ("company", maybe(customer.company.as_ref(), short)),
    ])
}

/// A customer by itself.
pub(super) fn whole(customer: &Customer, cx: &Cx) -> Shown {
    let [all, open, snoozed, done] = customer.counts;
    let window = customer.window.as_ref().filter(|window| window.is_open(cx.clock.now()));
    map([
        ("id", own(customer.id.as_str())),
        ("name", answer::name(customer, true)),
        ("external_id", maybe(customer.external_id.as_ref(), short)),
        ("company", maybe(customer.company.as_ref(), short)),
        ("emails", contacts(customer, ContactKind::Email)),
        ("phones", contacts(customer, ContactKind::Phone)),
        ("whatsapps", contacts(customer, ContactKind::Whatsapp)),
        ("custom", answer::fields(&customer.custom, Some(&customer.id))),
        (
            "conversation_counts",
            map([("all", own(all)), ("open", own(open)), ("snoozed", own(snoozed)), ("done", own(done))]),
        ),
        (
            "unmasking_window",
            map([("open", own(window.is_some())), ("until", time(window.and_then(|window| window.end)))]),
        ),
        ("last_activity_at", time(customer.last_activity)),
    ])
}

/// A customer's name for a card; a change is proposed without it when it cannot be read.
pub(super) async fn name_of(id: Option<&CustomerId>, cx: &Cx) -> Option<crate::domain::Text> {
    let read = future::OptionFuture::from(id.map(|id| cx.reader.customer(id))).await?;
    read.ok().map(|customer| customer.name)
}
