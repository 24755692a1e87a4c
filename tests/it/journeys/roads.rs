//! The outage by three roads: a file at the command line, rows pasted in the console, ids given to the assistant. The desk
//! ends alike, and each row is told alike.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

use super::text;
use crate::harness::{Console, Desk, Home, run};

const TITLE: &str = "Service outage: eu-west";
const UNKNOWN: usize = 8;
/// The line of a table its first row stands on.
const FIRST: usize = 2;

/// What a road left behind, by tenant.
#[derive(Debug, PartialEq)]
struct End {
    /// The records at the desk: title and custom values. Their external ids differ by road: an import has the row's own, or
    /// one made of plan and row; the assistant's is made of the incident and the tenant, so that the same wish twice is one.
    records: BTreeMap<String, Vec<(String, Value)>>,
    /// What each row is told as, with the reason.
    outcomes: BTreeMap<String, (String, String)>,
    /// Rows sent, worked, failed, moved.
    counts: [Option<u64>; 4],
}

fn desk() -> Desk {
    Desk::start(&["--scale", "600"])
}

/// Two hundred tenants of the cluster; the last ones are nobody's.
fn tenants(desk: &Desk) -> Vec<String> {
    let all = desk.customers();
    let affected = all.iter().filter(|customer| customer["attributes"]["custom"]["tenantRegionStr"] == "eu-west");
    let ids = affected.map(|customer| text(&customer["attributes"]["externalId"])).filter(|id| !id.is_empty());
    let mut tenants: Vec<String> = ids.take(200 - UNKNOWN).collect();
    let known = tenants.len();
    assert!(known > 150, "{known} tenants in eu-west");
    tenants.extend((0..200 - known).map(|n| format!("TEN-UNKNOWN-{n}")));
    tenants
}

fn known(tenants: &[String]) -> usize {
    tenants.iter().filter(|id| !id.starts_with("TEN-UNKNOWN")).count()
}

/// The only job of this home, once it is over.
fn job(home: &Home, desk: &Desk) -> Option<Value> {
    let listed = run(home, Some(desk), &["bulk", "list", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).ok()?;
    let jobs = listed["jobs"].as_array().or(listed.as_array())?;
    assert!(jobs.len() <= 1, "one wish is one job: {listed}");
    let shown = run(home, Some(desk), &["bulk", "show", jobs.first()?["job"].as_str()?, "--json"]);
    serde_json::from_slice::<Value>(&shown.stdout).ok().filter(|job| job["state"] == "ended")
}

fn end(home: &Home, desk: &Desk, tenants: &[String]) -> End {
    let job = job(home, desk).expect("a job that is over");
    let calls =
        desk.effects().iter().filter(|effect| effect.starts_with("POST /v1/klasses/service_outage/bulk")).count();
    assert_eq!(calls, known(tenants).div_ceil(100), "as many calls as hundreds of rows");
    End {
        records: records(desk),
        outcomes: outcomes(home, desk, &text(&job["job"]), tenants),
        counts: ["rows", "worked", "failed", "moved"].map(|count| job[count].as_u64()),
    }
}

/// The outages this made, by the external id of whom they are for.
fn records(desk: &Desk) -> BTreeMap<String, Vec<(String, Value)>> {
    let tenant: BTreeMap<String, String> = desk
        .customers()
        .iter()
        .map(|customer| (text(&customer["id"]), text(&customer["attributes"]["externalId"])))
        .collect();
    let query = json!({ "queryContext": "kobject.service_outage", "and": [] });
    let (_, found) = desk.call("POST", "/v1/customers/search?pageSize=500", Some(query));
    let mut records: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for kobject in found["data"].as_array().expect("a list").iter().filter(|one| one["attributes"]["title"] == TITLE) {
        let attributes = &kobject["attributes"];
        let customer = text(&kobject["relationships"]["customer"]["data"]["id"]);
        let record = (text(&attributes["title"]), attributes["custom"].clone());
        records.entry(tenant[&customer].clone()).or_default().push(record);
    }
    records
}

/// What the program tells of each row. Rows of a table are told by their number, those of the assistant by the tenant.
fn outcomes(home: &Home, desk: &Desk, id: &str, tenants: &[String]) -> BTreeMap<String, (String, String)> {
    let out = run(home, Some(desk), &["bulk", "results", id, "-o", "-"]);
    let words = String::from_utf8_lossy(&out.stdout).into_owned();
    let rows = words.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.splitn(7, ',').collect();
        let number = cells[1].strip_prefix("row-").and_then(|number| number.parse::<usize>().ok());
        let tenant = number.map_or_else(|| cells[1].to_owned(), |number| tenants[number - FIRST].clone());
        (tenant, (cells[5].to_owned(), cells[6].to_owned()))
    });
    rows.filter(|(_, (outcome, _))| outcome != "invalid").collect()
}

fn by_file() -> End {
    let (desk, home) = (desk(), Home::new());
    let tenants = tenants(&desk);
    let file = home.path().join("tenants.csv");
    fs::write(&file, format!("Tenant ID\n{}\n", tenants.join("\n"))).expect("written");
    let (file, title) = (file.to_string_lossy().into_owned(), format!("title='{TITLE}'"));
    let args = ["bulk", "import", &file, "--klass", "service_outage", "--set", &title, "--set", "clusterStr='eu-west'"];
    let mut console = Console::start_with(&home, Some(&desk), &args, (140, 60));
    console.wait("then a approves");
    for digit in known(&tenants).to_string().chars() {
        console.press(&digit.to_string());
    }
    console.press("a");
    let code = console.exit_code();
    let words = console.raw();
    assert_eq!(code, 6, "some rows did not work: {words}");
    assert!(words.contains("no customer has this external id"), "{words}");
    end(&home, &desk, &tenants)
}

fn by_paste() -> End {
    let (desk, home) = (desk(), Home::new());
    let tenants = tenants(&desk);
    let rows: String = tenants.iter().map(|id| format!("{id},{TITLE},eu-west\n")).collect();
    let count = known(&tenants).to_string();
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("6").wait("No bulk job was started here").press("i").wait("a file's path");
    console.paste(&format!("Tenant ID,title,clusterStr\n{rows}"));
    console.wait("Into what?").type_text("service_outage").press("<enter>");
    console.wait("What is done?").type_text("create").press("<enter>");
    console.wait("what it will do").wait(&format!("{count} to create")).press("a").wait("Approval");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("G").type_text(&count).press("a").gone("Approval");
    console.wait_until("the job to end", |_| job(&home, &desk).is_some());
    end(&home, &desk, &tenants)
}

fn by_the_assistant() -> End {
    let (desk, home) = (desk(), Home::new());
    let tenants = tenants(&desk);
    let count = known(&tenants).to_string();
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("7").wait("scripted model, not an AI");
    console.type_text("We have an active incident affecting our EU-West cluster. Take this JSON list of affected tenant IDs, map them \
        to Kustomer external IDs, and bulk create 'service_outage' custom objects for all of them. Once initiated, monitor the bulk \
        operation until it finishes and alert me if any batches fail. ");
    console.paste(&serde_json::to_string(&tenants).expect("strings")).press("<enter>");
    console.wait("Approval").wait(&count).press("G").type_text(&count).press("a").gone("Approval");
    console.wait_until("the job to end", |_| job(&home, &desk).is_some());
    console.wait("TEN-UNKNOWN-0");
    end(&home, &desk, &tenants)
}

#[test]
fn an_outage_by_file_by_paste_and_by_the_assistant_is_the_same_job() {
    let file = by_file();
    let [sent, worked, failed, moved] = file.counts.map(|count| count.expect("a count"));
    assert_eq!((sent, moved), (file.outcomes.len() as u64, 0));
    assert!(worked > 150 && failed > 0 && worked + failed == sent, "{:?}", file.counts);
    assert_eq!(file.records.len() as u64, worked, "one record a tenant that worked");
    assert!(file.records.values().all(|records| records.len() == 1), "and no second one");
    assert_eq!(by_paste(), file, "by paste");
    assert_eq!(by_the_assistant(), file, "by the assistant");
}
