//! "An incident in EU-West": two hundred pasted ids, some unknown, some failing, one card with the true count.

use super::text;
use crate::harness::{Console, Desk, Home};

#[test]
fn one_card_one_count_and_every_failure_with_its_reason() {
    let (desk, home) = (Desk::start(&["--scale", "600"]), Home::new());
    let known = to_the_end(&desk, &home);
    let bulk_calls = desk.effects().iter().filter(|e| e.starts_with("POST /v1/klasses/service_outage/bulk")).count();
    assert_eq!(bulk_calls, known.div_ceil(100));
}

/// The whole of it at this desk with these settings; how many records were wanted.
pub fn to_the_end(desk: &Desk, home: &Home) -> usize {
    let mut tenants: Vec<String> = desk
        .customers()
        .iter()
        .filter(|c| c["attributes"]["custom"]["tenantRegionStr"] == "eu-west")
        .map(|c| text(&c["attributes"]["externalId"]))
        .filter(|id| !id.is_empty())
        .take(192)
        .collect();
    let known = tenants.len();
    assert!(known > 150, "{known} tenants in eu-west");
    tenants.extend((0..200 - known).map(|n| format!("TEN-UNKNOWN-{n}")));
    let list = serde_json::to_string(&tenants).expect("strings");

    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").press("7").wait("scripted model, not an AI");
    console.type_text("We have an active incident affecting our EU-West cluster. Take this JSON list of affected tenant IDs, map them \
        to Kustomer external IDs, and bulk create 'service_outage' custom objects for all of them. Once initiated, monitor the bulk \
        operation until it finishes and alert me if any batches fail. ");
    console.paste(&list).press("<enter>");
    console.wait("Approval").wait("/v1/klasses/service_outage/bulk").wait(&known.to_string());
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("a").wait("scroll to the end of the card first");
    console.press("G").wait("the number of records").press("a").wait(&format!("type {known}, the number of records"));
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing without the count");
    console.type_text(&known.to_string()).press("a");
    console.gone("Approval");
    console.press("6").wait("Bulk");
    console.wait_until("the job to end", |screen| screen.contains("complete"));
    console.wait("merge in progress");
    console.press("7").wait("merge in progress").wait("TEN-UNKNOWN-0");
    known
}
