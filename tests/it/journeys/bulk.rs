//! Bulk jobs in the console: rows pasted or named by a file, the mapping and the preview, one card with the true count, the job
//! watched to its end, what failed planned again, all of it taken back.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Console, Desk, Home};

/// Rows of a file: new KObjects, one of which the desk cannot take.
fn rows(count: usize) -> String {
    let row = |n: usize| format!("Outage row {n},SDX-{n},{}\n", if n == 7 { "not one of them" } else { "major" });
    let all: String = (1..=count).map(row).collect();
    format!("title,externalId,severityStr\n{all}")
}

fn made(desk: &Desk) -> Vec<Value> {
    let body = json!({ "queryContext": "kobject.service_outage", "and": [] });
    let (_, found) = desk.call("POST", "/v1/customers/search?pageSize=500", Some(body));
    let all = found["data"].as_array().cloned().unwrap_or_default();
    all.into_iter()
        .filter(|kobject| kobject["attributes"]["externalId"].as_str().is_some_and(|id| id.starts_with("SDX-")))
        .collect()
}

fn start(desk: &Desk, home: &Home) -> Console {
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").press("6").wait("No bulk job was started here");
    console
}

/// Through the choices of an import into service outages, up to its preview.
fn previewed(console: &mut Console) {
    console.wait("Into what?").type_text("service_outage").press("<enter>");
    console.wait("What is done?").type_text("create").press("<enter>");
    console.wait("nothing is sent yet").wait("what it will do");
}

#[test]
fn a_file_becomes_one_job_with_the_true_count_and_can_be_taken_back() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let file = home.path().join("outage.csv");
    fs::write(&file, rows(40)).expect("a file");
    let mut console = start(&desk, &home);
    console.press("i").wait("a file's path").type_text(&file.display().to_string()).press("<enter>");
    previewed(&mut console);
    console.wait("title → title").wait("39 to create").wait("1 ");
    assert_eq!(desk.effects(), Vec::<String>::new());
    console.press("a").wait("Approval").wait("39");
    console.press("G").type_text("39").press("a");
    console.gone("Approval").wait("39/39").wait("ended");
    assert_eq!(made(&desk).len(), 39);
    let calls = |desk: &Desk, method: &str| {
        desk.effects().iter().filter(|effect| effect.starts_with(method) && effect.contains("/bulk")).count()
    };
    assert_eq!(calls(&desk, "POST"), 1, "39 rows are one call: {:?}", desk.effects());
    console.press("U").wait("Approval").wait("39").press("G").type_text("39").press("a");
    console.gone("Approval").wait_until("all of it to be gone", |_| made(&desk).is_empty());
}

#[test]
fn pasted_rows_are_mapped_by_hand_and_thrown_away_without_a_trace() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = start(&desk, &home);
    console.press("i").wait("a file's path").paste("name of it,no\nFirst,SDX-1\nSecond,SDX-2\n");
    console.wait("Into what?").type_text("service_outage").press("<enter>");
    console.wait("What is done?").type_text("create").press("<enter>");
    console.wait("There is no plan").wait("title").press("<esc>").wait("No bulk job was started here");
    console.press("i").wait("a file's path").paste("title,no\nFirst,SDX-1\nSecond,SDX-2\n");
    previewed(&mut console);
    console
        .wait("no is left out")
        .press("j<enter>")
        .wait("What does no fill?")
        .type_text("externalId")
        .press("<enter>");
    console.wait("no → externalId").wait("2 to create");
    console.press("<esc>").wait("No bulk job was started here");
    assert_eq!(desk.effects(), Vec::<String>::new());
    assert!(made(&desk).is_empty());
}

#[test]
fn all_that_a_query_finds_is_changed_in_one_job() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").press("2").wait("Look for a");
    console.type_text("email:~quill.example").press("<enter>").wait("3 customers");
    console.press("B").wait("What is set?").type_text("tags=vip").press("<enter>");
    console.wait("3 to update").wait("tags").press("a").wait("Approval").wait("PUT /v1/customers/bulk");
    assert_eq!(desk.effects(), Vec::<String>::new(), "nothing before a yes");
    console.press("G").type_text("3").press("a").gone("Approval").wait("3/3").wait("ended");
    assert_eq!(desk.effects().len(), 1, "{:?}", desk.effects());
}

#[test]
fn a_console_that_was_killed_says_at_its_next_start_that_a_job_stands_still_and_p_goes_on_with_it() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = start(&desk, &home);
    console.press("i").wait("a file's path").paste(&rows(40));
    previewed(&mut console);
    console.wait("39 to create").press("a").wait("Approval").press("G").type_text("39").press("a");
    console.wait_until("the batch at the desk", |_| !desk.effects().is_empty());
    console.signal("KILL");
    console.exit_code();
    let mut again = Console::start(&home, Some(&desk));
    again.wait("a bulk job stands still; p in Bulk goes on with it");
    assert_eq!(desk.effects().len(), 1, "it does not go on by itself");
    again.press("6").wait("was cut off").press("p").wait("39/39").wait("ended");
    assert_eq!((made(&desk).len(), desk.effects().len()), (39, 1), "nothing is sent twice");
}
