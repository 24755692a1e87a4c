//! Owns reading theme files. What is wrong in one becomes a warning, never a refusal to start.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use ratatui::style::{Modifier, Style};
use serde::Deserialize;

use super::{Depth, Role, Theme, colour};

/// The themes that come with the program: name, file. A test holds this list equal to the folder.
pub fn bundled() -> [(&'static str, &'static str); 3] {
    [
        ("dark", include_str!("../../../themes/dark.toml")),
        ("light", include_str!("../../../themes/light.toml")),
        ("terminal", include_str!("../../../themes/terminal.toml")),
    ]
}

/// Something wrong with a theme, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    parent: Option<String>,
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, Looks>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file format")]
struct Looks {
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

/// How many parents a theme may have above it; a circle ends here.
const DEEPEST: usize = 4;

pub(super) fn named(name: Option<&str>, depth: Depth) -> (Theme, Vec<Warning>) {
    // With sixteen colours or none a palette made for millions only blurs: the terminal's own colours are legible there.
    let fitting = if depth >= Depth::Indexed { "dark" } else { "terminal" };
    let mut warnings = Vec::new();
    let mut wanted = match name {
        Some(name) if depth >= Depth::Sixteen => name,
        Some(_) | None => fitting,
    };
    if !bundled().iter().any(|(known, _)| *known == wanted) {
        let known: Vec<&str> = bundled().iter().map(|(name, _)| *name).collect();
        let shown: String = wanted.chars().filter(|c| !c.is_control()).take(40).collect();
        warnings.push(Warning(format!("there is no theme `{shown}`; there are {}", known.join(", "))));
        wanted = fitting;
    }
    let roles = roles_of(wanted, depth, DEEPEST, &mut warnings);
    let mut styles = HashMap::new();
    for role in Role::ALL {
        styles.insert(*role, resolve(&roles, role.name()));
    }
    (Theme { name: wanted.to_owned(), depth, styles }, warnings)
}

fn roles_of(name: &str, depth: Depth, deeper: usize, warnings: &mut Vec<Warning>) -> Vec<Roles> {
    let Some((_, text)) = bundled().into_iter().find(|(known, _)| *known == name) else {
        warnings.push(Warning(format!("theme: there is no parent `{name}`")));
        return Vec::new();
    };
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            warnings.push(Warning(format!("theme `{name}`: {}", error.message())));
            return Vec::new();
        }
    };
    let mut own = Roles::new();
    for (role, looks) in &file.roles {
        if !Role::ALL.iter().any(|known| known.name() == role) {
            warnings.push(Warning(format!("theme `{name}`: there is no role `{role}`")));
        }
        own.insert(role.clone(), looks.style(&file.palette, depth, &format!("theme `{name}`, {role}"), warnings));
    }
    let mut roles = vec![own];
    if let Some(parent) = file.parent.as_deref().filter(|_| deeper > 0) {
        roles.extend(roles_of(parent, depth, deeper - 1, warnings));
    }
    roles
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
                warnings.push(Warning(format!("{place}: `{word}` is no colour")));
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
