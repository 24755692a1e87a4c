//! Owns the `meta` of `WhatsApp` drafts: interactive lists and buttons, and templates with their parameters (Kustomer API
//! reference 14.3).

use serde_json::Value;

use super::{
    Field, Rule,
    Rule::{Chosen, Id, List, Shape, Text, Whole, Word},
    opt, req,
};

/// `meta` of an interactive draft.
pub const INTERACTIVE: &[Field] =
    &[req("meta", Shape(&[req("interactive", Chosen(|value| shape_of(value, INTERACTIVES)))]))];

/// `meta` of a draft made from a template of the org's `WhatsApp` account.
pub const TEMPLATE: &[Field] =
    &[req("meta", Shape(&[req("template", Text(1, 256)), opt("components", Shape(COMPONENTS))]))];

const INTERACTIVES: &[(&str, Rule)] = &[("list", Shape(LIST)), ("button", Shape(BUTTONS))];

const HEADER: &[Field] = &[req("type", Word(&["text"])), req("text", Text(1, 60))];
const BODY: &[Field] = &[req("text", Text(1, 1024))];
const FOOTER: &[Field] = &[req("text", Text(1, 60))];

const ROW: &[Field] = &[req("id", Text(1, 200)), req("title", Text(1, 24)), opt("description", Text(0, 72))];
const SECTION: &[Field] = &[opt("title", Text(0, 24)), req("rows", List(&Shape(ROW), 10))];
const LIST: &[Field] = &[
    req("type", Word(&["list"])),
    opt("header", Shape(HEADER)),
    req("body", Shape(BODY)),
    opt("footer", Shape(FOOTER)),
    req("action", Shape(&[req("button", Text(1, 20)), req("sections", List(&Shape(SECTION), 1))])),
];

const REPLY: &[Field] = &[req("id", Text(1, 256)), req("title", Text(1, 20))];
const BUTTON: &[Field] = &[req("type", Word(&["reply"])), req("reply", Shape(REPLY))];
const BUTTONS: &[Field] = &[
    req("type", Word(&["button"])),
    opt("header", Shape(HEADER)),
    req("body", Shape(BODY)),
    opt("footer", Shape(FOOTER)),
    req("action", Shape(&[req("buttons", List(&Shape(BUTTON), 3))])),
];

/// Parameters are numbered by single digits from 1.
const PARAMETER: Rule = Shape(&[req("type", Word(&["text"])), req("text", Text(1, 1024))]);
const PARAMETERS: &[Field] = &[
    opt("1", PARAMETER),
    opt("2", PARAMETER),
    opt("3", PARAMETER),
    opt("4", PARAMETER),
    opt("5", PARAMETER),
    opt("6", PARAMETER),
    opt("7", PARAMETER),
    opt("8", PARAMETER),
    opt("9", PARAMETER),
];
const TEXT_HEADER: &[Field] = &[req("type", Word(&["text"])), req("text", Shape(&[req("1", PARAMETER)]))];
const MEDIA_HEADER: &[Field] = &[req("type", Word(&["image", "video", "document"])), req("attachment", Id)];
const HEADERS: &[(&str, Rule)] = &[
    ("text", Shape(TEXT_HEADER)),
    ("image", Shape(MEDIA_HEADER)),
    ("video", Shape(MEDIA_HEADER)),
    ("document", Shape(MEDIA_HEADER)),
];
const TEMPLATE_BUTTON: &[Field] =
    &[req("index", Rule::Either(&[Whole(0, 9), Text(1, 1)])), req("sub_type", Word(&["url"])), req("1", PARAMETER)];
const COMPONENTS: &[Field] = &[
    opt("header", Chosen(|value| shape_of(value, HEADERS))),
    opt("body", Shape(PARAMETERS)),
    opt("buttons", List(&Shape(TEMPLATE_BUTTON), 1)),
];

/// The shape a value's own `type` asks for; for an unknown type the first, whose `type` then refuses it.
fn shape_of(value: &Value, shapes: &[(&str, Rule)]) -> Rule {
    let kind = value.get("type").and_then(Value::as_str);
    let fitting = shapes.iter().find(|(name, _)| Some(*name) == kind).or(shapes.first());
    fitting.map_or(Rule::Object, |(_, rule)| *rule)
}
