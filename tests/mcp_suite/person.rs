//! Owns the person of the suite: works the real program in a terminal against the server of one scenario. Knows the program's
//! screens and keys, and of the protocol nothing: whatever the suite checks, the program did.

use std::env;

use serde_json::{Map, Value};

use super::harness::{Console, Home, command};

/// What the settings call the scenario's server.
const ALIAS: &str = "suite";
/// The one tool behind every sign-in of the suite.
const BEHIND_SIGN_IN: &str = "test-tool";

/// Works the program against this server; whether everything went as a person would want it.
pub fn works(address: &str) -> bool {
    let (scenario, context) = (env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default(), context());
    let home = Home::new();
    let sign_in = scenario.starts_with("auth/");
    settings(&home, address, sign_in, context["client_id"].as_str());
    if sign_in {
        // Who signs people in may change from one use to the next.
        let times = if scenario.ends_with("migration") { 3 } else { 1 };
        let name = format!("{ALIAS}__{BEHIND_SIGN_IN}");
        return (0..times).map(|_| call(&home, &name, &Map::new())).filter(|is_well| !is_well).count() == 0;
    }
    let Some(offered) = offered(&home) else { return false };
    let wanted = context.get("toolCalls").and_then(Value::as_array).cloned().unwrap_or_default();
    let calls: Vec<(String, Map<String, Value>)> = if wanted.is_empty() {
        let written = written(&home);
        offered.iter().map(|tool| (name(tool), arguments(tool, &written))).collect()
    } else {
        wanted.iter().filter_map(|wanted| known(&offered, wanted)).collect()
    };
    // All are called, whatever became of the first.
    calls.iter().map(|(tool, arguments)| call(&home, tool, arguments)).filter(|is_well| !is_well).count() == 0
}

/// What a scenario tells its client beside the address.
fn context() -> Value {
    env::var("MCP_CONFORMANCE_CONTEXT").ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn settings(home: &Home, address: &str, sign_in: bool, registered: Option<&str>) {
    let mut text = format!("[mcp.{ALIAS}]\nurl = {address:?}\noauth = {sign_in}\n");
    if let Some(id) = registered {
        text.push_str(&format!("client_id = {id:?}\nclient_secret_env = \"SUITE_SECRET\"\n"));
    }
    let folder = home.path().join("config");
    std::fs::create_dir_all(&folder).expect("a folder for settings");
    std::fs::write(folder.join("settings.toml"), text).expect("settings can be written");
}

/// The server's tools, as the program lists them.
fn offered(home: &Home) -> Option<Vec<Value>> {
    let listed = command(home, None).args(["tools", "list", "--source", ALIAS, "--json"]).output().expect("it starts");
    if !listed.status.success() {
        eprintln!("tools list: {}", String::from_utf8_lossy(&listed.stderr));
        return None;
    }
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let tools = listed["tools"].as_array().expect("a list");
    Some(tools.iter().filter(|tool| tool["not_called"].is_null()).cloned().collect())
}

fn name(tool: &Value) -> String {
    tool["name"].as_str().expect("a name").to_owned()
}

/// The tool a scenario wants called, with the arguments it wants.
fn known(offered: &[Value], wanted: &Value) -> Option<(String, Map<String, Value>)> {
    let tool = offered.iter().find(|tool| tool["name_there"] == wanted["name"])?;
    Some((name(tool), wanted["arguments"].as_object().cloned().unwrap_or_default()))
}

/// The server's tools as it wrote them.
fn written(home: &Home) -> Vec<Value> {
    let shown = command(home, None).args(["mcp", "show", ALIAS, "--json"]).output().expect("it starts");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
    shown["tools"].as_array().cloned().unwrap_or_default()
}

/// Arguments a tool takes: what it needs, made up. One that wants to see a schema is given another tool's, as it was written.
fn arguments(tool: &Value, written: &[Value]) -> Map<String, Value> {
    let schema = &tool["parameters"];
    let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let other =
        || written.iter().find(|other| other["name"] != tool["name_there"]).map(|other| other["parameters"].clone());
    let fill = |name: &str| match name {
        "schema" => other().unwrap_or_default(),
        _ => value(&schema["properties"][name]),
    };
    needed.map(|name| (name.to_owned(), fill(name))).collect()
}

fn value(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("number") => 1.5.into(),
        Some("integer") => 1.into(),
        Some("boolean") => true.into(),
        Some("array") => Vec::<Value>::new().into(),
        Some("object") => Map::new().into(),
        _ => "test".into(),
    }
}

/// Calls a tool at a terminal: signs in where that is asked for, approves the card, takes what a server's question offers.
fn call(home: &Home, tool: &str, arguments: &Map<String, Value>) -> bool {
    let arguments = Value::Object(arguments.clone()).to_string();
    let args = ["tools", "call", tool, "--args", &arguments];
    let secret = context()["client_secret"].as_str().unwrap_or_default().to_owned();
    let mut console = Console::start_in(home, None, &args, (160, 400), &[("SUITE_SECRET", &secret)]);
    let mut read = 0;
    while console.wait_or_end(|written| asked(&written[read..]).is_some()) {
        let written = console.written();
        let (end, question) = asked(&written[read..]).expect("it was just there");
        let said = &written[read..read + end];
        match question {
            Question::Visit => visit(said),
            Question::Count => {
                let count = number(said);
                console.press(&count).press("a");
            }
            Question::Card | Question::Server => drop(console.press("a")),
            Question::SignIn | Question::Field => drop(console.press("<enter>")),
        }
        read += end;
    }
    console.exit_code() == 0
}

/// What the program waits for.
#[derive(Clone, Copy)]
enum Question {
    SignIn,
    Visit,
    Card,
    Count,
    Server,
    Field,
}

/// The first thing the program asks in what it wrote, and where the asking ends.
fn asked(written: &str) -> Option<(usize, Question)> {
    const SAID: [(&str, Question); 6] = [
        ("Enter signs in", Question::SignIn),
        ("Ctrl-C gives up:\r\n\r\n", Question::Visit),
        ("the number of records, then a approves", Question::Count),
        ("\na approves", Question::Card),
        ("a fills it in", Question::Server),
        ("a sends it", Question::Server),
    ];
    let found = SAID.iter().filter_map(|(words, question)| Some((written.find(words)? + words.len(), *question)));
    // A field is asked for at the end of what was written: `amount [5]: `.
    let field = written.ends_with(": ").then_some((written.len(), Question::Field));
    let (end, question) = found.chain(field).min_by_key(|(end, _)| *end)?;
    match question {
        // The address ends with its line.
        Question::Visit => written[end..].find("\r\n").map(|more| (end + more, question)),
        _ => Some((end, question)),
    }
}

/// The number a card wants typed.
fn number(said: &str) -> String {
    said.rsplit("type ").next().unwrap_or_default().chars().take_while(char::is_ascii_digit).collect()
}

/// Opens the address in what a person would call a browser: it goes where it is sent.
fn visit(said: &str) {
    let address = said.rsplit("\r\n").next().unwrap_or_default().trim().to_owned();
    let work = async move {
        let browser = reqwest::Client::builder().no_proxy().build().expect("a client");
        browser.get(address).send().await.map(drop)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Err(error) = runtime.block_on(work) {
        eprintln!("the browser: {error}");
    }
}
