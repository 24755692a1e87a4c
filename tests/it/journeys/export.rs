//! An export through the real program: killed again and again it loses and doubles nothing, and an open unmasking window
//! does not reach the file.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

use serde_json::Value;

use super::{Top, text};
use crate::harness::{Desk, Home, command, run};

/// Requests of the export the desk has received.
fn asked(desk: &Desk) -> usize {
    desk.log().iter().filter(|entry| entry["lane"] == "bulk").count()
}

/// How often each id stands in the file.
fn ids(file: &Path) -> BTreeMap<String, usize> {
    let mut ids = BTreeMap::new();
    for line in fs::read_to_string(file).expect("the file is there").lines() {
        let record: Value = serde_json::from_str(line).expect("a line is a whole record");
        *ids.entry(text(&record["id"])).or_default() += 1;
    }
    ids
}

#[test]
fn an_export_that_is_killed_is_gone_on_with_and_loses_and_doubles_nothing() {
    let (desk, home) = (Desk::start(&["--latency", "20"]), Home::new());
    for (resource, since) in [("customers", None), ("conversations", Some("700d"))] {
        let file = home.path().join(format!("{resource}.jsonl"));
        let name = file.to_string_lossy().into_owned();
        let mut args = vec!["export", "--resource", resource, "-o", &name];
        args.extend(since.iter().flat_map(|since| ["--since", since]));
        for _ in 0..6 {
            let before = asked(&desk);
            let mut child = command(&home, Some(&desk))
                .args(&args)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program starts");
            // A page is asked for, one is on its way to the file: any moment is a good one to die.
            while asked(&desk) < before + 3 && child.try_wait().expect("a child").is_none() {
                std::thread::yield_now();
            }
            let _ = child.kill();
            if child.wait().expect("a child").success() {
                break;
            }
        }
        let journal = home.path().join(format!("{resource}.jsonl.progress"));
        if journal.exists() {
            let output = run(&home, Some(&desk), &args);
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(!journal.exists());
        let mut whole = vec!["export", "--resource", resource, "-o", "-"];
        whole.extend(since.iter().flat_map(|since| ["--since", since]));
        let output = run(&home, Some(&desk), &whole);
        let other = home.path().join("whole.jsonl");
        fs::write(&other, output.stdout).expect("written");
        let ids_written = ids(&file);
        assert!(ids_written.len() > 100 && ids_written.values().all(|times| *times == 1), "{resource}");
        assert_eq!(ids_written, ids(&other), "{resource}");
    }
}

#[test]
fn an_open_window_does_not_reach_the_file() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let top = Top::of(&desk);
    let (status, _) = desk.call("POST", &format!("/v1/customers/{}/unmasking-windows", top.customer), None);
    assert_eq!(status, 201);
    let shown = desk.get(&format!("/v1/customers/{}", top.customer)).to_string();
    assert!(shown.contains(&top.phone), "the window is open");
    let output = run(&home, Some(&desk), &["export", "--resource", "customers", "-o", "-"]);
    let written = String::from_utf8_lossy(&output.stdout);
    assert!(written.contains(&top.customer), "the record is in it");
    top.assert_absent_from(&written, "the export");
}

#[test]
fn a_finished_file_is_not_written_over_and_odd_words_are_usage() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    let file = home.path().join("teams.jsonl");
    let name = file.to_string_lossy().into_owned();
    let export = |args: &[&str]| run(&home, Some(&desk), &[&["export", "-o", &name, "--resource"], args].concat());
    let first = export(&["teams", "--json"]);
    let told: Value = serde_json::from_slice(&first.stdout).expect("one JSON document");
    assert_eq!((first.status.code(), &told["complete"]), (Some(0), &Value::Bool(true)));
    let before = fs::read(&file).expect("the file is there");
    assert_eq!(export(&["teams"]).status.code(), Some(1));
    assert_eq!(fs::read(&file).expect("the file is there"), before);
    for odd in [&["nothing"][..], &["teams", "--since", "3d"], &["customers", "--since", "yesterday"]] {
        assert_eq!(export(odd).status.code(), Some(2), "{odd:?}");
    }
}
