//! Tests of what is kept of a dialogue.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    assistant::{CallEntry, CallId, CallState, Context, Event, Limit, Notice, Usage, Veiled},
    domain::Revealed,
    store::TranscriptHead,
};

fn person(words: &str) -> Entry {
    Entry::Person(Text::from(words))
}

fn call(state: CallState, result: Option<Value>) -> Entry {
    Entry::Call(CallEntry {
        id: CallId(1),
        name: Text::from("customer_update"),
        arguments: Text::from(r#"{"customer_id":"k1","phone":"⟦phone:1⟧"}"#),
        effect: Some(Effect::Write),
        state,
        result,
        took_ms: Some(12),
        usage: Usage::default(),
        influences: Vec::new(),
        sent: Vec::new(),
        by_hand: false,
    })
}

fn step(entry: &Entry, vault: &Vault) -> Step {
    Step::of(entry, Some(&ConversationId::new("c1")), "2026-01-01T00:00:00Z".into(), vault)
}

#[test]
fn a_step_keeps_placeholders_and_no_value() {
    let vault = Vault::new();
    vault.place("billingId", &Revealed::new("BIL-4471"), None);
    let entries = [
        person("is BIL-4471 of mara@quill.example, +4915550001122?"),
        Entry::Model(Text::from("⟦phone:1⟧ is not +49 155 5000 1122 ⟦4915550001122:1⟧ ⟦phone:4915550001122⟧")),
        call(CallState::Done, Some(json!({"phone": "⟦phone:1⟧", "mara@quill.example": [4_111_111_111_111_111_u64]}))),
        Entry::Notice(Notice::Limit(Limit::Circle { name: "call +4915550001122", other: "x" })),
    ];
    let kept: String = entries.iter().map(|entry| step(entry, &vault).row(0).step).collect();
    for planted in ["BIL-4471", "mara@", "1122", "4111"] {
        assert!(!kept.contains(planted), "{planted} in {kept}");
    }
    assert!(kept.contains("is ⟦billingId:1⟧ of ⟦email:1⟧") && kept.contains(r#""phone":"⟦phone:1⟧""#), "{kept}");
    assert!(kept.contains(r#"\"phone\":\"⟦phone:1⟧\""#), "{kept}");
}

#[test]
fn a_dialogue_survives_its_file() {
    let vault = Vault::new();
    let steps = [step(&person("hello\u{1b}[31m"), &vault), step(&call(CallState::Done, Some(json!({"a": 1}))), &vault)];
    let head = TranscriptHead { id: "t1".into(), title: "hello".into(), ..TranscriptHead::default() };
    let mut bytes = Vec::new();
    write(&head, &steps, &mut bytes).expect("written");
    let read = read(bytes.as_slice()).expect("ours");
    assert_eq!((read.id.raw(), read.steps.as_slice()), ("t1", steps.as_slice()));
    assert_eq!(Step::from_row(&steps[1].row(1).step), Some(steps[1].clone()));
    assert_eq!(read.steps[1].who(), "call customer_update (write): done");
}

#[test]
fn other_files_are_refused_with_the_line() {
    let fault = |text: &str| read(text.as_bytes()).expect_err("not ours").to_string();
    let first = r#"{"shiftdeck_transcript":1}"#;
    assert!(fault("").contains("first line"));
    assert!(fault("{}").contains("first line"));
    assert!(fault("not json").contains("first line"));
    assert!(fault(r#"{"shiftdeck_transcript":2}"#).contains("version 2"));
    assert!(fault(&format!("{first}\n{{\"at\":\"x\",\"type\":\"approve\"}}")).contains("line 2"));
    assert!(fault(&format!("{first}\n\n[1]")).contains("line 3"));
    assert!(fault(&format!("{first}\n\"{}\"", "x".repeat(1_100_000))).contains("longer"));
    let many = format!("{first}\n{}", "{\"at\":\"x\",\"type\":\"notice\",\"text\":\"a\"}\n".repeat(10_001));
    assert!(fault(&many).contains("longer"));
}

#[test]
fn what_is_new_or_changed_is_written_once() {
    let mut recorder = Recorder::default();
    let vault = Vault::new();
    recorder.hear(&Event::Asked {
        typed: Text::from("hi"),
        veiled: Veiled::of(&vault, "hi"),
        context: Context::default(),
    });
    let mut entries = vec![person("hi")];
    let places = |due: Vec<Noted>| due.into_iter().map(|noted| noted.n).collect::<Vec<_>>();
    assert_eq!(places(recorder.due(&entries, true)), [0]);
    entries.push(Entry::Model(Text::from("a")));
    assert_eq!(places(recorder.due(&entries, true)), [1]);
    entries[1] = Entry::Model(Text::new("a".repeat(200)));
    assert_eq!(places(recorder.due(&entries, true)), Vec::<usize>::new(), "it grew by little");
    entries[1] = Entry::Model(Text::new("a".repeat(500)));
    assert_eq!(places(recorder.due(&entries, true)), [1]);
    entries[1] = Entry::Model(Text::new("a".repeat(501)));
    assert_eq!(places(recorder.due(&entries, false)), [1], "the end of it is written");
    entries.push(call(CallState::Running, None));
    assert_eq!(places(recorder.due(&entries, true)), [2]);
    entries[2] = call(CallState::Done, Some(json!({})));
    assert_eq!(places(recorder.due(&entries, true)), [2]);
    assert_eq!(places(recorder.due(&entries, false)), Vec::<usize>::new());
    recorder.restart();
    assert_eq!((recorder.dialogue(), places(recorder.due(&entries[..1], false))), (1, vec![0]));
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(bytes.as_slice());
        let with_first = [b"{\"shiftdeck_transcript\":1}\n".as_slice(), &bytes].concat();
        let _ = read(with_first.as_slice());
    }

    #[test]
    fn veiling_loses_no_word_of_ours(words in "[a-z ⟦⟧:0-9]{0,40}") {
        let vault = Vault::new();
        let _ = veiled(&vault, &words);
        if let Some((start, end)) = placeholder(&words) {
            prop_assert!(words.get(start..end).is_some_and(|found| found.starts_with('⟦') && found.ends_with('⟧')));
        }
    }
}
