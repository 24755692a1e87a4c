//! Owns Markdown in messages and notes: which words look like it, and the pieces it becomes. Line breaks stay where the
//! writer put them; raw HTML in it is shown as the words it is.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::{Row, link};
use crate::console::theme::Role;

/// Deeper lists and quotes are drawn at this depth.
const DEEPEST: usize = 8;

/// Whether words carry marks that plain text would not: emphasis, code, links, headings. Everything else stays as typed.
pub fn is_markdown(raw: &str) -> bool {
    let in_a_line = |line: &str| {
        let line = line.trim_start();
        let heading = line.trim_start_matches('#');
        line.starts_with("```")
            || (heading.len() < line.len() && heading.starts_with(' '))
            || line.starts_with("- [")
            || line.matches("**").nth(1).is_some()
            || line.matches('`').nth(1).is_some()
            || line.contains("](")
    };
    raw.lines().any(in_a_line)
}

/// The words as lines of pieces.
pub fn lines(raw: &str, base: Role) -> Vec<Row> {
    let parser = Parser::new_ext(raw, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS);
    // Definitions of links vanish from the text when nothing refers to them: they are told at the end.
    let mut definitions: Vec<_> = parser
        .reference_definitions()
        .iter()
        .map(|(label, definition)| (definition.span.start, format!("[{label}]:{}", link::told("", &definition.dest))))
        .collect();
    definitions.sort();
    let mut page = Page { base, ..Page::default() };
    for event in parser {
        page.take(event);
    }
    page.end_line();
    page.rows.extend(definitions.into_iter().map(|(_, words)| Row::of(words, Role::Dim)));
    page.rows
}

struct Page {
    rows: Vec<Row>,
    row: Row,
    base: Role,
    looks: Vec<Role>,
    quotes: usize,
    lists: Vec<Option<u64>>,
    code: bool,
    links: Vec<(String, String)>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            row: Row::default(),
            base: Role::Text,
            looks: Vec::new(),
            quotes: 0,
            lists: Vec::new(),
            code: false,
            links: Vec::new(),
        }
    }
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) if self.code => self.block(&words),
            Event::Text(words) => self.words(&words, self.look()),
            Event::Html(words) => self.block(&words),
            Event::InlineHtml(words) => self.words(&words, Role::Dim),
            Event::SoftBreak | Event::HardBreak => self.end_line(),
            Event::Rule => {
                self.end_line();
                self.rows.push(Row::of("────", Role::Faint));
            }
            Event::TaskListMarker(done) => self.words(if done { "[x] " } else { "[ ] " }, self.look()),
            Event::FootnoteReference(label) => self.words(&format!("[^{label}]"), Role::Dim),
            Event::Code(words) | Event::InlineMath(words) | Event::DisplayMath(words) => self.words(&words, Role::Code),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.end_line();
                self.looks.push(Role::Heading);
            }
            Tag::BlockQuote(_) => {
                self.end_line();
                self.quotes += 1;
                self.looks.push(Role::Quote);
            }
            Tag::CodeBlock(kind) => {
                self.end_line();
                self.code = true;
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.is_empty()
                {
                    self.rows.push(Row::of(language.to_string(), Role::Dim));
                }
            }
            Tag::List(first) => {
                self.end_line();
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::Strong => self.looks.push(Role::Strong),
            Tag::Emphasis => self.looks.push(Role::Accent),
            Tag::Strikethrough => {
                self.words("~", Role::Dim);
                self.looks.push(Role::Dim);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.looks.push(Role::Link);
                self.links.push((dest_url.to_string(), String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.end_line();
                self.looks.pop();
            }
            TagEnd::Paragraph => {
                self.end_line();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::BlockQuote(_) => {
                self.end_line();
                self.quotes = self.quotes.saturating_sub(1);
                self.looks.pop();
            }
            TagEnd::CodeBlock => self.code = false,
            TagEnd::List(_) => {
                self.end_line();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.blank();
                }
            }
            TagEnd::Item => self.end_line(),
            TagEnd::Strong | TagEnd::Emphasis => drop(self.looks.pop()),
            TagEnd::Strikethrough => {
                self.looks.pop();
                self.words("~", Role::Dim);
            }
            TagEnd::Link | TagEnd::Image => {
                self.looks.pop();
                if let Some((target, said)) = self.links.pop() {
                    self.words(&link::told(&said, &target), Role::Dim);
                }
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.end_line();
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(DEEPEST));
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            Some(None) | None => format!("{indent}• "),
        };
        self.words(&mark, self.look());
    }

    fn look(&self) -> Role {
        self.looks.last().copied().unwrap_or(self.base)
    }

    fn words(&mut self, words: &str, role: Role) {
        if let Some((_, said)) = self.links.last_mut() {
            said.push_str(words);
        }
        if self.row.0.is_empty() && self.quotes > 0 {
            self.row.push(&"> ".repeat(self.quotes.min(DEEPEST)), Role::Quote);
        }
        let url = self.links.last().and_then(|(target, _)| link::address_of(target));
        self.row.push_link(words, role, url.as_ref());
    }

    /// Words whose line breaks count.
    fn block(&mut self, words: &str) {
        let look = if self.code { Role::Code } else { Role::Dim };
        for line in words.trim_end_matches('\n').split('\n') {
            self.words(line, look);
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        if !self.row.0.is_empty() {
            self.rows.push(std::mem::take(&mut self.row));
        }
    }

    fn blank(&mut self) {
        if self.quotes == 0 {
            self.rows.push(Row::default());
        }
    }
}
