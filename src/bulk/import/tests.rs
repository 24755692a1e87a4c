//! From files to plans, against the simulated desk where rows need it: what a plan holds is what the file says, row by row.

use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::{compute, form::Formed, make, *};
use crate::{
    bulk::{Counts, Drafting, LeftOut, Plan, PlanId, PlannedRow, Resource, Verb, plan::Wired},
    clock::Clock,
    domain::{Attribute, AttributeKind, KlassName, Text},
    kustomer::{Key, Reader},
    privacy::Seal,
    sandbox::{self, Running},
    transport::{Endpoint, Transport},
};

fn reader_at(base: &str, key: &str) -> Reader {
    let endpoint = Endpoint { base: base.to_owned(), key: SecretString::from(key) };
    let clock = Clock::real();
    Reader::new(Transport::new(endpoint, clock.clone()).expect("loopback is accepted"), clock)
}

/// Tenants of the desk with the usual seed.
const TENANTS: [&str; 12] = [
    "TEN-17920",
    "TEN-33758",
    "TEN-49596",
    "TEN-30867",
    "TEN-62543",
    "TEN-78381",
    "TEN-94219",
    "TEN-20057",
    "TEN-27976",
    "TEN-43814",
    "TEN-91328",
    "TEN-17166",
];

/// A reader nobody answers: what needs no desk must not ask one.
fn alone() -> Reader {
    reader_at("http://127.0.0.1:9", "k")
}

async fn desk() -> (Running, Reader) {
    let running = sandbox::start(sandbox::Options::default()).await.expect("a desk");
    let ready = running.ready();
    let reader = reader_at(&ready.kustomer, &ready.api_key);
    (running, reader)
}

fn now() -> Timestamp {
    "2025-03-04T10:15:00Z".parse().expect("a moment")
}

fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// One import of a text, and the plan it makes.
struct Tried<'a> {
    fields: Fields,
    mode: Mode,
    asked: Asked,
    text: &'a str,
}

impl Tried<'_> {
    async fn plan(&self, folder: &std::path::Path, reader: &Reader, bad: &mut Option<Bad>) -> Plan {
        let table = Table::detect(Input::pasted(self.text).expect("input"), &Wishes::default()).expect("a table");
        let sample: Vec<Row> = table.rows().expect("rows").take(20).map(|row| row.expect("a row")).collect();
        let mapping =
            Mapping::make(&table.header, &sample, &self.fields, self.mode, &self.asked, None).expect("a mapping");
        let seal = Seal::under(&SecretString::from("k"), "desk").expect("a seal");
        let resource = self.fields.resource().clone();
        let drafting = Drafting::begin(folder, &seal, "desk", PlanId::new(), resource, "pasted", now()).expect("begun");
        let moments = make::moments(now());
        let import =
            Import { table: &table, fields: &self.fields, mapping: &mapping, mode: self.mode, moments, clears: false };
        import.draft(reader, drafting, bad, |_| ()).await.expect("a plan")
    }
}

fn rows(plan: &Plan) -> Vec<PlannedRow> {
    plan.rows(0, 100_000).expect("rows").rows
}

fn reasons(plan: &Plan) -> Vec<(u64, String)> {
    let invalid = plan.left_outs(0, 100_000).expect("rows").rows.into_iter();
    let faults = invalid.filter_map(|row| match row.why {
        LeftOut::Invalid(faults) => Some((row.number, format!("{}: {}", faults[0].column, faults[0].reason))),
        LeftOut::Unchanged | LeftOut::Skipped(_) => None,
    });
    faults.collect()
}

fn order_fields() -> Fields {
    let mut custom = ["statusStr", "totalNum", "paidBool", "placedAt", "noteTxt"].map(Attribute::undescribed);
    custom[0].enumeration = vec!["open".into(), "shipped".into()];
    Fields::of(Resource::Kobjects(KlassName::new("order")), &custom)
}

#[tokio::test]
async fn a_file_without_references_needs_no_desk_and_bad_rows_come_back_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "Title,External ID,Total,Paid,Placed\n\
        Order 1,7731,64.5,yes,31.12.2025\n\
        =cmd(),7732,abc,yes,31.12.2025\n\
        Order 3,7731,7,no,tomorrow 9am\n\
        ,7734,7,no,soon\n\
        Order 5,7735,,,\n";
    let asked =
        Asked { columns: Vec::new(), computed: pairs(&[("statusStr", "'shipped' if Paid == 'yes' else 'open'")]) };
    let tried = Tried { fields: order_fields(), mode: Mode::Create, asked, text };
    let file = folder.path().join("bad.csv");
    let mut bad = Some(Bad::to(&file, &["Title", "External ID", "Total", "Paid", "Placed"].map(str::to_owned)));
    let plan = tried.plan(folder.path(), &alone(), &mut bad).await;
    let counts = Counts { create: 2, invalid: 3, ..Counts::default() };
    assert_eq!(plan.counts(), counts);
    let expected = json!({"title": "Order 1", "custom": {"totalNum": 64.5, "paidBool": true, "statusStr": "shipped",
        "placedAt": "2025-12-31T00:00:00.000Z"}});
    assert_eq!(Value::Object(rows(&plan)[0].body.clone()), expected);
    assert_eq!(rows(&plan).iter().map(|row| row.number).collect::<Vec<_>>(), [2, 6]);
    let said = reasons(&plan);
    assert_eq!(said[0], (3, "Total: it is no number".to_owned()));
    assert_eq!(said[1], (4, "external id: row 2 has the same external id".to_owned()));
    assert!(said[2].1.starts_with("Placed: it is no date"), "{said:?}");
    assert_eq!(bad.take().expect("a file").finish().expect("written"), 3);
    let written = std::fs::read_to_string(&file).expect("a file");
    assert!(written.contains("'=cmd(),7732"), "{written}");
    let mended =
        written.replace("abc", "8").replace("soon", "2025-01-01").replace("7731", "7733").replace("\n,", "\nD,");
    let tried = Tried { text: &mended, asked: Asked::default(), fields: order_fields(), ..tried };
    let again = tried.plan(folder.path(), &alone(), &mut None).await;
    assert_eq!((again.counts().create, again.counts().invalid), (3, 0), "{:?}", reasons(&again));
    assert_eq!(rows(&again)[0].body["title"], "=cmd()");
}

#[tokio::test]
async fn tenants_are_found_by_a_list_or_a_table_and_make_the_same_rows() {
    let (running, reader) = desk().await;
    let folder = tempfile::tempdir().expect("a folder");
    let ids: Vec<String> = TENANTS.iter().chain(&["TEN-99999"]).map(|id| (*id).to_owned()).collect();
    let klass = reader.klass(&KlassName::new("service_outage")).await.expect("a klass");
    let fields = Fields::of(Resource::Kobjects(klass.name), &klass.attributes);
    let computed = pairs(&[("title", "'EU-West outage'")]);
    let list = ids.join("\n");
    let table = format!("Tenant ID;Name\n{}", ids.iter().map(|id| format!("{id};x\n")).collect::<String>());
    let mut plans = Vec::new();
    for (text, columns) in [(list.as_str(), pairs(&[])), (table.as_str(), pairs(&[("Name", "")]))] {
        let asked = Asked { columns, computed: computed.clone() };
        let tried = Tried { fields: fields.clone(), mode: Mode::Create, asked, text };
        plans.push(tried.plan(folder.path(), &reader, &mut None).await);
    }
    let bodies = |plan: &Plan| rows(plan).into_iter().map(|row| row.body).collect::<Vec<_>>();
    assert_eq!(bodies(&plans[0]), bodies(&plans[1]));
    let known = reader.resolve_external_ids(&ids).await.expect("resolved");
    let customers: Vec<Value> = known.iter().filter_map(|(_, id)| id.as_ref()).map(|id| json!(id)).collect();
    assert_eq!(customers.len(), TENANTS.len(), "tenants there are");
    assert_eq!(bodies(&plans[0]).iter().map(|body| body["customer"].clone()).collect::<Vec<_>>(), customers);
    let unknown = known.iter().filter(|(_, id)| id.is_none()).count();
    assert_eq!(reasons(&plans[0]).len(), unknown);
    assert!(reasons(&plans[0]).last().is_some_and(|(_, why)| why.contains("no customer has this external id")));
    running.shutdown().await;
}

#[tokio::test]
async fn an_update_sends_what_differs_and_knows_what_was_there() {
    let (running, reader) = desk().await;
    let folder = tempfile::tempdir().expect("a folder");
    let ids: Vec<String> = TENANTS[..2].iter().map(|id| (*id).to_owned()).collect();
    let found = reader.resolve_external_ids(&ids).await.expect("resolved");
    let mut records = Vec::new();
    for id in found.iter().filter_map(|(_, id)| id.clone()) {
        let record = reader.record(format!("/v1/customers/{id}")).await.expect("read").expect("there");
        records.push(record);
    }
    let [first, second] = records.as_slice() else { unreachable!("two tenants") };
    let name = |record: &crate::kustomer::changes::Record| {
        record.attribute("name").and_then(Value::as_str).map(str::to_owned).expect("a name")
    };
    let text = format!(
        "id,name,timeZone\n{},{},Asia/Tokyo\n{},{},\n{},x,\n",
        first.id(),
        name(first),
        second.id(),
        name(second),
        "66a1f0c2b7d4e9001c3affff"
    );
    let fields = Fields::of(Resource::Customers, &[]);
    let tried = Tried { fields, mode: Mode::Update, asked: Asked::default(), text: &text };
    let plan = tried.plan(folder.path(), &reader, &mut None).await;
    assert_eq!(plan.counts(), Counts { update: 1, unchanged: 1, invalid: 1, ..Counts::default() });
    let row = &rows(&plan)[0];
    let company = first.company().map_or(Value::Null, Value::from);
    assert_eq!(row.body, map(&json!({"timeZone": "Asia/Tokyo", "company": company})));
    assert_eq!(row.before.get("timeZone"), Some(first.attribute("timeZone").unwrap_or(&Value::Null)));
    assert_eq!((row.id.as_deref(), row.rev), (Some(first.id()), first.rev()));
    assert_eq!(reasons(&plan), [(4, "id: none of the customers has it".to_owned())]);
    let mask = r#"{"isMasked": true, "maskedPresentation": "****@x.example"}"#;
    let back = format!(r#"[{{"id": "{}", "timeZone": "Asia/Seoul", "emails": [{{"email": {mask}}}]}}]"#, first.id());
    let tried = Tried { text: &back, ..tried };
    let plan = tried.plan(folder.path(), &reader, &mut None).await;
    assert!(!rows(&plan)[0].body.contains_key("emails"), "a mask is no wish");
    assert!(plan.warnings().iter().any(|words| words.contains("hold a mask")), "{:?}", plan.warnings());
    let upsert = format!("externalId,name\n{},Somebody Else\nNEW-1,Nova Quill\n", TENANTS[0]);
    let tried = Tried { mode: Mode::Upsert, text: &upsert, ..tried };
    let plan = tried.plan(folder.path(), &reader, &mut None).await;
    let verbs: Vec<(u64, Verb)> = rows(&plan).iter().map(|row| (row.number, row.verb)).collect();
    assert_eq!(verbs, [(3, Verb::Create), (2, Verb::Update)]);
    running.shutdown().await;
}

#[tokio::test]
async fn addresses_find_customers_masked_or_not_and_stay_out_of_reasons() {
    let (running, reader) = desk().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut known = Vec::new();
    let all = reader.search_customers(&everybody(), 40).await.expect("customers");
    for customer in &all.rows {
        let email =
            customer.contacts.iter().find_map(|contact| contact.value.clear().map(|value| value.expose().to_owned()));
        known.extend(email.filter(|email| email.contains('@')).map(|email| (email, customer.id.clone())));
    }
    let (email, owner) =
        known.first().cloned().unwrap_or_else(|| ("nobody@quill.example".to_owned(), all.rows[0].id.clone()));
    let text =
        format!("Title,E-Mail\nOne,{}\nTwo,no.such.person@quill.example\nThree,nonsense\n", email.to_uppercase());
    let tried = Tried { fields: order_fields(), mode: Mode::Create, asked: Asked::default(), text: &text };
    let plan = tried.plan(folder.path(), &reader, &mut None).await;
    let by_key = reader.customer_by(Key::Email(&email)).await.expect("asked").map(|customer| customer.id);
    assert_eq!(rows(&plan).first().map(|row| row.body["customer"].clone()), by_key.map(|id| json!(id)));
    if !known.is_empty() {
        assert_eq!(rows(&plan)[0].body["customer"], json!(owner));
    }
    let left = plan.left_outs(0, 10).expect("rows").rows;
    let said = format!("{left:?}");
    assert!(said.contains("no customer has this e-mail address") && !said.contains("no.such.person@"), "{said}");
    running.shutdown().await;
}

fn everybody() -> crate::kustomer::search::Query {
    use crate::kustomer::search::{Attributes, Context, Query, Scope};
    let (zone, attributes) = (jiff::tz::TimeZone::UTC, Attributes::default());
    let scope =
        Scope { context: &Context::Customer, now: now(), zone: &zone, names: None, me: None, attributes: &attributes };
    Query::parse("created<1d", &scope).expect("a query")
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// A klass with a hundred attributes: every suffix, names of every script, listed values, sensitive ones, unknown types.
fn wide() -> Vec<Attribute> {
    const STEMS: [&str; 7] = ["größe", "цвет", "颜色", "emoji😀", "a b", "x", "naïve\u{301}"];
    const SUFFIXES: [&str; 9] = ["Str", "Txt", "Num", "Bool", "At", "Url", "Id", "Tree", "Odd"];
    (0..100)
        .map(|n| {
            let mut attribute = Attribute::undescribed(&format!("{}{n}{}", STEMS[n % 7], SUFFIXES[n % 9]));
            attribute.label = Text::new(format!("{} № {n}\u{202e}", STEMS[(n + 3) % 7]));
            attribute.sensitive = n % 11 == 0;
            if n % 13 == 0 {
                attribute.enumeration = vec!["".into(), "gold".into(), "\u{0}".into()];
            }
            attribute
        })
        .collect()
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!({"isMasked": true, "maskedPresentation": "****22"})),
        Just(json!("****22")),
        Just(json!(["66a1f0c2b7d4e9001c3a5f10", 7, {"deep": [null]}])),
        Just(json!("2025-03-01T09:30:00Z")),
        Just(json!("66a1f0c2b7d4e9001c3a5f10")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A klass with a hundred attributes takes any values without a panic, and what is sent holds no mask.
    #[test]
    fn a_wide_klass_takes_any_values(values in prop::collection::vec(any_value(), 103)) {
        let attributes = wide();
        let fields = Fields::of(Resource::Kobjects(KlassName::new("wide")), &attributes);
        let names = attributes.iter().map(|attribute| format!("custom.{}", attribute.name)).chain(["title", "tags", "data"].map(str::to_owned));
        let record: Map<String, Value> = names.clone().zip(values).collect();
        let text = json!([record, {"title": "the other"}]).to_string();
        let table = Table::detect(Input::pasted(text).expect("input"), &Wishes::default()).expect("a table");
        let mapping = Mapping::make(&table.header, &[], &fields, Mode::Create, &Asked::default(), None).expect("a mapping");
        let writable = attributes.iter().filter(|attribute| attribute.kind != AttributeKind::Unknown).count();
        prop_assert_eq!(mapping.columns.iter().flatten().count(), writable + 3);
        let mut former = Former::new(&table.header, &fields, &mapping, Mode::Create, make::moments(now()), false);
        let formed: Vec<Formed> = table.rows().expect("rows").map(|row| former.form(row.expect("a row"))).collect();
        for row in formed.iter().filter(|row| row.faults.is_empty()) {
            prop_assert!(!Value::Object(row.body.clone()).to_string().contains("isMasked"));
        }
        prop_assert!(formed[1].faults.is_empty());
    }

    /// What is previewed is what is sent: each row of a file is a row of the plan, its cells its values, and the requests hold
    /// the plan's rows, all of them, in their order, and nothing else.
    #[test]
    fn a_plan_holds_what_the_file_says(
        orders in prop::collection::vec(("[a-zé]{1,8}", prop::option::of(-1000_i64..1000), prop::option::of(any::<bool>()), "[a-z ]{0,5}"), 1..250),
        skips in 1_u64..7,
    ) {
        let mut text = "title,externalId,totalNum,paidBool,noteTxt\n".to_owned();
        for (n, (title, total, paid, note)) in orders.iter().enumerate() {
            let total = if n as u64 % skips == 5 { "x".to_owned() } else { total.map(|total| total.to_string()).unwrap_or_default() };
            text.push_str(&format!("{title},E-{n},{total},{},{note}\n", paid.map(|paid| paid.to_string()).unwrap_or_default()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let tried = Tried { fields: order_fields(), mode: Mode::Create, asked: Asked::default(), text: &text };
        let plan = runtime.block_on(tried.plan(folder.path(), &alone(), &mut None));
        let sent = rows(&plan);
        prop_assert_eq!(plan.counts().create as usize, sent.len());
        prop_assert_eq!(plan.counts().create + plan.counts().invalid, orders.len() as u64);
        let mut on_the_wire = Vec::new();
        for batch in 0..plan.batches() {
            let of_batch = plan.rows_of(batch).expect("rows");
            let wired = Wired::of(plan.resource(), Verb::Create, &of_batch);
            let body: Value = serde_json::from_slice(&wired.body.expect("a body")).expect("JSON");
            on_the_wire.extend(body.as_array().cloned().expect("a list"));
        }
        prop_assert_eq!(&on_the_wire, &sent.iter().map(PlannedRow::item).collect::<Vec<_>>());
        for item in on_the_wire {
            let n: usize = item["externalId"].as_str().and_then(|id| id.strip_prefix("E-")).and_then(|n| n.parse().ok()).expect("its row");
            let (title, total, paid, note) = &orders[n];
            let mut custom = Map::new();
            custom.extend(total.map(|total| ("totalNum".to_owned(), json!(total))));
            custom.extend(paid.map(|paid| ("paidBool".to_owned(), json!(paid))));
            let note = note.trim();
            custom.extend((!note.is_empty()).then(|| ("noteTxt".to_owned(), json!(note))));
            let expected = if custom.is_empty() { Value::Null } else { Value::Object(custom) };
            prop_assert_eq!(item["title"].as_str(), Some(title.as_str()));
            prop_assert_eq!(item.get("custom").cloned().unwrap_or(Value::Null), expected);
            prop_assert_eq!(&item["_clientRef"], &json!(format!("row-{}", n + 2)));
        }
    }
}

#[test]
fn a_computed_field_fails_at_its_row_and_column() {
    let header = ["title", "total"].map(str::to_owned);
    let asked = Asked { columns: pairs(&[("total", "")]), computed: pairs(&[("totalNum", "times(num(total), 2)")]) };
    let fields = order_fields();
    let mapping = Mapping::make(&header, &[], &fields, Mode::Create, &asked, None).expect("a mapping");
    let mut former = Former::new(&header, &fields, &mapping, Mode::Create, make::moments(now()), false);
    let mut form = |number, total: &str| {
        former.form(Row { number, cells: vec![Cell::words("a"), Cell::words(total)], flaw: None })
    };
    assert_eq!(form(2, "3.5").body["custom"]["totalNum"], json!(7));
    let fault = form(3, "many").faults.remove(0);
    assert_eq!((fault.column.as_str(), fault.reason.as_str()), ("custom.totalNum", "num takes a number"));
    let _ = compute::Computed::of(&[], &header).expect("none");
}
