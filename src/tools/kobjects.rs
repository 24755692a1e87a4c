//! Owns the tools that look at klasses and KObjects. Knows no klass by name: columns come from metadata.

use super::{
    Answer, Code, Cx, Kind, Outcome, Param, Spec, ToolError,
    answer::{self, Listing, Shown, list, map, maybe, own, short, time},
    params::Arguments,
};
use crate::{
    approval::Effect,
    domain::{Attribute, AttributeKind, CustomerId, KlassName, Kobject},
};

/// Lists the org's klasses.
pub(super) struct KlassList;
/// Lists KObjects of one klass.
pub(super) struct KobjectList;

impl Code for KlassList {
    const SPEC: Spec = Spec {
        name: "klass_list",
        about: "List the klasses of this org (kinds of records such as order or return) with their attributes and allowed \
                values. Use it before kobject_bulk_create.",
        words: "schema custom objects types attributes",
        effect: Effect::Read,
        polls: false,
        params: &[],
        example: "{}",
    };

    async fn run(_arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let klasses = cx.reader.klasses().await?;
        let shown = Listing::whole("klasses", 60, None).show(&klasses, |klass| {
            map([
                ("klass", own(klass.name.as_str())),
                ("label", short(&klass.label)),
                ("attributes", list(klass.attributes.iter().take(60), attribute)),
            ])
        });
        Ok(Outcome::Answer(Answer::new(shown, &cx.vault)))
    }
}

impl Code for KobjectList {
    const SPEC: Spec = Spec {
        name: "kobject_list",
        about: "List KObjects of one klass: a customer's (customer_id), the one with an external id such as an order number \
                (external_id), or the newest of the org.",
        words: "custom objects records orders order returns look up status",
        effect: Effect::Read,
        polls: false,
        params: &[
            Param::must("klass", Kind::Words(128), "The klass's name, for instance order."),
            Param::may("customer_id", Kind::Words(64), "Only this customer's."),
            Param::may("external_id", Kind::Words(256), "Exactly this one."),
            Param::may("limit", Kind::Count(50), "10 unless told."),
        ],
        example: r#"{"klass": "order", "customer_id": "66a1f0c2b7d4e9001c3a5f10"}"#,
    };

    async fn run(arguments: Arguments, cx: &Cx) -> Result<Outcome, ToolError> {
        let klass = KlassName::new(arguments.must("klass")?);
        let customer = arguments.words("customer_id").map(CustomerId::new);
        let (mut rows, total) = match (arguments.words("external_id"), &customer) {
            (Some(external_id), owner) => {
                let found = cx.reader.kobject_by_external_id(&klass, &cx.fill(external_id)?).await?;
                let kept = |row: &Kobject| owner.is_none() || row.customer.is_none() || row.customer == *owner;
                let rows: Vec<Kobject> = found.into_iter().filter(kept).collect();
                let total = Some(rows.len() as u64);
                (rows, total)
            }
            (None, Some(customer)) => {
                let rows = cx.reader.kobjects_of(customer, &klass).await?;
                let total = Some(rows.len() as u64);
                (rows, total)
            }
            (None, None) => {
                let page = cx.reader.kobjects(&klass, 1).await?;
                let total = page.total.or((!page.more).then_some(page.rows.len() as u64));
                (page.rows, total)
            }
        };
        rows.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| a.id.cmp(&b.id)));
        let limit = arguments.count("limit", 10);
        let listing =
            Listing { total, more: total.is_none(), ..Listing::whole("kobjects", limit, Some("kobject_get")) };
        let shown = listing.show(&rows, row_of);
        Ok(Outcome::Answer(Answer::new(shown, &cx.vault)))
    }
}

/// A record with its attributes.
pub(super) fn row_of(kobject: &Kobject) -> Shown {
    map([
        ("id", own(kobject.id.as_str())),
        ("title", short(&kobject.title)),
        ("external_id", maybe(kobject.external_id.as_ref(), short)),
        ("customer_id", maybe(kobject.customer.as_ref().map(CustomerId::as_str), own)),
        ("custom", answer::fields(&kobject.custom, kobject.customer.as_ref())),
        ("created_at", time(kobject.created)),
        ("updated_at", time(kobject.updated)),
    ])
}

/// An attribute as metadata describes it.
pub(super) fn attribute(attribute: &Attribute) -> Shown {
    let allowed = &attribute.enumeration;
    map([
        ("name", Shown::Words(attribute.name.clone(), answer::SHORT)),
        ("label", short(&attribute.label)),
        ("type", own(kind_word(attribute.kind))),
        ("allowed", if allowed.is_empty() { Shown::Absent } else { list(allowed.iter().take(40), short) }),
        ("sensitive", if attribute.sensitive { own(true) } else { Shown::Absent }),
    ])
}

fn kind_word(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::Str | AttributeKind::Txt => "text",
        AttributeKind::Num => "number",
        AttributeKind::Bool => "true or false",
        AttributeKind::At => "time (ISO 8601)",
        AttributeKind::Url => "address",
        AttributeKind::Id => "id of another record",
        AttributeKind::Tree => "path in a tree",
        AttributeKind::Unknown => "unknown",
    }
}
