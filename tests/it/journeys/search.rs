//! Looking for things: every place from one line, what masks hide, what is here already, what was saved.

use std::fs;

use super::{Top, text};
use crate::harness::{Console, Desk, Home};

fn searching(home: &Home, desk: &Desk) -> Console {
    let mut console = Console::start(home, Some(desk));
    console.wait("SANDBOX").press("2").wait("Look for a");
    console
}

/// Searches the desk was asked for so far.
fn searches(desk: &Desk) -> usize {
    desk.log().iter().filter(|entry| entry.to_string().contains("/v1/customers/search")).count()
}

#[test]
fn messages_companies_and_orders_are_found_and_open_where_they_belong() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = searching(&home, &desk);
    console.type_text("in:messages direction:in").press("<enter>").wait("messages · as of");
    console.press("<enter>").gone("messages · as of").wait("Timeline");
    console.press("2").wait("messages · as of").press("]").wait("^ there is no key direction");
    console.press("i<c-u>").type_text("in:companies ").press("<enter>").wait("companies · as of");
    console.press("<enter>").wait("company.name:").wait("· as of").wait("[ Customers");
    console.press("i<c-u>").type_text("in:order created>700d").press("<enter>").wait("order records · as of");
    console.press("<enter>").wait("every attribute");
    assert_eq!(desk.effects(), Vec::<String>::new(), "looking changes nothing");
}

#[test]
fn a_masked_customer_is_found_by_number_and_by_the_orgs_own_id_and_stays_masked() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let external = text(&desk.get(&format!("/v1/customers/{}", top.customer))["data"]["attributes"]["externalId"]);
    let mut console = searching(&home, &desk);
    console.type_text(&format!("phone:{}", top.phone)).press("<enter>").wait("1 customer").wait(&top.name).wait("****");
    console.press("i<c-u>").type_text(&format!("id:{external}")).press("<enter>").wait("1 customer").wait(&top.name);
    console.press("i<c-u>").type_text("x").wait("stop typing").press("<esc>").wait("i write").press("q");
    assert_eq!(console.exit_code(), 0);
    let kept = String::from_utf8_lossy(&home.bytes()).into_owned();
    top.assert_absent_from(&kept, "what was kept");
    let mut console = Console::start(&home, Some(&desk));
    console.wait("SANDBOX").wait(&format!("up id:{external}"));
}

#[test]
fn what_is_here_is_filtered_without_asking_the_desk() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let mut console = Console::start(&home, Some(&desk));
    // The queue's own search is over once its rows are here.
    console.wait(&top.subject).press("2").wait("Look for a");
    console.type_text("conversations>0").press("<enter>").wait("customers · as of");
    let before = searches(&desk);
    console.press("/").wait("that are here").type_text(&top.subject).wait("conversation");
    console.press("<enter>").press("<enter>").wait("Timeline").gone("that are here");
    console.press("2").wait("that are here").press("<esc>").wait("customers · as of");
    assert_eq!(searches(&desk), before, "the desk was asked");
}

#[test]
fn a_saved_search_is_a_file_and_its_key_runs_it_from_any_pane() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut console = searching(&home, &desk);
    console.type_text("in:conversations status:open sort:sla").press("<enter>").wait("conversations · as of");
    console.press("w").wait("Save this search as").type_text("Open ones").press("<enter>").wait("A key for it");
    console.type_text("alt-1").press("<enter>").wait("saved as Open ones").press("1").wait("Queue ·");
    let folder = home.path().join("config").join("searches");
    console.wait_until("the file", |_| folder.join("search-open-ones.toml").exists());
    let lines = "name = \"Late\"\nin = \"conversation\"\nquery = \"breached:yes\"\nkey = \"q\"\n";
    fs::write(folder.join("late.toml"), lines).expect("a colleague's file");
    console.type_text("\u{1b}1").wait("status:open sort:sla").wait("conversations · as of").press("q");
    assert_eq!(console.exit_code(), 0);
    let mut console = Console::start(&home, Some(&desk));
    console.wait("searches/late.toml has no key: `q` already means `quit`");
    console
        .press("2")
        .wait("Look for a")
        .press("<esc>")
        .wait("i write")
        .press("'")
        .wait("Saved searches")
        .type_text("late")
        .press("<enter>");
    console.wait("breached:yes").wait("conversations · as of");
}
