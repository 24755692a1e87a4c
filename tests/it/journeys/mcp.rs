//! MCP servers on the command line, through the real program: what is shown of them, allowing a program, and what becomes of one
//! that dies.

use std::fs;

use serde_json::Value;
use shiftdeck::{
    approval::Effect,
    clock::Clock,
    config::{Env, Flags, resolve},
    connect::mcp::{Client, Means, Tokens},
    store::Store,
};

use crate::harness::{Console, Desk, Home, PROGRAM, run};

fn settings(home: &Home, text: &str) {
    let folder = home.path().join("config");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("settings.toml"), text).expect("settings are written");
}

fn child(args: &str) -> String {
    format!("[mcp.parcels]\ncommand = {PROGRAM:?}\nargs = [\"sandbox\", \"--mcp-stdio\"{args}]\n")
}

#[test]
fn servers_are_listed_with_their_state_and_without_their_secrets() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let ready = desk.ready();
    let more = |name: &str| ready["mcp_more"][name].as_str().expect("an endpoint").to_owned();
    let secret = more("token").rsplit('/').next().expect("a secret").to_owned();
    settings(
        &home,
        &format!(
            "[mcp.old]\nurl = \"{}\"\n[mcp.keyed]\nurl = \"{}\"\nreviewed = \"truto\"\n[mcp.locked]\nurl = \"{}\"\noauth = true\n\
             [mcp.gone]\nurl = \"http://127.0.0.1:9/canary-path\"\n{}",
            more("legacy"),
            more("token"),
            more("oauth"),
            child("")
        ),
    );
    let listed = run(&home, Some(&desk), &["mcp", "list", "--json"]);
    let told: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let state = |alias: &str| {
        let servers = told["servers"].as_array().expect("servers");
        let server = servers.iter().find(|server| server["alias"] == alias).expect("the server");
        (server["state"].as_str().expect("a state").to_owned(), server["protocol"].as_str().map(str::to_owned))
    };
    assert_eq!(state("old"), ("ready".into(), Some("2025-11-25".into())));
    assert_eq!(state("keyed"), ("ready".into(), Some("2026-07-28".into())));
    assert_eq!(state("locked"), ("not signed in".into(), None));
    assert_eq!(state("gone"), ("unreachable".into(), None));
    assert_eq!(state("parcels"), ("not allowed".into(), None));
    let table = run(&home, Some(&desk), &["mcp", "list"]);
    let shown = run(&home, Some(&desk), &["mcp", "show", "keyed"]);
    for output in [&listed, &table, &shown] {
        let all = [&output.stdout[..], &output.stderr[..]].concat();
        let all = String::from_utf8_lossy(&all);
        assert!(!all.contains(&secret) && !all.contains("canary"), "{all}");
    }
    assert!(String::from_utf8_lossy(&shown.stdout).contains("parcel_get"));
    fs::remove_file(home.path().join("config/settings.toml")).expect("it is there");
    assert!(!String::from_utf8_lossy(&home.bytes()).contains(&secret), "nothing of it is kept");
}

#[test]
fn a_program_is_started_only_after_somebody_at_a_terminal_saw_its_command() {
    let home = Home::new();
    settings(&home, &child(""));
    let nobody = run(&home, None, &["--sandbox", "mcp", "allow", "parcels"]);
    assert_eq!(nobody.status.code(), Some(3));
    let refused = run(&home, None, &["--sandbox", "mcp", "show", "parcels"]);
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
    let mut console = Console::start_with(&home, None, &["--sandbox", "mcp", "allow", "parcels"], (200, 30));
    console.wait("sandbox --mcp-stdio").wait("Enter allows exactly this command").press("<enter>").wait("allowed;");
    assert_eq!(console.exit_code(), 0);
    let shown = run(&home, None, &["--sandbox", "mcp", "show", "parcels", "--json"]);
    let told: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(told["tools"].as_array().map(Vec::len), Some(14), "{told}");
    settings(&home, &child(", \"--seed\", \"2\""));
    let changed = run(&home, None, &["--sandbox", "mcp", "show", "parcels"]);
    assert_eq!(changed.status.code(), Some(3), "another command asks again");
}

#[test]
fn a_program_that_dies_in_a_call_is_told_and_started_again() {
    let home = Home::new();
    settings(&home, &child(", \"--faults\", \"* /mcp/** mcp-dies\""));
    let path = home.path().display().to_string();
    let env = Env::of([("SHIFTDECK_HOME", path.as_str()), ("PATH", "/usr/bin:/bin")]);
    let config = resolve(&Flags { sandbox: true, ..Flags::default() }, &env).expect("settings");
    let store = Store::open(&config.paths.data).expect("a store");
    let means = Means { store, env, tokens: Tokens::in_memory() };
    let server = config.mcp.first().expect("a server").clone();
    shiftdeck::connect::mcp::allow(&server, &means.env, &means.store).expect("kept");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for _ in 0..2 {
            let (asks, _) = tokio::sync::mpsc::unbounded_channel();
            let client = Client::connect(&server, asks, Clock::real(), &means).await.expect("connected");
            let arguments = |text: &str| match serde_json::from_str(text).expect("JSON") {
                Value::Object(map) => map,
                other => unreachable!("{other}"),
            };
            let parcel = arguments(r#"{"parcel_id":"PX-10001"}"#);
            client.look("parcel_get", parcel.clone(), Effect::Read, None).await.expect("a parcel");
            let note = arguments(r#"{"parcel_id":"PX-10001","text":"x"}"#);
            let died = client.look("note_add", note, Effect::Read, None).await.expect_err("it died");
            assert!(died.is_gone(), "{died:?}");
            let after = client.look("parcel_get", parcel, Effect::Read, None).await.expect_err("it is gone");
            assert!(after.is_gone(), "{after:?}");
        }
    });
}
