//! An import through the real program: shown, approved at the terminal with the count typed, and run as it was shown.

use std::fs;

use serde_json::Value;

use crate::harness::{Console, Desk, Home, run};

const OUTAGE: [&str; 5] = ["bulk", "import", "tenants.csv", "--klass", "service_outage"];

fn file(home: &Home, name: &str, words: &str) -> String {
    let path = home.path().join(name);
    fs::write(&path, words).expect("written");
    path.to_string_lossy().into_owned()
}

fn outages(desk: &Desk) -> Vec<Value> {
    let body = desk.get("/v1/klasses/service_outage?pageSize=100");
    body["data"].as_array().cloned().expect("a list")
}

/// Twelve tenants of the desk by their numbers, one number that is nobody's, and a row with a fault.
fn tenants(desk: &Desk) -> String {
    let all = desk.customers();
    let numbers = all.iter().filter_map(|customer| customer["attributes"]["externalId"].as_str());
    let tenants: Vec<&str> = numbers.filter(|number| number.starts_with("TEN-")).take(12).collect();
    assert_eq!(tenants.len(), 12);
    let rows: String = tenants.iter().enumerate().map(|(n, id)| format!("{id},outage-{n},major\n")).collect();
    let (nobody, fault) = ("TEN-99999,outage-13,major", format!("{},outage-14,no such", tenants[0]));
    format!("Tenant ID,External ID,Severity\n{rows}{nobody}\n{fault}\n")
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let file = file(&home, "tenants.csv", &tenants(&desk));
    let bad = home.path().join("bad.csv").to_string_lossy().into_owned();
    let mut args = OUTAGE.to_vec();
    args[2] = &file;
    args.extend(["--set", "title='EU-West outage'", "--dry-run", "--json", "--bad", &bad]);
    let output = run(&home, Some(&desk), &args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(output.status.code(), Some(1), "rows cannot be sent: {said}");
    let counts = [&document["counts"]["create"], &document["counts"]["invalid"]].map(Value::as_u64);
    assert_eq!(counts, [Some(12), Some(2)], "{document}");
    assert!(said.contains("Tenant ID → customer.externalId (guessed)"), "{said}");
    let written = fs::read_to_string(&bad).expect("bad rows");
    assert_eq!(written.lines().count(), 3);
    assert!(written.contains("TEN-99999,outage-13,major,Tenant ID: no customer has this external id"), "{written}");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn an_import_runs_what_was_shown_after_the_count_was_typed_and_never_without_a_terminal() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let before = outages(&desk).len();
    let file = file(&home, "tenants.csv", &tenants(&desk));
    let mut args = OUTAGE.to_vec();
    args[2] = &file;
    args.extend(["--set", "title='EU-West outage'"]);
    let refused = run(&home, Some(&desk), &args);
    assert_eq!((refused.status.code(), desk.effects()), (Some(3), vec![]));
    let shown = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(shown.contains("12 to create, 2 invalid"), "{shown}");
    let mut console = Console::start_with(&home, Some(&desk), &args, (140, 60));
    console.wait("then a approves").press("1").press("2").press("a");
    assert_eq!(console.exit_code(), 0, "{}", console.raw());
    let made = outages(&desk);
    assert_eq!(made.len(), before + 12);
    let of_ours = made.iter().filter(|record| record["attributes"]["title"] == "EU-West outage").count();
    assert_eq!(of_ours, 12);
}
