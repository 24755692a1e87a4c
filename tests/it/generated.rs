//! Text in the README that is made from the program, so that it cannot lie: the tables of keys, of the keyboard and of the
//! search language. Rewritten by
//! `SHIFTDECK_README=1 cargo test --test it generated`.

use std::{fs, path::PathBuf};

use shiftdeck::console::actions::{Action, Context};

const BEGIN: &str = "<!-- keys: begin (generated from the action table; `cargo test` compares) -->";
const END: &str = "<!-- keys: end -->";

fn table() -> String {
    const GROUPS: [(&str, &[Context]); 6] = [
        ("Everywhere", &[Context::Always, Context::Anywhere, Context::Shared]),
        ("Moving", &[Context::Moving]),
        ("Parts of the screen", &[Context::Splits]),
        ("In panes that know them", &[Context::InPane]),
        ("While typing", &[Context::Typing]),
        ("On an approval card", &[Context::Card, Context::Editor]),
    ];
    let mut table = String::from("## Keys\n\n| where | key | what it does |\n| --- | --- | --- |\n");
    for (name, contexts) in GROUPS {
        let actions = Action::ALL.iter().filter(|action| contexts.contains(&action.context()));
        for action in actions.filter(|action| !action.default_keys().is_empty()) {
            let keys: Vec<String> = action.default_keys().iter().map(|key| format!("`{key}`")).collect();
            table.push_str(&format!("| {name} | {} | {} |\n", keys.join(" "), action.help()));
        }
    }
    table.push_str("\nEvery binding can be changed under `[keys]` in the settings file, by the action's name; `?` in the console lists what works where you are.\n");
    table
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

/// The text with what stands between the marks replaced.
fn with(readme: &str, (begin, end): (&str, &str), table: &str) -> String {
    let (before, rest) = readme.split_once(begin).expect("the table begins");
    let (_, after) = rest.split_once(end).expect("the table ends");
    format!("{before}{begin}\n{table}{end}{after}")
}
