//! Owns what a customer holds: orders, returns, a subscription, flight incidents, outages, and the `KObject` records of them.
//! Does not own the klasses' attributes (`klasses.json`) nor the conversations about them (`threads`).
//!
//! Invariant: a return names its order and the order names its return; every attribute written is one the klass has.

use serde_json::{Value, json};

use super::{
    Plan,
    ids::{self, Space},
    material::material,
    object,
    people::Person,
    rng::Rng,
    stamp,
};
use crate::sandbox::doc::{Doc, Kind};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// All a customer holds.
#[derive(Debug)]
pub(super) struct Holdings {
    pub orders: Vec<Order>,
    pub flight: Option<Flight>,
    pub plan: Option<Subscription>,
    outage: Option<(i64, i64)>,
}

/// An order, before its record is written.
#[derive(Debug)]
pub(super) struct Order {
    id: String,
    pub number: String,
    pub status: &'static str,
    pub product: &'static str,
    pub tracking: String,
    pub carrier: &'static str,
    pub total: f64,
    pub placed: i64,
    expected: i64,
    items: i64,
    gift: bool,
    sent_back: Option<SentBack>,
}

#[derive(Debug)]
struct SentBack {
    id: String,
    status: &'static str,
    reason: &'static str,
}

/// A flight that went wrong.
#[derive(Debug)]
pub(super) struct Flight {
    pub number: String,
    pub booking: String,
    kind: &'static str,
    scheduled: i64,
    delay: i64,
    claimed: bool,
}

/// A running or ended subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub plan: &'static str,
    pub price: f64,
    status: &'static str,
    seats: i64,
    started: i64,
    renews: i64,
}

/// Where the numbers of external ids start: orders (at most [`MOST_ORDERS`] a customer) and their returns, subscriptions,
/// flight incidents, outages.
const FIRST_ORDER: usize = 40_000;
const MOST_ORDERS: usize = 4;
const FIRST_SUBSCRIPTION: usize = 100_000;
const FIRST_FLIGHT: usize = 5_000;
const FIRST_OUTAGE: usize = 700;

/// The customers who can hold something of this external id.
pub(super) fn with_external_id(external_id: &str) -> Vec<usize> {
    let kinds = [
        ("", FIRST_ORDER, MOST_ORDERS),
        ("R", FIRST_ORDER, MOST_ORDERS),
        ("SUB-", FIRST_SUBSCRIPTION, 1),
        ("FI-", FIRST_FLIGHT, 1),
        ("OUT-", FIRST_OUTAGE, 1),
    ];
    let holder = |(prefix, first, each)| {
        let number: usize = external_id.strip_prefix(prefix)?.parse().ok()?;
        Some(number.checked_sub(first)? / each)
    };
    kinds.into_iter().filter_map(holder).collect()
}

/// How often an order of those not written out stands at which status.
const STATUSES: [(&str, usize); 9] = [
    ("delivered", 34),
    ("delayed", 16),
    ("shipped", 14),
    ("out_for_delivery", 6),
    ("packed", 6),
    ("placed", 6),
    ("returned", 10),
    ("cancelled", 5),
    ("lost", 3),
];

impl Order {
    /// Whether its customer has a reason to ask where it is.
    pub(super) fn is_late(&self) -> bool {
        matches!(self.status, "delayed" | "lost")
    }
}

/// What the customer holds.
pub(super) fn holdings(plan: &Plan, person: &Person) -> Holdings {
    let mut rng = Rng::new(plan.seed, 2, person.index as u64);
    Holdings {
        orders: orders(plan, person, &mut rng),
        flight: rng.chance(14).then(|| flight(plan, &mut rng)),
        plan: (person.region.is_some() || rng.chance(15)).then(|| subscription(plan, &mut rng)),
        outage: (person.region.is_some() && rng.chance(9))
            .then(|| (plan.now_ms - rng.between(20 * DAY, 200 * DAY), rng.between(12, 190))),
    }
}

fn orders(plan: &Plan, person: &Person, rng: &mut Rng) -> Vec<Order> {
    let written: &[String] = person.role.map_or(&[], |role| &role.orders);
    let count = match written.len() {
        0 if rng.chance(64) => rng.below(MOST_ORDERS) + 1,
        written => written,
    };
    (0..count)
        .map(|position| {
            let status = written.get(position).map(String::as_str);
            order(
                plan,
                person,
                position,
                status.unwrap_or_else(|| rng.weighted(&STATUSES, |(_, weight)| *weight).0),
                rng,
            )
        })
        .collect()
}

fn order(plan: &Plan, person: &Person, position: usize, status: &'static str, rng: &mut Rng) -> Order {
    let goods = &material().goods;
    let id = |space| ids::derived(plan.seed, space, person.index as u64, position as u64);
    let age = match status {
        "placed" | "packed" => rng.between(2 * HOUR, 2 * DAY),
        "shipped" | "out_for_delivery" => rng.between(2 * DAY, 5 * DAY),
        "delayed" | "lost" => rng.between(9 * DAY, 24 * DAY),
        _ => rng.between(20 * DAY, 400 * DAY),
    };
    let sent_back = (status == "returned").then(|| SentBack {
        id: id(Space::Return),
        status: rng.word(&["requested", "label_sent", "in_transit", "received", "refunded", "refused"]),
        reason: rng.word(&["damaged", "wrong_item", "too_late", "not_as_described", "changed_mind"]),
    });
    Order {
        id: id(Space::Order),
        number: (FIRST_ORDER + person.index * MOST_ORDERS + position).to_string(),
        status,
        product: rng.pick(&goods.products).as_str(),
        tracking: format!("{}{:09}", rng.word(&["SP", "NK", "BV", "PP"]), rng.below(1_000_000_000)),
        carrier: rng.pick(&goods.carriers).as_str(),
        total: rng.between(990, 48_000) as f64 / 100.0,
        placed: plan.now_ms - age,
        expected: plan.now_ms - age + rng.between(3 * DAY, 7 * DAY),
        items: rng.between(1, 6),
        gift: rng.chance(12),
        sent_back,
    }
}

fn flight(plan: &Plan, rng: &mut Rng) -> Flight {
    const LETTERS: [&str; 12] = ["A", "C", "D", "E", "F", "H", "K", "M", "P", "R", "T", "X"];
    let letters: String = (0..3).map(|_| rng.word(&LETTERS)).collect();
    Flight {
        number: format!("{}{}", rng.pick(&material().goods.airlines), rng.between(100, 999)),
        booking: format!("{letters}{:03}", rng.below(1000)),
        kind: rng.word(&["cancelled", "delayed", "diverted", "baggage_lost", "downgraded"]),
        scheduled: plan.now_ms - rng.between(-DAY, 60 * DAY),
        delay: rng.between(35, 900),
        claimed: rng.chance(40),
    }
}

fn subscription(plan: &Plan, rng: &mut Rng) -> Subscription {
    let goods = &material().goods;
    let level = rng.below(goods.plans.len());
    Subscription {
        plan: &goods.plans[level],
        price: goods.prices[level],
        status: rng.word(&["active", "active", "active", "active", "trial", "past_due", "paused", "cancelled"]),
        seats: rng.between(1, 80),
        started: plan.now_ms - rng.between(30 * DAY, 900 * DAY),
        renews: plan.now_ms + rng.between(DAY, 180 * DAY),
    }
}

/// The `KObject` records of what a customer holds.
pub(super) fn docs(plan: &Plan, person: &Person, held: &Holdings) -> Vec<Doc> {
    let mut docs = Vec::new();
    for order in &held.orders {
        docs.push(order_doc(plan, person, order));
        docs.extend(order.sent_back.as_ref().map(|back| return_doc(plan, person, order, back)));
    }
    docs.extend(held.plan.as_ref().map(|held| subscription_doc(plan, person, held)));
    docs.extend(held.flight.as_ref().map(|flight| flight_doc(plan, person, flight)));
    docs.extend(held.outage.map(|outage| outage_doc(plan, person, outage)));
    docs
}

/// What every `KObject` record has in common.
struct Record {
    klass: &'static str,
    id: String,
    title: String,
    external_id: String,
    created: i64,
    updated: i64,
    custom: Value,
}

fn kobject(person: &Person, record: Record) -> Doc {
    let klass = material().klasses.klasses.iter().find(|klass| klass["name"] == record.klass);
    let klass = klass.expect("the bundled klasses are the five this file writes");
    let mut doc = Doc::new(Kind::Kobject, record.id);
    doc.attributes = object(json!({
        "title": record.title,
        "externalId": record.external_id,
        "icon": klass["icon"],
        "images": [],
        "tags": [],
        "rev": 0,
        "klassDisplayName": klass["displayName"],
        "custom": record.custom,
        "createdAt": stamp(record.created),
        "updatedAt": stamp(record.updated),
    }));
    doc.related.insert("klass".into(), (Kind::Klass, record.klass.into()));
    doc.related.insert("customer".into(), (Kind::Customer, person.id.clone()));
    if let Some(company) = &person.company {
        doc.related.insert("company".into(), (Kind::Company, company.id.clone()));
    }
    doc
}

fn order_doc(plan: &Plan, person: &Person, order: &Order) -> Doc {
    let mut custom = object(json!({
        "orderStatusStr": order.status,
        "carrierStr": order.carrier,
        "totalPriceNum": order.total,
        "placedAt": stamp(order.placed),
        "expectedAt": stamp(order.expected),
        "itemsNum": order.items,
        "giftBool": order.gift,
        "invoiceUrl": format!("https://portal.example/invoices/{}.pdf", order.number),
        "deliveryNotesTxt": delivery_notes(order),
    }));
    if !matches!(order.status, "placed" | "packed" | "cancelled") {
        custom.insert("trackingNumberStr".into(), order.tracking.clone().into());
    }
    if let Some(back) = &order.sent_back {
        custom.insert("relatedReturnId".into(), back.id.clone().into());
    }
    kobject(
        person,
        Record {
            klass: "order",
            id: order.id.clone(),
            title: format!("Order #{}", order.number),
            external_id: order.number.clone(),
            created: order.placed,
            updated: (order.expected - DAY).clamp(order.placed, plan.now_ms.max(order.placed)),
            custom: Value::Object(custom),
        },
    )
}

fn delivery_notes(order: &Order) -> String {
    let item = order.product.trim_start_matches("the ");
    match order.status {
        "delayed" => format!("{item}\n{} reports a delay at the sorting depot.", order.carrier),
        "lost" => format!("{item}\n{} has had no scan for eight days; search opened.", order.carrier),
        "delivered" => format!("{item}\nHanded over at the door."),
        _ => item.to_owned(),
    }
}

fn return_doc(plan: &Plan, person: &Person, order: &Order, back: &SentBack) -> Doc {
    let requested = order.expected + 4 * DAY;
    let arrived = matches!(back.status, "received" | "refunded" | "refused");
    let mut custom = object(json!({
        "returnStatusStr": back.status,
        "reasonStr": back.reason,
        "refundAmountNum": order.total,
        "requestedAt": stamp(requested),
        "labelUrl": format!("https://portal.example/returns/R{}/label.pdf", order.number),
        "inspectedBool": arrived,
        "orderId": order.id,
    }));
    if arrived {
        custom.insert("receivedAt".into(), stamp(requested + 5 * DAY).into());
    }
    kobject(
        person,
        Record {
            klass: "return",
            id: back.id.clone(),
            title: format!("Return of order #{}", order.number),
            external_id: format!("R{}", order.number),
            created: requested.min(plan.now_ms),
            updated: (requested + 5 * DAY).min(plan.now_ms),
            custom: Value::Object(custom),
        },
    )
}

fn subscription_doc(plan: &Plan, person: &Person, held: &Subscription) -> Doc {
    kobject(
        person,
        Record {
            klass: "subscription",
            id: ids::derived(plan.seed, Space::Subscription, person.index as u64, 0),
            title: format!("Subscription, {}", held.plan),
            external_id: format!("SUB-{}", FIRST_SUBSCRIPTION + person.index),
            created: held.started,
            updated: (held.started + 20 * DAY).min(plan.now_ms),
            custom: json!({
                "planStr": held.plan,
                "subscriptionStatusStr": held.status,
                "monthlyPriceNum": held.price,
                "seatsNum": held.seats,
                "startedAt": stamp(held.started),
                "renewsAt": stamp(held.renews),
                "autoRenewBool": held.status == "active",
                "portalUrl": format!("https://portal.example/subscriptions/SUB-{}", FIRST_SUBSCRIPTION + person.index),
                "termsTxt": "Monthly, ends with the period.\nSeats are counted on the first of the month.",
            }),
        },
    )
}

fn flight_doc(plan: &Plan, person: &Person, flight: &Flight) -> Doc {
    let mut custom = object(json!({
        "flightNumberStr": flight.number,
        "incidentTypeStr": flight.kind,
        "delayMinutesNum": flight.delay,
        "scheduledAt": stamp(flight.scheduled),
        "claimedBool": flight.claimed,
        "bookingRefStr": flight.booking,
        "passengerNotesTxt": "Travels with hand baggage only unless stated.",
    }));
    if flight.kind == "cancelled" {
        custom.insert("rebookedAt".into(), stamp(flight.scheduled + flight.delay * MINUTE).into());
    }
    if flight.delay > 180 {
        custom.insert("compensationNum".into(), 250.into());
    }
    kobject(
        person,
        Record {
            klass: "flight_incident",
            id: ids::derived(plan.seed, Space::Flight, person.index as u64, 0),
            title: format!("{} {}", flight.number, flight.kind.replace('_', " ")),
            external_id: format!("FI-{}", FIRST_FLIGHT + person.index),
            created: flight.scheduled.min(plan.now_ms) - HOUR,
            updated: flight.scheduled.min(plan.now_ms),
            custom: Value::Object(custom),
        },
    )
}

fn outage_doc(plan: &Plan, person: &Person, (started, minutes): (i64, i64)) -> Doc {
    kobject(
        person,
        Record {
            klass: "service_outage",
            id: ids::derived(plan.seed, Space::Outage, person.index as u64, 0),
            title: format!("Outage for {}", person.external_id),
            external_id: format!("OUT-{}", FIRST_OUTAGE + person.index),
            created: started,
            updated: started + minutes * MINUTE,
            custom: json!({
                "clusterStr": person.region,
                "severityStr": if minutes > 90 { "critical" } else { "major" },
                "outageStatusStr": "resolved",
                "startedAt": stamp(started),
                "resolvedAt": stamp(started + minutes * MINUTE),
                "minutesDownNum": minutes,
                "creditDueBool": minutes > 30,
                "incidentUrl": format!("https://status.example/incidents/{}", FIRST_OUTAGE + person.index),
                "summaryTxt": "A failed switch-over in the storage layer; fixed by moving the tenant to another zone.",
            }),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed::people;

    const PLAN: Plan = Plan { seed: 11, customers: 320, now_ms: 1_767_225_600_000 };

    #[test]
    fn records_hold_only_attributes_their_klass_has_and_returns_and_orders_name_each_other() {
        let mut linked = 0;
        for index in 0..320 {
            let person = people::person(&PLAN, index);
            let docs = docs(&PLAN, &person, &holdings(&PLAN, &person));
            for doc in &docs {
                let klass = doc.klass().expect("a KObject");
                let known = &material().klasses.metadata[&format!("kobject.{klass}")]["properties"];
                let custom = doc.attributes["custom"].as_object().expect("an object");
                assert!(custom.keys().all(|key| known.get(key).is_some()), "{klass} {custom:?}");
                if let Some(back) = custom.get("relatedReturnId").and_then(Value::as_str) {
                    let back = docs.iter().find(|other| other.id == back).expect("the return is there");
                    assert_eq!(back.attributes["custom"]["orderId"], Value::from(doc.id.clone()));
                    linked += 1;
                }
            }
        }
        assert!(linked > 20, "{linked}");
    }

    #[test]
    fn at_least_four_in_ten_customers_have_orders() {
        let buyers = (0..320).filter(|&index| {
            let person = people::person(&PLAN, index);
            !holdings(&PLAN, &person).orders.is_empty()
        });
        assert!(buyers.count() > 128);
    }
}
