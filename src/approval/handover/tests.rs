//! A shift's entries and the report they make.

use super::*;

fn entry(seq: u64, event: &str, about: u64) -> Entry {
    Entry {
        seq,
        at: format!("2026-11-21T04:{seq:02}:00Z"),
        event: event.into(),
        who: "Ann".into(),
        author: "assistant (m)".into(),
        org: "https://acme".into(),
        effect: "write".into(),
        operation: "add a private note".into(),
        summary: "add a private note to one conversation".into(),
        customer: "66a1".into(),
        about,
        ..Entry::default()
    }
}

fn unmask(entry: Entry) -> Entry {
    Entry { effect: "unmask".into(), operation: "open an unmasking window".into(), ..entry }
}

fn shift() -> Vec<Entry> {
    vec![
        entry(1, "approved", 0),
        entry(2, "done", 1),
        entry(3, "approved", 0),
        Entry { reason: "the answer got lost".into(), ..entry(4, "unknown", 3) },
        entry(5, "approved", 0),
        Entry { reason: "wrong [customer](http://x)".into(), ..entry(6, "refused", 0) },
        unmask(entry(7, "approved", 0)),
        unmask(entry(8, "done", 7)),
        unmask(Entry { reason: "its time was up".into(), ..entry(9, "closed", 0) }),
        unmask(entry(10, "approved", 0)),
        unmask(entry(11, "done", 10)),
        Entry { effect: "bulk".into(), count: 188, ..entry(12, "approved", 0) },
        Entry { effect: "bulk".into(), object: "66b2".into(), ..entry(13, "done", 12) },
        Entry { effect: "draft".into(), ..entry(14, "approved", 0) },
        Entry {
            effect: "draft".into(),
            operation: "create a draft".into(),
            object: "66d1".into(),
            ..entry(15, "done", 14)
        },
        Entry { canary: "wrong order".into(), dwell_ms: 2_400, ..entry(16, "missed", 0) },
        Entry { canary: "leaked data".into(), dwell_ms: 4_000, ..entry(17, "caught", 0) },
        Entry { proposal: "p1".into(), ..entry(18, "first yes", 0) },
    ]
}

fn report(entries: &[Entry]) -> Handover {
    let jobs = [("66b2".to_owned(), Job { done: 186, failed: 2, runs: false })].into();
    let at = |words: &str| words.parse().expect("a time");
    Handover::of(entries, at("2026-11-21T04:00:00Z"), at("2026-11-21T05:00:00Z"), &jobs)
}

fn linked(report: &Handover, title: &str) -> Vec<String> {
    let section = report.sections.iter().find(|section| section.title == title).expect("a section");
    section.lines.iter().map(Line::linked).collect()
}

#[test]
fn each_part_names_the_entries_it_rests_on() {
    let report = report(&shift());
    assert_eq!(
        linked(&report, "Needs somebody now"),
        [
            "add a private note to one conversation, customer 66a1: nobody knows whether it took effect (the answer got lost); look at the desk (#3 #4)",
            "add a private note to one conversation, customer 66a1: approved, and how it ended was never written down; look at the desk (#5)",
            "add a private note to one conversation, customer 66a1: Ann said yes, a second person has to (#18)",
            "the unmasking window of customer 66a1 may be open (#10)",
        ]
    );
    assert_eq!(linked(&report, "Unmasking windows").len(), 2);
    assert!(
        linked(&report, "Unmasking windows")[0]
            .ends_with("closed 04:09 (its time was up), wanted by assistant (m) (#7 #9)")
    );
    assert!(linked(&report, "Bulk jobs")[0].contains("186 items done, 2 failed (job 66b2) (#12 #13)"));
    assert_eq!(
        linked(&report, "Drafts left waiting"),
        ["04:15 draft 66d1 for customer 66a1, wanted by assistant (m) (#14 #15)"]
    );
    assert_eq!(linked(&report, "Vigilance")[0], "1 of 2 canaries caught, looked at for 4.0 s (#16 #17)");
    assert_eq!(
        linked(&report, "Who did what"),
        ["Ann: 7 approved, 1 first yes, 1 refused, 1 caught, 1 missed (#1 #3 #5 #6 #7 #10 #12 #14 #16 #17 #18)"]
    );
    for section in &report.sections {
        assert!(section.lines.iter().all(|line| !line.entries.is_empty()), "{}", section.title);
    }
}

#[test]
fn what_others_wrote_stays_words_in_the_report() {
    let text = report(&shift()).markdown();
    assert!(text.contains("wrong \\[customer\\](http://x)"), "{text}");
}

#[test]
fn a_draft_that_was_sent_and_a_half_that_was_answered_are_left_out() {
    let mut entries = shift();
    let sent = Entry { effect: "send".into(), requests: vec!["PUT /v1/drafts/66d1".into()], ..entry(20, "done", 19) };
    entries.extend([sent, Entry { proposal: "p1".into(), ..entry(21, "refused", 0) }]);
    let report = report(&entries);
    assert_eq!(linked(&report, "Drafts left waiting"), Vec::<String>::new());
    assert!(!linked(&report, "Needs somebody now").iter().any(|line| line.contains("second person")));
}
