//! Owns which theme is on screen: the one asked for, else the one that fits the terminal; and, while the list of themes is
//! open, the one the choice stands on. Does not read or write files (`theme::Themes`, `config::edit`).

use super::{
    effect::Effect,
    overlays::picker::{Choice, Picker},
    state::{Overlay, State},
    theme::{Depth, Known, fitting},
};

/// What the list of themes is for.
const PURPOSE: &str = "theme";

/// How things look.
#[derive(Clone, Debug)]
pub struct Looks {
    /// The theme a person asked for.
    pub theme: Option<String>,
    /// What can be chosen.
    pub known: Vec<Known>,
    /// How many colours there are.
    pub depth: Depth,
    /// Whether the terminal's ground is light, as far as anybody told.
    pub light: bool,
    /// Whether things that only please may move: spinners, sparklines that grow.
    pub motion: bool,
}

impl Default for Looks {
    fn default() -> Self {
        Self { theme: None, known: Vec::new(), depth: Depth::True, light: false, motion: true }
    }
}

/// The name of the theme to draw with: what the list of themes stands on, else the settled one. Closing the list is all it
/// takes to be back.
pub fn theme(state: &State) -> String {
    let looks = &state.shared.looks;
    let previewed = match &state.overlay {
        Some(Overlay::Picker(picker)) if picker.purpose == PURPOSE => picker.chosen(),
        _ => None,
    };
    let settled = || looks.theme.clone().unwrap_or_else(|| fitting(looks.depth, looks.light).to_owned());
    previewed.unwrap_or_else(settled)
}

/// Opens the list of themes, standing on the one in use.
pub fn choose(state: &mut State) {
    let choice =
        |known: &Known| Choice { id: known.name.clone(), label: known.name.clone(), detail: known.about.clone() };
    let choices = state.shared.looks.known.iter().map(choice).collect();
    let picker = Picker::new("Theme", PURPOSE, choices).standing_on(&theme(state));
    state.overlay = Some(Overlay::Picker(picker));
}

/// Takes the choice of a list, if it was the list of themes.
pub fn chosen(state: &mut State, purpose: &str, name: &str) -> Option<Effect> {
    if purpose != PURPOSE {
        return None;
    }
    state.shared.looks.theme = Some(name.to_owned());
    state.notice = Some(if state.shared.looks.depth == Depth::Mono {
        format!("theme `{name}`, once there are colours")
    } else {
        format!("theme `{name}`, kept in the settings")
    });
    Some(Effect::KeepTheme(name.to_owned()))
}
