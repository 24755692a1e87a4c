//! The same through the real program: `shiftdeck ask` against dialects and faults, budgets, `shiftdeck usage`, and Esc.

use std::fs;

use serde_json::Value;

use crate::{
    harness::{Console, Desk, Home, command, run},
    journeys::{self, Top},
};

const QUESTION: &str = "which klasses are there?";

fn settings(home: &Home, text: &str) {
    let folder = home.path().join("config");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("settings.toml"), text).expect("settings");
}

/// Asks the question with the model at this path of the desk.
fn ask(home: &Home, desk: &Desk, path: &str) -> (Option<i32>, String, String) {
    let base = format!("{}/openai/dialects/{path}", desk.kustomer);
    let output = command(home, Some(desk)).env("OPENAI_BASE_URL", base).args(["ask", QUESTION]).output();
    let output = output.expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_question_is_answered_in_every_dialect() {
    let desk = Desk::start(&[]);
    for dialect in ["openai", "anthropic", "ollama", "llamacpp", "vllm", "openrouter", "lmstudio"] {
        let (code, words, said) = ask(&Home::new(), &desk, &format!("{dialect}/v1"));
        assert!(code == Some(0) && words.contains("Klasses of this desk"), "{dialect}: {words}{said}");
        assert!(said.contains("klass_list done") && said.contains("turn "), "{dialect}: {said}");
    }
}

#[test]
fn azure_is_spoken_to_by_settings_alone() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    settings(&home, "[model]\nauth = \"api-key\"\nquery = { api-version = \"2024-10-21\" }\nname = \"large\"");
    let (code, words, said) = ask(&home, &desk, "azure/openai/deployments/large");
    assert!(code == Some(0) && words.contains("Klasses of this desk"), "{words}{said}");
    let (code, _, said) = ask(&Home::new(), &desk, "azure/openai/v1");
    assert!(code != Some(0) && said.contains("does not accept the key"), "{said}");
}

#[test]
fn a_fault_ends_the_command_with_its_reason() {
    for (fault, path, reason) in [
        ("model-quota", "openrouter/v1", "the account at the model's endpoint is used up (402)"),
        ("model-context", "llamacpp/v1", "the dialogue is too long for this model (400, exceed_context_size_error)"),
        ("model-cut", "ollama/v1", "cut off"),
    ] {
        let desk = Desk::start(&["--faults", &format!("POST /openai/** {fault}")]);
        let (code, _, said) = ask(&Home::new(), &desk, path);
        assert!(said.contains(reason), "{fault}: {code:?} {said}");
    }
}

#[test]
fn a_shift_that_has_spent_its_budget_asks_no_model_and_says_why() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    settings(&home, "[model.budget]\nshift_tokens = 20000");
    let (code, _, said) = ask(&home, &desk, "openai/v1");
    assert!(code == Some(0) && said.contains("of 20,000 tokens"), "{said}");
    let asked = |desk: &Desk| desk.get("/__sandbox/model/log")["requests"].as_array().map_or(0, Vec::len);
    let mut before = asked(&desk);
    for _ in 0..20 {
        let (code, _, said) = ask(&home, &desk, "openai/v1");
        if said.contains("budget for this shift is used up") {
            let usage = run(&home, None, &["usage", "--json"]);
            let usage: Value = serde_json::from_slice(&usage.stdout).expect("one JSON document");
            let spent = &usage["this_shift"];
            let tokens = spent["prompt_tokens"].as_u64().zip(spent["completion_tokens"].as_u64()).map(|(p, c)| p + c);
            assert_eq!(code, Some(1), "{said}");
            assert!(tokens.is_some_and(|tokens| (1..=20_000).contains(&tokens)), "{usage}");
            let (_, _, again) = ask(&home, &desk, "openai/v1");
            assert!(again.contains("shiftdeck usage"), "the next one says it too: {again}");
            before = before.max(asked(&desk));
            let _ = ask(&home, &desk, "openai/v1");
            assert_eq!(asked(&desk), before, "not a byte left");
            return;
        }
    }
    panic!("the budget was never reached");
}

#[test]
fn what_was_spent_is_kept_and_told_in_money() {
    let (desk, home) = (Desk::start(&[]), Home::new());
    settings(
        &home,
        "[model.prices.\"shiftdeck-scripted\"]\ninput_per_million = 1000\noutput_per_million = 2000\n\
         [model.budget]\nturn_cost = 500\ncurrency = \"EUR\"",
    );
    let (code, _, said) = ask(&home, &desk, "openai/v1");
    assert!(code == Some(0) && said.contains(" of 500.0000 EUR"), "{said}");
    let table = run(&home, None, &["usage"]);
    let words = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(words.contains("scripted model, not an AI") && words.contains(" EUR"), "{words}");
    let usage = run(&home, None, &["usage", "--by", "turn", "--json"]);
    let usage: Value = serde_json::from_slice(&usage.stdout).expect("one JSON document");
    assert_eq!(usage["rows"].as_array().map(Vec::len), Some(1), "{usage}");
    let row = &usage["rows"][0];
    let cost =
        row["prompt_tokens"].as_f64().zip(row["completion_tokens"].as_f64()).map(|(p, c)| p / 1e3 + c * 2.0 / 1e3);
    assert!(cost.zip(row["cost"].as_f64()).is_some_and(|(a, b)| (a - b).abs() < 1e-4), "{row}");
    settings(&home, "[model.budget]\nshift_cost = 1.0");
    let (_, _, said) = ask(&home, &desk, "openai/v1");
    assert!(said.contains("no price for this model"), "{said}");
}

#[test]
fn esc_hangs_up_on_the_model() {
    let (desk, home) = (Desk::start(&["--faults", "POST /openai/** model-stall=600000"]), Home::new());
    let mut console = Console::start_with(&home, Some(&desk), &[], (120, 40));
    journeys::open_top_with_assistant(&mut console, &Top::of(&desk));
    journeys::ask(&mut console, QUESTION);
    let abandoned = || desk.get("/__sandbox/model/log")["abandoned"].as_u64();
    let asked = || desk.get("/__sandbox/model/log")["requests"].as_array().map_or(0, Vec::len);
    console.wait_until("the endpoint is asked", |screen| screen.contains("working") && asked() == 1);
    assert_eq!(abandoned(), Some(0));
    console.press("<esc>").wait("Stopped.");
    console.wait_until("the endpoint saw the line closed, the ledger an estimate", |screen| {
        abandoned() == Some(1) && screen.contains("turn ~")
    });
}
