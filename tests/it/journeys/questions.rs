//! What a server of tools asks in the middle of a call, through the real program: its form, its page, how far a long call is.
//! The model is the one that does whatever it reads, so that the person's words name the call.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::harness::{Console, Desk, Home};

/// A console over the simulated desk with the simulated MCP server as `parcelry`; a browser that only writes down where it was
/// sent, into the home's folder.
fn begin(size: (u16, u16), args: &[&str]) -> (Desk, Home, Console) {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = format!("[mcp.parcelry]\nurl = \"{}/mcp\"\n", desk.kustomer);
    std::fs::write(folder.join("settings.toml"), settings).expect("written");
    let browser = home.path().join("browser");
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {}/went\n", home.path().display());
    std::fs::write(&browser, script).expect("written");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("it may run");
    let browser = browser.display().to_string();
    let differing = [("OPENAI_MODEL", "shiftdeck-scripted-gullible"), ("BROWSER", browser.as_str())];
    let mut console = Console::start_in(&home, Some(&desk), args, size, &differing);
    console.wait("SANDBOX");
    (desk, home, console)
}

/// The calls the server took, as evidence: tool and outcome.
fn calls(desk: &Desk) -> Vec<(String, String)> {
    let said = desk.get("/__sandbox/mcp/log");
    let word = |call: &Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    let all = said["calls"].as_array().cloned().unwrap_or_default();
    all.iter().map(|call| (word(call, "tool"), word(call, "outcome"))).collect()
}

/// Lets the assistant want a call, and approves the card it stops at by these keys.
fn approved<'a>(console: &'a mut Console, tool: &str, arguments: &str, yes: &str) -> &'a mut Console {
    console.press("7").wait("Ask the assistant");
    console.type_text(&format!("call parcelry__{tool} with {arguments}")).press("<enter>");
    console.wait("Approval").wait(tool).press("G").press(yes)
}

#[test]
fn a_form_is_filled_in_and_reaches_the_server_that_asked() {
    let (desk, home, mut console) = begin((120, 40), &[]);
    approved(&mut console, "refund_confirm", "{\"parcel_id\": \"PX-10001\"}", "1a");
    console.wait("The server parcelry asks").wait("How shall the money for PX-10001 be given back?");
    console.wait("damaged in transit").wait("To the card");
    console.press("<tab>").type_text("lena@desk.example").press("<tab><tab><tab>");
    console.type_text(", called about it").press("<tab>");
    console.press("<enter>").wait("As a voucher").type_text("vou").press("<enter>").gone("type a few letters");
    console.wait("The server parcelry asks").press("<c-s>").wait("answered: parcelry has it");
    console.wait_until("the call to end", |_| calls(&desk).contains(&("refund_confirm".into(), "done".into())));
    let refunds = desk.get("/__sandbox/mcp/log")["written"]["refunds"].clone();
    assert_eq!(refunds[0]["way"], "voucher", "{refunds}");
    assert_eq!(refunds[0]["reason"], "damaged in transit, called about it", "{refunds}");
    let kept = String::from_utf8_lossy(&home.bytes()).into_owned();
    // The server repeats the reason in its answer, which is kept as any tool's is; it does not repeat the address.
    assert!(!kept.contains("lena@desk"), "what is typed there lies on no disk");
}

#[test]
fn a_page_opens_on_a_key_alone_and_declining_is_told() {
    let (desk, home, mut console) = begin((80, 24), &[]);
    approved(&mut console, "card_verify", "{\"parcel_id\": \"PX-10002\"}", "a");
    console.wait("The server parcelry asks").wait("127.0.0.1");
    assert!(!home.path().join("went").exists(), "nothing opens by itself");
    console.press("<c-o>").wait("Nothing is answered yet");
    console.wait_until("the browser", |_| home.path().join("went").exists());
    let went = std::fs::read_to_string(home.path().join("went")).expect("one address");
    assert!(went.starts_with(&desk.kustomer) && went.lines().count() == 1, "{went}");
    console.press("<c-d>").wait("declined: parcelry is told no");
    console.wait_until("the call to end", |_| calls(&desk).contains(&("card_verify".into(), "done".into())));
}
