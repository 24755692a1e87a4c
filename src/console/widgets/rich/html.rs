//! Owns HTML mail. One linear pass marks what a reader would not see (`[hidden: …]`), tells each link's host, leaves out
//! scripts and styles, passes on only the elements layout needs, and flattens nesting; html2text then lays the rest out.
//!
//! Why the pass: html2text takes quadratic time in the depth of nesting, and hides in silence what a style sheet hides or
//! what stands in elements it does not draw. What counts as out of sight is said in `hidden.rs`.

use std::{collections::HashSet, sync::Arc};

use html2text::{config, render::RichAnnotation};

use super::{
    Row,
    hidden::{Ground, hides, hiding_selectors},
    link,
};
use crate::{console::theme::Role, privacy::contain};

/// Elements nested deeper than this are flattened: they look the same and cost nothing.
const DEEPEST: usize = 48;
/// Tags that make words HTML rather than text with angle brackets.
const TELLING: [&str; 20] = [
    "html",
    "body",
    "div",
    "p",
    "br",
    "table",
    "span",
    "a",
    "b",
    "i",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "img",
    "h1",
    "h2",
    "style",
    "blockquote",
];
/// Elements without an end.
const VOID: [&str; 10] = ["br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base"];
/// Elements whose content is no text.
const SILENT: [&str; 2] = ["script", "style"];
/// Elements passed on to the layout; of all others only the words are, because some would swallow them.
const LAYOUT: [&str; 47] = [
    "a",
    "address",
    "article",
    "b",
    "big",
    "blockquote",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "i",
    "ins",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "s",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "u",
    "ul",
];
/// Elements inside a line: all others part the words before from those after.
const RUNNING: [&str; 14] =
    ["a", "b", "i", "u", "s", "em", "strong", "span", "font", "code", "small", "sub", "sup", "big"];
/// Characters shown of a comment: it is not meant for a reader, but may be meant for a model.
const COMMENT: usize = 200;

/// Whether words are HTML: they hold at least one tag that mail is made of.
pub fn is_html(raw: &str) -> bool {
    let mut rest = raw;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if TELLING.contains(&name(rest).0.as_str()) && rest.contains('>') {
            return true;
        }
    }
    false
}

/// The words as lines of pieces; what html2text cannot lay out is shown as the source it is.
pub fn lines(raw: &str, width: usize, base: Role) -> Vec<Row> {
    let marked = Marked::of(raw);
    // It counts some scripts' widths in two ways, and panics where they disagree.
    let laid = contain(|| config::rich().no_table_borders().lines_from_read(marked.out.as_bytes(), width.max(20)));
    let Ok(Ok(laid)) = laid else { return super::plain(raw, base) };
    let rows = laid.iter().map(|line| {
        let mut row = Row::default();
        for piece in line.tagged_strings() {
            row.push_link(&piece.s, role(&piece.tag, base), marked.address(&piece.tag));
        }
        if row.words().trim_start().starts_with('>') {
            for piece in &mut row.0 {
                piece.role = Role::Quote;
            }
        }
        row
    });
    rows.collect()
}

fn role(tags: &[RichAnnotation], base: Role) -> Role {
    let one = |tag: &RichAnnotation| match tag {
        RichAnnotation::Link(_) => Some(Role::Link),
        RichAnnotation::Image(_) | RichAnnotation::Strikeout => Some(Role::Dim),
        RichAnnotation::Strong => Some(Role::Strong),
        RichAnnotation::Emphasis => Some(Role::Accent),
        RichAnnotation::Code | RichAnnotation::Preformat(_) => Some(Role::Code),
        _ => None,
    };
    tags.iter().find_map(one).unwrap_or(base)
}

/// HTML made ready: flat, honest about what is hidden and where links lead.
struct Marked {
    out: String,
    /// Open elements: name, whether its tag was written, whether a `[hidden: ` is open for it, a link's target and
    /// where its words began.
    open: Vec<Open>,
    hidden: usize,
    hiding: HashSet<String>,
    /// Open elements with a ground of their own: white words are no longer white on white.
    grounds: usize,
    /// Where links lead; the layout carries their numbers.
    addresses: Vec<Arc<str>>,
}

struct Open {
    name: String,
    written: bool,
    hides: bool,
    ground: bool,
    link: Option<(String, usize)>,
}

impl Marked {
    fn of(raw: &str) -> Self {
        let mut marked = Self {
            out: String::with_capacity(raw.len() + 256),
            open: Vec::new(),
            hidden: 0,
            hiding: hiding_selectors(raw),
            grounds: 0,
            addresses: Vec::new(),
        };
        let mut rest = raw;
        while let Some(at) = rest.find('<') {
            marked.out.push_str(&rest[..at]);
            rest = marked.tag(&rest[at + 1..]);
        }
        marked.out.push_str(rest);
        while !marked.open.is_empty() {
            marked.close_top();
        }
        marked
    }

    /// Takes what follows a `<`; gives what follows the tag.
    fn tag<'a>(&mut self, rest: &'a str) -> &'a str {
        if let Some(comment) = rest.strip_prefix("!--") {
            let (comment, after) = comment.split_once("-->").unwrap_or((comment, ""));
            self.aside("hidden comment", comment);
            return after;
        }
        if let Some(end) = rest.strip_prefix(['!', '?']) {
            return end.find('>').map_or("", |at| &end[at + 1..]);
        }
        let closes = rest.starts_with('/');
        let (name, after_name) = name(rest.strip_prefix('/').unwrap_or(rest));
        if name.is_empty() {
            self.out.push_str("&lt;");
            return rest;
        }
        let (attributes, after) = attributes(after_name);
        if closes {
            self.close(&name);
            return after;
        }
        if SILENT.contains(&name.as_str()) {
            return skip_past(after, &name).1;
        }
        if name == "title" && !closes {
            let (title, after) = skip_past(after, &name);
            self.aside("title", title);
            return after;
        }
        self.start(name, attributes);
        after
    }

    /// Words that stand nowhere on the page, told all the same.
    fn aside(&mut self, what: &str, fragment: &str) {
        let words = words_of(fragment);
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return;
        }
        let shown: String = words.chars().take(COMMENT).collect();
        let cut = if shown.len() < words.len() { "…" } else { "" };
        self.out.push_str(&format!("[{what}: {}{cut}] ", escape(&shown)));
    }

    /// Where words of these tags lead.
    fn address(&self, tags: &[RichAnnotation]) -> Option<&Arc<str>> {
        let number = |tag: &RichAnnotation| match tag {
            RichAnnotation::Link(number) => number.parse::<usize>().ok(),
            _ => None,
        };
        self.addresses.get(tags.iter().find_map(number)?)
    }

    fn start(&mut self, name: String, attributes: &str) {
        let hides = self.hidden == 0 && self.is_hidden(&name, attributes);
        let void = VOID.contains(&name.as_str());
        if void {
            self.void(&name, attributes, hides);
            return;
        }
        let written = self.open.len() < DEEPEST && LAYOUT.contains(&name.as_str());
        let address = value(attributes, "href").filter(|_| name == "a");
        if written {
            self.out.push('<');
            self.out.push_str(&name);
            self.out.push_str(&spans(attributes));
            // The target is told in words; its number keeps the look of a link and finds the address again.
            if name == "a" {
                let kept = address.as_deref().and_then(|target| link::address_of(&decode(target)));
                let number = kept.map(|kept| {
                    self.addresses.push(kept);
                    (self.addresses.len() - 1).to_string()
                });
                self.out.push_str(&format!(" href=\"{}\"", number.as_deref().unwrap_or("x")));
            }
            self.out.push('>');
        } else if !RUNNING.contains(&name.as_str()) {
            self.out.push(' ');
        }
        if hides {
            self.hidden += 1;
            self.out.push_str("[hidden: ");
        }
        let link = address.map(|target| (target, self.out.len()));
        let ground = Ground::of(attributes).is_own();
        self.grounds += usize::from(ground);
        self.open.push(Open { name, written, hides, ground, link });
    }

    fn void(&mut self, name: &str, attributes: &str, hides: bool) {
        match name {
            "img" => {
                let words = value(attributes, "alt").filter(|alt| !alt.trim().is_empty());
                match (words, hides) {
                    (Some(alt), _) => self.out.push_str(&format!("[image: {}]", escape(&alt))),
                    (None, true) => self.out.push_str("[hidden image]"),
                    (None, false) => self.out.push_str("[image]"),
                }
            }
            "br" | "hr" => self.out.push_str(&format!("<{name}>")),
            _ => {}
        }
    }

    /// Closes the element of this name, and those left open inside it; an end without a start is ignored.
    fn close(&mut self, name: &str) {
        // Looking no deeper than this keeps the pass linear; browsers give up earlier.
        let reach = self.open.len().saturating_sub(64);
        if let Some(at) = self.open[reach..].iter().rposition(|open| open.name == name) {
            while self.open.len() > reach + at {
                self.close_top();
            }
        }
    }

    fn close_top(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.grounds -= usize::from(open.ground);
        if open.hides {
            self.hidden -= 1;
            self.out.push(']');
        }
        if open.written {
            self.out.push_str("</");
            self.out.push_str(&open.name);
            self.out.push('>');
        }
        if let Some((target, from)) = open.link {
            let said = words_of(&self.out[from..]);
            let told = escape(&link::told(&said, &decode(&target)));
            self.out.push_str(&told);
        }
    }

    /// Whether an element is there for machines only: by attribute, by its own style, or by the mail's style sheet.
    fn is_hidden(&self, name: &str, attributes: &str) -> bool {
        let mut style = value(attributes, "style").unwrap_or_default();
        if let Some(colour) = value(attributes, "color").filter(|_| name == "font") {
            style = format!("color:{colour};{style}");
        }
        if hides(&style, self.grounds > 0) || (name == "img" && value(attributes, "width").as_deref() == Some("1")) {
            return true;
        }
        let bare = attributes.to_ascii_lowercase();
        if bare.split_ascii_whitespace().any(|word| word == "hidden") {
            return true;
        }
        let classes = value(attributes, "class").unwrap_or_default();
        let id = value(attributes, "id").map(|id| format!("#{id}"));
        classes.split_whitespace().map(|class| format!(".{class}")).chain(id).any(|one| self.hiding.contains(&one))
    }
}

/// The lower-case name at the start of a tag, and what follows it.
fn name(rest: &str) -> (String, &str) {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (rest[..end].to_ascii_lowercase(), &rest[end..])
}

/// A tag's attributes as written, and what follows its `>`. Quotes may hold a `>`.
fn attributes(rest: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return (&rest[..at], &rest[at + 1..]),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that never ends would swallow the rest of the mail.
    rest.find('>').map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]))
}

/// One attribute's value.
pub(super) fn value(attributes: &str, wanted: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (key, after) = rest.split_once('=')?;
        let key = key.split_ascii_whitespace().last().unwrap_or_default();
        let after = after.trim_start();
        let (found, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => after.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(wanted) {
            return Some(found.to_owned());
        }
        rest = next;
    }
}

/// The attributes of a table's cell that its layout needs.
fn spans(attributes: &str) -> String {
    let span = value(attributes, "colspan").and_then(|span| span.parse::<u8>().ok()).filter(|span| *span <= 16);
    span.map(|span| format!(" colspan=\"{span}\"")).unwrap_or_default()
}

/// The content of an element up to its end, and what follows.
fn skip_past<'a>(rest: &'a str, name: &str) -> (&'a str, &'a str) {
    let mut from = rest;
    while let Some(at) = from.find("</") {
        from = &from[at + 2..];
        if self::name(from).0 == name {
            let content = &rest[..rest.len() - from.len() - 2];
            return (content, from.find('>').map_or("", |end| &from[end + 1..]));
        }
    }
    (rest, "")
}

/// The words of a mail without its tags, for finding words in it; a reader's line breaks are line breaks.
pub fn bare(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let (comment, after) = comment.split_once("-->").unwrap_or((comment, ""));
            out.push_str(comment);
            rest = after;
            continue;
        }
        let closes = rest.starts_with('/');
        let (name, after) = name(rest.strip_prefix(['/', '!', '?']).unwrap_or(rest));
        if name.is_empty() {
            out.push('<');
            continue;
        }
        rest = attributes(after).1;
        if !closes && SILENT.contains(&name.as_str()) {
            rest = skip_past(rest, &name).1;
        }
        if !RUNNING.contains(&name.as_str()) {
            out.push('\n');
        }
    }
    out.push_str(rest);
    decode(&out)
}

/// The words of a fragment, for comparing them with a link's target.
fn words_of(fragment: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for c in fragment.chars().take(512) {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => words.push(c),
            _ => {}
        }
    }
    decode(&words)
}

fn decode(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", " ").replace("&amp;", "&")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
