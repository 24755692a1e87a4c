//! The road through an integration layer, through the real program: the same work, the same cards, the same end at the desk.

use super::{Top, billing};
use crate::harness::{Console, Desk, Home, run};

#[test]
fn the_double_billing_ends_the_same_through_the_layer() {
    let (desk, home, console, top) = billing::begin_at(Desk::start(&[]).by_truto());
    let read = run(&home, Some(&desk), &["request", "GET", &format!("/v1/customers/{}", top.customer)]);
    assert!(read.status.success() && String::from_utf8_lossy(&read.stdout).contains(&top.name));
    billing::approved_to_the_end((desk, home, console, top));
}

#[test]
fn what_the_layer_lacks_is_said_where_it_would_stand_and_the_rest_goes_on() {
    let (desk, home) = (Desk::start(&[]).by_truto(), Home::new());
    let mut console = Console::start(&home, Some(&desk));
    let top = Top::of(&desk);
    console.wait("SANDBOX").wait("through Truto").wait(&top.subject);
    console.press("<enter>").wait("Timeline").wait(&top.name).wait("****");
    console.press("o").wait("KObjects").wait("of ");
    let refused = run(&home, Some(&desk), &["request", "GET", "/v1/routing/work-sessions"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("does not offer it") && said.contains("own key"), "{said}");
    assert_eq!(desk.effects(), Vec::<String>::new());
}

#[test]
fn a_tool_that_changed_is_told_and_not_called_until_it_is_taken_in() {
    let (desk, home) = (Desk::start(&[]).by_truto(), Home::new());
    let all = |home: &Home| run(home, Some(&desk), &["truto", "--json"]);
    let first = all(&home);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let listed = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(listed.contains("kustomer_search_customers_search") && !listed.contains("changed"), "{listed}");
    desk.fault("GET /truto/** truto-changed");
    let top = Top::of(&desk);
    let path = format!("/v1/customers/{}", top.customer);
    let refused = run(&home, Some(&desk), &["request", "GET", &path]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("changed at Truto since it was last looked at"), "{said}");
    let nobody = run(&home, Some(&desk), &["truto", "--accept"]);
    assert_eq!(nobody.status.code(), Some(3), "only somebody at a terminal can have looked");
    let mut console = Console::start_with(&home, Some(&desk), &["truto", "--accept"], (160, 90));
    console.wait("changed: not called").wait("Enter takes all of these changes in").press("<enter>").wait("taken in");
    assert_eq!(console.exit_code(), 0);
    assert!(run(&home, Some(&desk), &["request", "GET", &path]).status.success(), "looked at and called again");
}
