//! Tools of MCP servers through the real program: called after a yes in both eras and over a program's pipes, left alone after a
//! no; and what a server that lies, changes or answers for somebody else does not get.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Console, Desk, Home, PROGRAM, run};

/// A home whose settings name the server `parcels` at this endpoint of the desk.
fn at(desk: &Desk, endpoint: &str) -> Home {
    let home = Home::new();
    write(
        &home,
        "settings.toml",
        &format!("[mcp.parcels]\nurl = \"{}/mcp/{endpoint}\"\ntimeout_s = 3\n", desk.kustomer),
    );
    home
}

fn write(home: &Home, file: &str, text: &str) {
    let folder = home.path().join("config");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(file), text).expect("written");
}

fn call<'a>(tool: &'a str, arguments: &'a str) -> [&'a str; 5] {
    ["tools", "call", tool, "--args", arguments]
}

/// A call at a terminal, its card on screen.
fn asked(home: &Home, desk: &Desk, tool: &str, arguments: &Value) -> Console {
    let mut console = Console::start_with(home, Some(desk), &call(tool, &arguments.to_string()), (150, 60));
    console.wait("a stranger's tool: nobody reviewed what it does").wait("x refuses");
    console
}

/// The tools that ran at the server, with what became of each.
fn ran(desk: &Desk) -> Vec<(String, String)> {
    let log = desk.get("/__sandbox/mcp/log");
    let word = |call: &Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    let calls = log["calls"].as_array().cloned().unwrap_or_default();
    calls.iter().map(|call| (word(call, "tool"), word(call, "outcome"))).collect()
}

fn trail(home: &Home, desk: &Desk) -> String {
    let listed = run(home, Some(desk), &["audit", "list", "--json"]);
    String::from_utf8_lossy(&listed.stdout).into_owned()
}

fn note() -> Value {
    json!({"parcel_id": "PX-10001", "text": "They will be at home on Friday."})
}

#[test]
fn a_yes_calls_the_tool_once_and_a_no_leaves_nothing_in_both_eras() {
    for endpoint in ["modern", "legacy"] {
        let desk = Desk::start(&[]);
        let home = at(&desk, endpoint);
        let nobody = run(&home, Some(&desk), &call("parcels/note_add", &note().to_string()));
        assert_eq!(nobody.status.code(), Some(3), "{}", String::from_utf8_lossy(&nobody.stderr));
        let mut refused = asked(&home, &desk, "parcels/note_add", &note());
        refused.wait("tools/call note_add").press("x").wait("reason").press("<enter>");
        assert_eq!((refused.exit_code(), ran(&desk)), (3, vec![]));
        let mut console = asked(&home, &desk, "parcels__note_add", &note());
        console.press("a").wait("NT-1");
        assert_eq!((console.exit_code(), ran(&desk)), (0, vec![("note_add".to_owned(), "done".to_owned())]));
        let trail = trail(&home, &desk);
        assert!(
            trail.contains("\"approved\"") && trail.contains("\"done\"") && trail.contains("\"refused\""),
            "{trail}"
        );
        assert!(trail.contains("(not reviewed)") && trail.contains("parcels/note_add"), "{trail}");
    }
}

#[test]
fn a_program_that_was_allowed_is_called_over_its_pipes() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let child = format!("[mcp.parcels]\ncommand = {PROGRAM:?}\nargs = [\"sandbox\", \"--mcp-stdio\"]\n");
    write(&home, "settings.toml", &child);
    let unknown = run(&home, Some(&desk), &call("parcels/note_add", "{}"));
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(!unknown.status.success() && said.contains("shiftdeck mcp allow"), "{said}");
    let mut allowing = Console::start_with(&home, Some(&desk), &["mcp", "allow", "parcels"], (200, 30));
    allowing.wait("Enter allows exactly this command").press("<enter>").wait("allowed;");
    assert_eq!(allowing.exit_code(), 0);
    let mut console = asked(&home, &desk, "parcels/note_add", &note());
    console.wait("--mcp-stdio").press("a").wait("NT-1");
    assert_eq!(console.exit_code(), 0, "{}", console.raw());
}

#[test]
fn a_tool_that_changes_under_its_card_is_not_called() {
    let desk = Desk::start(&[]);
    let home = at(&desk, "modern");
    let mut console = asked(&home, &desk, "parcels/parcel_get", &json!({"parcel_id": "PX-10001"}));
    desk.fault("* /mcp/** mcp-changed");
    console.press("a").wait("not what was approved any more");
    assert_ne!(console.exit_code(), 0);
    assert_eq!(ran(&desk), []);
    let trail = trail(&home, &desk);
    assert!(trail.contains("\"failed\"") && trail.contains("not what was approved any more"), "{trail}");
}

#[test]
fn a_tool_that_changed_since_somebody_looked_waits_for_a_look() {
    let desk = Desk::start(&[]);
    let home = at(&desk, "legacy");
    let list = |home: &Home| {
        let listed = run(home, Some(&desk), &["tools", "list", "--source", "parcels"]);
        String::from_utf8_lossy(&listed.stdout).into_owned()
    };
    assert!(!list(&home).contains("not called"), "the first sight is the first look");
    desk.fault("* /mcp/** mcp-changed");
    assert_eq!(list(&home).matches("not called").count(), 1, "{}", list(&home));
    let refused = run(&home, Some(&desk), &call("parcels/parcel_get", "{\"parcel_id\": \"PX-10001\"}"));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("shiftdeck tools accept parcels"), "{said}");
    let nobody = run(&home, Some(&desk), &["tools", "accept", "parcels"]);
    assert_eq!(nobody.status.code(), Some(3), "only somebody at a terminal can have looked");
    let mut console = Console::start_with(&home, Some(&desk), &["tools", "accept", "parcels"], (160, 40));
    console.wait("changed: not called").wait("Enter takes all of these changes in").press("<enter>").wait("taken in");
    assert_eq!(console.exit_code(), 0);
    assert!(!list(&home).contains("not called"));
    assert_eq!(ran(&desk), []);
}

#[test]
fn a_hint_that_lies_passes_no_gate() {
    let desk = Desk::start(&["--faults", "* /mcp/** mcp-lies"]);
    let home = at(&desk, "modern");
    let shown = run(&home, Some(&desk), &["tools", "show", "parcels/refund_create"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!((&shown["effect"], &shown["asks_a_person"]), (&json!("write"), &json!(true)));
    let refund = "{\"parcel_id\": \"PX-10001\", \"amount_cents\": 500}";
    let nobody = run(&home, Some(&desk), &call("parcels/refund_create", refund));
    assert_eq!((nobody.status.code(), ran(&desk)), (Some(3), vec![]));
}

#[test]
fn an_answer_to_another_request_is_no_answer_and_the_call_is_not_made_again() {
    let desk = Desk::start(&["--faults", "* /mcp/** mcp-other-id"]);
    let home = at(&desk, "modern");
    let mut console = asked(&home, &desk, "parcels/note_add", &note());
    console.press("a").wait("nobody knows whether the tool took effect");
    assert_ne!(console.exit_code(), 0);
    assert_eq!(ran(&desk).len(), 1, "{:?}", ran(&desk));
    assert!(trail(&home, &desk).contains("\"unknown\""), "{}", trail(&home, &desk));
}

#[test]
fn hostile_definitions_neither_act_nor_redirect() {
    let desk = Desk::start(&["--faults", "* /mcp/** mcp-hostile; * /mcp/** mcp-control"]);
    let home = at(&desk, "modern");
    let listed = run(&home, Some(&desk), &["tools", "list", "--source", "parcels"]);
    let all = String::from_utf8_lossy(&[listed.stdout, listed.stderr].concat()).into_owned();
    let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!all.contains(acts), "{all:?}");
    for gone in ["wide_open", "round_about", "far_away", "deep_well"] {
        let call = run(&home, Some(&desk), &call(&format!("parcels/{gone}"), "{}"));
        assert_ne!(call.status.code(), Some(0), "{gone} is not called");
    }
    let wish = json!({"resource": "customers", "method": "DELETE", "id": "66", "integrated_account_id": "other",
        "truto_body_passthrough": "{}"});
    let mut console = asked(&home, &desk, "parcels/redirect_call", &wish);
    console.wait("tools/call redirect_call").press("a").wait("did nothing");
    assert_eq!((console.exit_code(), desk.effects()), (0, vec![]), "names of arguments steer nothing");
    assert_eq!(ran(&desk).iter().filter(|(tool, _)| tool == "refund_create").count(), 0);
}

#[test]
fn rules_name_tools_of_sources_and_an_unknown_source_refuses_to_start() {
    let desk = Desk::start(&[]);
    let home = at(&desk, "modern");
    let rule = |tool: &str| write(&home, "policy.toml", &format!("[[rule]]\ntool = {tool:?}\nanswer = \"deny\"\n"));
    let denied = || {
        let ended = run(&home, Some(&desk), &call("parcels/note_add", &note().to_string()));
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    for named in ["parcels/*", "parcels/note_add"] {
        rule(named);
        let mut console =
            Console::start_with(&home, Some(&desk), &call("parcels/note_add", &note().to_string()), (150, 60));
        console.wait("rule 1");
        assert_eq!((console.exit_code(), ran(&desk)), (3, vec![]), "{named}");
    }
    rule("parcel/*");
    assert!(denied().contains("there is no tool \"parcel/*\""), "{}", denied());
}

#[test]
fn a_servers_question_is_put_as_its_own_and_a_no_is_a_no() {
    for endpoint in ["modern", "legacy"] {
        let desk = Desk::start(&[]);
        let home = at(&desk, endpoint);
        let wish = json!({"parcel_id": "PX-10001"});
        let mut declined = asked(&home, &desk, "parcels/refund_confirm", &wish);
        declined.press("1").press("a").wait("The server parcels asks; these are its words, not ours").press("d");
        declined.wait("declined").exit_code();
        let refunds = |desk: &Desk| desk.get("/__sandbox/mcp/log")["written"]["refunds"].as_array().map_or(0, Vec::len);
        assert_eq!(refunds(&desk), 0, "{endpoint}");
        let mut console = asked(&home, &desk, "parcels/refund_confirm", &wish);
        console.press("1").press("a").wait("a fills it in").press("a");
        for field in
            ["Amount in EUR", "Address for questions", "What was damaged", "Tell the recipient", "Reason", "Way"]
        {
            console.wait(field).press("<enter>");
        }
        console.wait("This goes to parcels").wait("a sends it").press("a").wait("accepted");
        assert_eq!((console.exit_code(), refunds(&desk)), (0, 1), "{endpoint}: {}", console.raw());
    }
}
