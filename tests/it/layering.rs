//! Reads `src/` and holds the architecture: who may name whom, and which file alone may touch a clock, an HTTP library, a
//! raw key code or the maker of a key press.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The folders in the order of who may name whom: each names only what stands above it.
const ORDER: [&str; 16] = [
    "domain",
    "clock",
    "config",
    "privacy",
    "store",
    "transport",
    "approval",
    "kustomer",
    "connect",
    "bulk",
    "tools",
    "assistant",
    "insight",
    "console",
    "sandbox",
    "cli",
];

fn sources() -> BTreeMap<String, String> {
    fn gather(folder: &Path, root: &Path, into: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("src can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                gather(&path, root, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
                into.insert(name, fs::read_to_string(&path).expect("a source file can be read"));
            }
        }
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = BTreeMap::new();
    gather(&root, &root, &mut all);
    all
}

/// Whether a file is compiled for tests only.
fn is_test(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    [
        "tests.rs",
        "http_tests.rs",
        "fault_tests.rs",
        "desk_tests.rs",
        "hostile_tests.rs",
        "world_test.rs",
        "bytes_tests.rs",
        "fixture.rs",
        "script.rs",
    ]
    .contains(&name)
}

/// The production part of a file: comments and everything from its test module on are left out.
pub fn production(file: &str, source: &str) -> String {
    if is_test(file) {
        return String::new();
    }
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn folder(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

/// The folders a file names, through `crate::x` or inside `use crate::{x, …}`.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut start = true;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => start = true,
                    c if (c.is_alphanumeric() || c == '_') && start && depth == 1 => {
                        word.push(c);
                        continue;
                    }
                    _ => {}
                }
                if !word.is_empty() {
                    names.push(std::mem::take(&mut word));
                    start = false;
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names.retain(|name| ORDER.contains(&name.as_str()));
    names
}

#[test]
fn a_folder_names_only_what_stands_above_it() {
    let rank = |name: &str| ORDER.iter().position(|entry| *entry == name);
    let mut wrong = Vec::new();
    for (file, source) in sources() {
        let Some(own) = rank(folder(&file)) else { continue };
        for name in named(&production(&file, &source)) {
            if rank(&name) > Some(own) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_folder_of_the_source_has_its_place_in_the_order() {
    let unknown: Vec<String> = sources()
        .into_keys()
        .filter(|file| !["main", "lib"].contains(&folder(file)) && !ORDER.contains(&folder(file)))
        .collect();
    assert_eq!(unknown, Vec::<String>::new());
}

#[test]
fn the_simulated_desk_names_nothing_of_ours_but_the_clock() {
    let mut wrong = Vec::new();
    for (file, source) in sources().into_iter().filter(|(file, _)| file.starts_with("sandbox")) {
        let foreign = named(&production(&file, &source))
            .into_iter()
            .filter(|name| !["clock", "sandbox"].contains(&name.as_str()));
        wrong.extend(foreign.map(|name| format!("{file} names {name}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Words, and the only files (or folders) that may hold them.
const ONLY_HERE: [(&[&str], &[&str]); 10] = [
    (&["Timestamp::now(", "Instant::now(", "SystemTime::now(", "tokio::time::sleep", "thread::sleep"], &["clock.rs"]),
    (&["reqwest::"], &["transport/"]),
    (&["rmcp::"], &["connect/mcp/"]),
    (&["jsonschema::"], &["connect/mcp/schema.rs"]),
    (&["async_openai::"], &["assistant/stream.rs", "assistant/stream/"]),
    (&["Press::from_terminal"], &["console/term.rs", "console/term/", "cli/tty.rs"]),
    (
        &["KeyCode"],
        &[
            "console/keymap.rs",
            "console/keymap/",
            "console/term.rs",
            "console/term/",
            "console/widgets/input.rs",
            "console/widgets/composer.rs",
            "cli/tty.rs",
        ],
    ),
    (&["Color::"], &["console/theme.rs", "console/theme/"]),
    (&["rusqlite"], &["store/"]),
    // What a model is told in the clear: only behind a card of its own.
    (&["vault.disclose("], &["tools/value_disclose.rs"]),
];

#[test]
fn some_words_stand_in_one_place_only() {
    let mut wrong = Vec::new();
    for (file, source) in sources() {
        let code = production(&file, &source);
        for (words, homes) in ONLY_HERE {
            if homes.iter().any(|home| file.starts_with(home)) {
                continue;
            }
            wrong.extend(words.iter().filter(|word| code.contains(**word)).map(|word| format!("{file} says {word}")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_says_first_what_it_owns() {
    let silent: Vec<String> =
        sources().into_iter().filter(|(_, source)| !source.starts_with("//!")).map(|(file, _)| file).collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn the_reader_of_names_sees_nested_imports() {
    let code = "use crate::{\n    approval::{Change, Effect},\n    domain::{Text},\n    transport::Method,\n};\nlet x = crate::store::Store;";
    assert_eq!(named(code), ["approval", "domain", "transport", "store"]);
}
