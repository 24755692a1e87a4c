//! Owns the making of a theme from its file and its parents'. What is wrong in one becomes a warning, never a refusal to
//! start.

use std::collections::{BTreeMap, HashMap};

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use super::{
    Depth, Role, Theme, colour,
    files::{Themes, Warning, fitting},
};

/// How a role looks, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file format")]
pub(super) struct Looks {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
    strike: bool,
}

/// A theme's roles by name, its parent's below them.
type Roles = HashMap<String, Style>;

pub(super) fn named(themes: &Themes, name: Option<&str>, depth: Depth) -> (Theme, Vec<Warning>) {
    let mut warnings = Vec::new();
    let fit = fitting(depth, false);
    let mut wanted = match name {
        Some(name) if depth >= Depth::Sixteen => name,
        Some(_) | None => fit,
    };
    if !themes.names().any(|known| known == wanted) {
        let known: Vec<&str> = themes.names().collect();
        let shown: String = wanted.chars().filter(|c| !c.is_control()).take(40).collect();
        warnings.push(Warning(format!("there is no theme `{shown}`; there are {}", known.join(", "))));
        wanted = fit;
    }
    let line = themes.line_of(wanted, &mut warnings);
    let mut palette = BTreeMap::new();
    for (_, file) in line.iter().rev() {
        palette.extend(file.palette.clone());
    }
    let mut roles = Vec::new();
    for (name, file) in &line {
        let mut own = Roles::new();
        for (role, looks) in &file.roles {
            if !Role::ALL.iter().any(|known| known.name() == role) {
                warnings.push(Warning(format!("theme `{name}`: there is no role `{role}`")));
            }
            own.insert(role.clone(), looks.style(&palette, depth, &format!("theme `{name}`, {role}"), &mut warnings));
        }
        roles.push(own);
    }
    let styles = Role::ALL.iter().map(|role| (*role, resolve(&roles, role.name()))).collect();
    (Theme { name: wanted.to_owned(), depth, styles }, warnings)
}

impl Looks {
    fn style(
        &self,
        palette: &BTreeMap<String, String>,
        depth: Depth,
        place: &str,
        warnings: &mut Vec<Warning>,
    ) -> Style {
        let mut colour = |word: &Option<String>| {
            let word = word.as_deref()?;
            let value = palette.get(word).map_or(word, String::as_str);
            let parsed = colour::parse(value);
            if parsed.is_none() {
                let shown: String = word.chars().take(40).collect();
                warnings.push(Warning(format!("{place}: `{shown}` is no colour")));
            }
            depth.bring_down(parsed?)
        };
        let (fg, bg) = (colour(&self.fg), colour(&self.bg));
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
            (self.strike, Modifier::CROSSED_OUT),
        ];
        let held = modifiers.into_iter().filter(|(on, _)| *on).map(|(_, modifier)| modifier).collect::<Modifier>();
        Style { fg, bg, ..Style::default() }.add_modifier(held)
    }
}

/// The style of a role: its own, else that of its name up to the last dot and so on, in the theme, then in its parent.
fn resolve(roles: &[Roles], name: &str) -> Style {
    for theme in roles {
        let mut rest = name;
        loop {
            if let Some(style) = theme.get(rest) {
                return *style;
            }
            match rest.rsplit_once('.') {
                Some((shorter, _)) => rest = shorter,
                None => break,
            }
        }
    }
    roles.iter().find_map(|theme| theme.get("text")).copied().unwrap_or_default()
}
