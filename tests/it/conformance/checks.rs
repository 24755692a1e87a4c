//! Owns the checks that hold for every operation: its status and envelope, 401 without a key, 403 without a role, every
//! role by itself enough, 404 for what is not there, 400 for what a body may not have.

use std::{cell::RefCell, collections::BTreeMap};

use serde_json::{Value, json};

use super::{
    envelope,
    example::{Example, Shape},
    fixtures::Fixtures,
    index::{self, Operation},
};
use crate::harness::Desk;

/// An id nobody has.
pub const UNKNOWN: &str = "66ffffffffffffffffffffff";
/// More pages than any list of a small desk has.
const MOST_PAGES: usize = 400;

/// A desk under examination and what was found wrong with it.
pub struct Examination<'d> {
    pub desk: &'d Desk,
    pub fixtures: Fixtures<'d>,
    pub admin: String,
    tokens: RefCell<BTreeMap<String, Result<String, String>>>,
    wrong: RefCell<Vec<String>>,
}

impl<'d> Examination<'d> {
    pub fn new(desk: &'d Desk) -> Self {
        let admin = desk.key("admin");
        let fixtures = Fixtures::new(desk, admin.clone());
        Self { desk, fixtures, admin, tokens: RefCell::default(), wrong: RefCell::default() }
    }

    /// Goes through examples; everything that is wrong is told at once.
    pub fn all(self, examples: Vec<Example>) {
        let operations = index::operations();
        for example in examples {
            let name = index::name(example.method, example.path);
            let operation = operations.iter().find(|operation| operation.name() == name);
            self.one(&example, operation.unwrap_or_else(|| panic!("{name} is in operations.txt")));
        }
        self.finish();
    }

    /// Fails when anything was wrong.
    pub fn finish(self) {
        let wrong = self.wrong.into_inner();
        assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// Notes something wrong.
    pub fn note(&self, what: &str, detail: impl std::fmt::Display) {
        self.wrong.borrow_mut().push(format!("{what}: {detail}"));
    }

    /// Notes when something does not hold.
    pub fn check(&self, what: &str, holds: bool, detail: impl std::fmt::Display) {
        if !holds {
            self.note(what, detail);
        }
    }

    /// A call with fixtures put in that must answer with this status; its body.
    #[expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]
    pub fn expect(&self, status: u16, method: &str, path: &str, body: Value) -> Result<Value, String> {
        let path = format!("/v1{}", self.fixtures.fill(path)?);
        let body = if body.is_null() { None } else { Some(self.fixtures.fill_body(&body)?) };
        let (found, answer) = self.call(method, &path, body.as_ref());
        if found == status {
            Ok(answer)
        } else {
            Err(format!("{method} {path} answers {found}, not {status}: {answer}"))
        }
    }

    /// A call with the admin's key.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (status, text) = self.desk.raw(Some(&self.admin), method, path, body);
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    fn one(&self, example: &Example, operation: &Operation) {
        let name = format!("{} {}", example.method, example.path);
        self.gates(example, operation, &name);
        let (path, body) = match self.fill(example, None) {
            Ok(filled) => filled,
            Err(why) => return self.note(&name, why),
        };
        self.refusals(example, body.as_ref(), &name);
        let (status, text) = self.desk.raw(Some(&self.admin), example.method, &path, body.as_ref());
        if !operation.status.map_or(status < 300, |documented| status == documented) {
            return self.note(&name, format!("answers {status}, not {:?}: {text}", operation.status));
        }
        if status < 300 {
            self.shape(example, &path, &text, &name);
        }
    }

    /// Path and body with fixtures put in; one variable of the path replaced, if asked for.
    fn fill(&self, example: &Example, replaced: Option<(usize, &str)>) -> Result<(String, Option<Value>), String> {
        let mut path = String::from("/v1");
        let mut rest = example.path;
        for (place, variable) in example.variables.iter().enumerate() {
            let (literal, tail) = rest.split_once('{').unwrap_or_else(|| panic!("a variable for {variable}"));
            let value = match replaced {
                Some((at, value)) if at == place || at == usize::MAX => value.to_owned(),
                Some(_) | None => encode(&self.fixtures.fill(variable)?),
            };
            path.push_str(literal);
            path.push_str(&value);
            rest = tail.split_once('}').map_or("", |(_, after)| after);
        }
        assert!(!rest.contains('{'), "every variable of {} has a value", example.path);
        path.push_str(rest);
        if !example.query.is_empty() {
            let query = if replaced.is_some() { String::new() } else { self.fixtures.fill(example.query)? };
            path = format!("{path}?{query}");
        }
        let body = match (&example.body, replaced) {
            (Some(body), None) => Some(self.fixtures.fill_body(body)?),
            (Some(body), Some(_)) => Some(body.clone()),
            (None, _) => None,
        };
        Ok((path, body))
    }

    /// 401 without a key, 403 with a role that is none of those named, neither with any one of those that are. Asked so that
    /// nothing can happen: with ids nobody has and a body nobody takes.
    fn gates(&self, example: &Example, operation: &Operation, name: &str) {
        let Ok((path, _)) = self.fill(example, Some((usize::MAX, UNKNOWN))) else { return };
        let body =
            example.body.as_ref().map(|body| if body.is_array() { json!([]) } else { json!({ "unknownKey": 1 }) });
        let ask = |key: Option<&str>| self.desk.raw(key, example.method, &path, body.as_ref());
        let is_public = example.path.starts_with("/p/");
        let (status, text) = ask(None);
        self.check(name, is_public || status == 401, format!("without a key answers {status}"));
        if status >= 400 {
            self.check(name, envelope::error(&text).is_none(), text);
        }
        if operation.roles.is_empty() {
            return;
        }
        let stranger = if operation.roles.iter().any(|role| role == "org.tracking") {
            "org.permission.bulk.read"
        } else {
            "org.tracking"
        };
        match self.token(stranger) {
            Ok(key) => {
                let status = ask(Some(&key)).0;
                self.check(name, status == 403, format!("with {stranger} alone answers {status}, not 403"));
            }
            Err(why) => self.note(name, why),
        }
        for role in &operation.roles {
            if let Ok(key) = self.token(role) {
                let status = ask(Some(&key)).0;
                self.check(name, status != 401 && status != 403, format!("with {role} alone answers {status}"));
            }
        }
    }

    /// A key with one role.
    pub fn token(&self, role: &str) -> Result<String, String> {
        if let Some(known) = self.tokens.borrow().get(role) {
            return known.clone();
        }
        let body = json!({ "name": format!("only {role}"), "roles": [role] });
        let (status, answer) = self.call("POST", "/v1/auth/tokens", Some(&body));
        let token = answer["data"]["attributes"]["token"].as_str().map(str::to_owned);
        let token = token.ok_or_else(|| format!("no key with {role} alone: {status} {answer}"));
        self.tokens.borrow_mut().insert(role.to_owned(), token.clone());
        token
    }

    /// 404 for an unknown id in each place of the path, 400 for an unknown key in the body.
    fn refusals(&self, example: &Example, body: Option<&Value>, name: &str) {
        for place in 0..if example.misses { example.variables.len() } else { 0 } {
            match self.fill(example, Some((place, UNKNOWN))) {
                Ok((path, _)) => {
                    let (status, text) = self.desk.raw(Some(&self.admin), example.method, &path, body);
                    self.check(name, status == 404, format!("{path} answers {status}, not 404: {text}"));
                    self.check(name, envelope::error(&text).is_none(), text);
                }
                Err(why) => self.note(name, why),
            }
        }
        if let Some(Value::Object(map)) = body {
            let mut map = map.clone();
            map.insert("unknownKey".into(), 1.into());
            // What a fresh fixture is for must not be used up here: an unknown key has to be seen first.
            if let Ok((path, _)) = self.fill(example, None) {
                let (status, text) = self.desk.raw(Some(&self.admin), example.method, &path, Some(&Value::Object(map)));
                self.check(name, status == 400, format!("an unknown key answers {status}, not 400: {text}"));
            }
        }
    }

    fn shape(&self, example: &Example, path: &str, text: &str, name: &str) {
        if example.shape == Shape::Nothing {
            return self.check(name, text.is_empty(), format!("has a body: {text}"));
        }
        let body: Value = serde_json::from_str(text).unwrap_or_default();
        let resources = |kind: &str| {
            let Some(items) = body["data"].as_array() else { return vec!["data is no list".to_owned()] };
            items.iter().flat_map(|item| envelope::resource(item, kind)).collect()
        };
        let wrong = match example.shape {
            Shape::Nothing => Vec::new(),
            Shape::One(kind) => envelope::resource(&body["data"], kind),
            Shape::Several(kind) => resources(kind),
            Shape::Page(kind) => [resources(kind), envelope::frame(&body), self.walk(path)].concat(),
            Shape::Other(pointer) => {
                if body.pointer(pointer).is_some() {
                    Vec::new()
                } else {
                    vec![format!("nothing at {pointer}: {text}")]
                }
            }
        };
        let mut told = std::collections::BTreeSet::new();
        wrong.iter().filter(|wrong| told.insert(wrong.as_str())).for_each(|wrong| self.note(name, wrong));
    }

    /// From the first page along `links.next` each id comes once, until it is null.
    fn walk(&self, path: &str) -> Vec<String> {
        let join = if path.contains('?') { '&' } else { '?' };
        let mut next = format!("{path}{join}pageSize=40");
        let mut ids = Vec::new();
        for _ in 0..MOST_PAGES {
            let (status, body) = self.call("GET", &next, None);
            if status != 200 {
                return vec![format!("{next} answers {status}")];
            }
            let rows = body["data"].as_array().into_iter().flatten();
            ids.extend(rows.filter_map(|row| row["id"].as_str()).map(str::to_owned));
            match body["links"]["next"].as_str() {
                Some(link) if link.starts_with("/v1/") => link.clone_into(&mut next),
                Some(link) => return vec![format!("links.next is {link}")],
                None => return envelope::doubled(&ids).into_iter().map(|id| format!("{id} comes twice")).collect(),
            }
        }
        vec![format!("{path} does not end")]
    }
}

/// Percent-encodes what a path may not hold as it is.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
