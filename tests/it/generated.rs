//! Text in the README that is made from the program, so that it cannot lie: the tables of keys, of the keyboard and of the
//! search language. Rewritten by
//! `SHIFTDECK_README=1 cargo test --test it generated`.

use std::{fs, path::PathBuf};

use shiftdeck::console::{
    actions::{Action, Context},
    panes::PaneId,
};

use crate::harness::{Home, run};

const BEGIN: &str = "<!-- keys: begin (generated from the action table; `cargo test` compares) -->";
const END: &str = "<!-- keys: end -->";

fn table() -> String {
    const AROUND: [(&str, &[Context]); 8] = [
        ("Everywhere", &[Context::Always, Context::Anywhere, Context::Shared]),
        ("Moving", &[Context::Moving]),
        ("Parts of the screen", &[Context::Splits]),
        ("While typing", &[Context::Typing]),
        ("In the composer", &[Context::Compose]),
        ("In a form", &[Context::Form]),
        ("At the question of a tool server", &[Context::Question]),
        ("On an approval card", &[Context::Card, Context::Editor, Context::Waiting]),
    ];
    let mut table = String::from("## Keys\n\n");
    let in_context = |contexts: &[Context]| -> Vec<Action> {
        Action::ALL.iter().copied().filter(|action| contexts.contains(&action.context())).collect()
    };
    for (name, contexts) in AROUND {
        section(&mut table, name, &in_context(contexts));
    }
    for pane in PaneId::ALL {
        let own: Vec<Action> = pane.spec().actions.iter().copied().filter(|a| a.context() == Context::InPane).collect();
        section(&mut table, &format!("In {}: {}", pane.spec().title, pane.spec().about), &own);
    }
    table.push_str("Every binding can be changed under `[keys]` in the settings file, by the action's name; `?` in the console lists what works where you are.\n");
    table
}

/// A table under a line that says where its keys work; nothing for actions without keys.
fn section(table: &mut String, name: &str, actions: &[Action]) {
    let with_keys: Vec<&Action> = actions.iter().filter(|action| !action.default_keys().is_empty()).collect();
    if with_keys.is_empty() {
        return;
    }
    table.push_str(&format!("{name}\n\n| key | name | what it does |\n| --- | --- | --- |\n"));
    for action in with_keys {
        // A bar ends a cell, in code too.
        let keys: Vec<String> =
            action.default_keys().iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
        table.push_str(&format!("| {} | `{}` | {} |\n", keys.join(" "), action.name(), action.help()));
    }
    table.push('\n');
}

const WORDS: (&str, &str) =
    ("<!-- search: begin (generated from the table of keys; `cargo test` compares) -->", "<!-- search: end -->");

#[test]
fn the_readmes_tables_are_the_programs() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&file).expect("the README");
    let wanted = with(&with(&readme, (BEGIN, END), &table()), WORDS, &shiftdeck::kustomer::search::reference());
    if std::env::var_os("SHIFTDECK_README").is_some() {
        fs::write(&file, &wanted).expect("the README can be written");
        return;
    }
    assert_eq!(readme, wanted, "run SHIFTDECK_README=1 cargo test --test it generated");
}

/// Every flag of the program, read from its help and its commands' help.
fn flags() -> Vec<String> {
    let help = |args: &[&str]| String::from_utf8_lossy(&run(&Home::new(), None, args).stdout).into_owned();
    let top = help(&["--help"]);
    let commands = top.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next()).unwrap_or_default();
    let name = |line: &str| line.strip_prefix("  ").and_then(|line| line.split(' ').next()).map(str::to_owned);
    let names = commands.lines().filter_map(name).filter(|name| !name.is_empty());
    let mut texts: Vec<String> = names.map(|name| help(&[&name, "--help"])).collect();
    texts.push(top.clone());
    let mut flags: Vec<String> = texts
        .iter()
        .flat_map(|text| text.split(|c: char| c.is_whitespace() || c == ','))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect())
        .collect();
    flags.sort();
    flags.dedup();
    flags
}

#[test]
fn the_manual_page_and_the_completions_know_every_flag() {
    let flags = flags();
    for known in ["--linear", "--ascii", "--sandbox", "--explain", "--output", "--rate-limit"] {
        assert!(flags.iter().any(|flag| flag == known), "{known} is not read from the help: {flags:?}");
    }
    let printed = |args: &[&str]| String::from_utf8_lossy(&run(&Home::new(), None, args).stdout).replace("\\-", "-");
    for args in [&["man"][..], &["completions", "bash"], &["completions", "zsh"], &["completions", "fish"]] {
        let text = printed(args);
        let has =
            |flag: &str| text.contains(flag) || args[1..] == ["fish"] && text.contains(&format!("-l {}", &flag[2..]));
        let missing: Vec<&String> = flags.iter().filter(|flag| !has(flag)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "{args:?}");
    }
}

/// The text with what stands between the marks replaced.
fn with(readme: &str, (begin, end): (&str, &str), table: &str) -> String {
    let (before, rest) = readme.split_once(begin).expect("the table begins");
    let (_, after) = rest.split_once(end).expect("the table ends");
    format!("{before}{begin}\n{table}{end}{after}")
}
