//! Keys to desks: never in an argument, a file, a log or an answer; kept in the keyring or nowhere; profiles and what a key
//! may do.

use std::{fs, io::Write, process::Stdio};

use serde_json::Value;

use crate::harness::{Desk, Home, command, run};

const CANARY: &str = "eyJcanary-5b1e77c0f2";

fn has(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Signing in where no keyring runs: refused before anything is asked or sent, with the way out, and nothing is kept.
#[cfg(target_os = "linux")]
#[test]
fn without_a_keyring_login_refuses_and_writes_no_key_anywhere() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let mut login = command(&home, None);
    login.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus").env("SHIFTDECK_LOG", "trace");
    login.args(["login", &desk.kustomer]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut login = login.spawn().expect("the program starts");
    // It may be gone before it reads: then the pipe is closed, which is as good.
    let _ = login.stdin.take().expect("a pipe").write_all(CANARY.as_bytes());
    let output = login.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("no keyring") && said.contains("KUSTOMER_API_KEY"), "{said}");
    assert!(!has(&home.bytes(), CANARY) && !said.contains(CANARY) && !has(&output.stdout, CANARY));
    assert!(!home.path().join("config").join("settings.toml").exists(), "no profile without a key");
    assert_eq!(desk.log().len(), 0, "the desk was not asked");
}

#[test]
fn there_is_no_way_to_give_a_key_as_an_argument() {
    let home = Home::new();
    for args in [&["login", "acme", "--key", CANARY][..], &["login", "acme", CANARY], &["--api-key", CANARY, "doctor"]]
    {
        assert_eq!(run(&home, None, args).status.code(), Some(2), "{args:?}");
    }
}

/// Trial 66: the key is used and stays nowhere, whatever goes wrong.
#[test]
fn a_key_of_the_environment_is_in_no_file_and_no_answer() {
    let (mut desk, home) = (Desk::start(&[]), Home::new());
    let checked = |desk: &Desk, args: &[&str]| {
        let mut program = command(&home, Some(desk));
        let output = program.env("SHIFTDECK_LOG", "trace").args(args).stdin(Stdio::null()).output().expect("it runs");
        for (place, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr), ("a file", &home.bytes())] {
            assert!(!has(bytes, &desk.api_key), "{args:?}: the key is in {place}");
        }
    };
    for args in
        [&["search", "refund"][..], &["doctor", "--json"], &["doctor"], &["audit", "list"], &["profile", "list"]]
    {
        checked(&desk, args);
    }
    desk.fault("GET /v1/users/current status=500");
    checked(&desk, &["search", "refund"]);
    desk.api_key = CANARY.into();
    checked(&desk, &["doctor"]);
}

#[test]
fn a_profile_is_chosen_and_the_settings_keep_their_comments() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let folder = home.path().join("config");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("settings.toml");
    let text = format!(
        "# our two desks\nprofile = \"acme\" # the usual one\n\n[profiles.acme]\ndesk = \"acme\"\n\n[profiles.here]\ndesk = \"{}\"\n",
        desk.kustomer
    );
    fs::write(&file, &text).expect("written");
    let used = run(&home, None, &["profile", "use", "here"]);
    assert_eq!(used.status.code(), Some(0), "{}", String::from_utf8_lossy(&used.stderr));
    assert_eq!(fs::read_to_string(&file).expect("read"), text.replace("profile = \"acme\" #", "profile = \"here\" #"));
    let listed = run(&home, None, &["profile", "list", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let current = |row: &Value| (row["name"].as_str().map(str::to_owned), row["current"] == true);
    let rows: Vec<_> = listed["profiles"].as_array().into_iter().flatten().map(current).collect();
    assert_eq!(rows, [(Some("acme".to_owned()), false), (Some("here".to_owned()), true)]);
    let mut doctor = command(&home, None);
    let doctor = doctor.env("KUSTOMER_API_KEY", &desk.api_key).arg("doctor").output().expect("it runs");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("signed in as") && said.contains("from KUSTOMER_API_KEY"), "{said}");
    let none = run(&home, None, &["profile", "use", "elsewhere"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("there are acme, here"));
}

/// A key that lacks roles: doctor names what is lost, and the exit code says so.
#[test]
fn doctor_says_what_a_poor_key_disables_and_why_a_strange_one_is_refused() {
    let (mut desk, home) = (Desk::start(&[]), Home::new());
    let keys = desk.get("/__sandbox/keys");
    let poor = keys["keys"].as_array().into_iter().flatten().find(|key| key["name"] == "no-bulk").expect("a poor key");
    let good = std::mem::replace(&mut desk.api_key, poor["token"].as_str().expect("a token").to_owned());
    let output = run(&home, Some(&desk), &["doctor", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let roles = told["findings"].as_array().into_iter().flatten().find(|finding| finding["what"] == "roles");
    let lost = roles.map(|roles| roles["detail"].to_string()).unwrap_or_default();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(lost.contains("bulk jobs' progress and failures") && lost.contains("org.permission.bulk.read"), "{told}");
    desk.api_key = "nonsense".into();
    let strange = run(&home, Some(&desk), &["doctor"]);
    assert_eq!(strange.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&strange.stdout).contains("another region"));
    desk.api_key = good;
}

#[test]
fn the_manual_page_is_printed() {
    let output = run(&Home::new(), None, &["man"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains(".TH"));
}
