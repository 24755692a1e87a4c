//! Owns what in HTML mail counts as out of a reader's sight: by style, by attribute's style, by the mail's own style sheets.
//! Errs towards telling: words told as hidden that were not cost a glance, the other way round they cost trust.

use std::collections::HashSet;

use super::html::value;

/// From here on (0 to 255, every part) a colour is as good as the white it stands on.
const WHITE_FROM: u32 = 0xF0;
/// Moved this far to the left or up, words are off the page.
const OFF_PAGE: f32 = -900.0;

/// What an element says of the ground its words stand on.
pub struct Ground(Option<String>);

impl Ground {
    /// Of an element's attributes.
    pub fn of(attributes: &str) -> Self {
        let style = value(attributes, "style").unwrap_or_default();
        let style = flat(&style);
        let own = declared(&style, "background-color").or_else(|| declared(&style, "background"));
        Self(own.map(str::to_owned).or_else(|| value(attributes, "bgcolor")))
    }

    /// Whether it is another one than the page's white.
    pub fn is_own(&self) -> bool {
        self.0.as_deref().is_some_and(|colour| !is_white(colour) && colour != "none" && colour != "inherit")
    }
}

/// Whether declarations take words out of sight; on a ground of its own white is a colour like any other.
pub fn hides(style: &str, on_ground: bool) -> bool {
    let flat = flat(style);
    let is = |property: &str, values: &[&str]| declared(&flat, property).is_some_and(|value| values.contains(&value));
    let at_most = |property: &str, most: f32| {
        declared(&flat, property).and_then(length).is_some_and(|(length, _)| length <= most)
    };
    let tiny = |property: &str| {
        let told = declared(&flat, property).and_then(length);
        told.is_some_and(
            |(length, unit)| if ["em", "rem", "%"].contains(&unit) { length <= 0.05 } else { length <= 2.0 },
        )
    };
    let clipped = is("overflow", &["hidden"]) && (at_most("height", 1.0) || at_most("width", 1.0));
    let colour = declared(&flat, "color");
    let ground = declared(&flat, "background-color").or_else(|| declared(&flat, "background"));
    is("display", &["none"])
        || is("visibility", &["hidden", "collapse"])
        || at_most("opacity", 0.05)
        || is("mso-hide", &["all"])
        || tiny("font-size")
        || at_most("max-height", 1.0)
        || at_most("max-width", 1.0)
        || clipped
        || ["text-indent", "left", "top", "margin-left"].iter().any(|property| at_most(property, OFF_PAGE))
        || declared(&flat, "clip").is_some_and(|clip| clip.starts_with("rect(0"))
        || (colour.is_some() && colour == ground)
        || colour == Some("transparent")
        || (colour.is_some_and(is_white) && !on_ground && ground.is_none_or(is_white))
}

/// Selectors (`.name`, `#name`) whose rules in the mail's own style sheets take words out of sight.
pub fn hiding_selectors(raw: &str) -> HashSet<String> {
    let mut all = HashSet::new();
    for rule in raw.split('}') {
        let Some((selectors, declarations)) = rule.rsplit_once('{') else { continue };
        if !hides(declarations, false) {
            continue;
        }
        let selectors = selectors.rsplit(['{', '>', ';']).next().unwrap_or_default();
        for selector in selectors.split(',') {
            let last = selector.split_whitespace().last().unwrap_or_default();
            if let Some(at) = last.find(['.', '#']) {
                all.insert(last[at..].to_owned());
            }
        }
    }
    all
}

/// Declarations without white space, lower case.
fn flat(style: &str) -> String {
    style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase()
}

/// The value of a property; of several the last counts.
fn declared<'a>(flat: &'a str, property: &str) -> Option<&'a str> {
    let mut all = flat.rsplit(';').filter_map(|one| one.split_once(':'));
    all.find(|(key, _)| *key == property).map(|(_, value)| value.trim_end_matches("!important"))
}

/// A length and its unit (`-9999px`, `0`, `1.5em`).
fn length(value: &str) -> Option<(f32, &str)> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    Some((number.parse().ok()?, unit))
}

/// Whether a colour cannot be told from white paper.
fn is_white(colour: &str) -> bool {
    let colour = colour.trim().to_ascii_lowercase();
    if let Some(hex) = colour.strip_prefix('#').filter(|hex| hex.is_ascii()) {
        let parts: Vec<&str> = match hex.len() {
            3 | 4 => (0..3).map(|at| &hex[at..=at]).collect(),
            6 | 8 => (0..3).map(|at| &hex[2 * at..2 * at + 2]).collect(),
            _ => return false,
        };
        let wide = |part: &str| u32::from_str_radix(part, 16).map(|n| if part.len() == 1 { n * 17 } else { n });
        return parts.into_iter().all(|part| wide(part).is_ok_and(|n| n >= WHITE_FROM));
    }
    if let Some(parts) = colour.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) {
        return parts.split(',').all(|part| part.trim().parse::<u32>().is_ok_and(|n| n >= WHITE_FROM));
    }
    ["white", "snow", "ghostwhite", "whitesmoke", "ivory", "floralwhite"].contains(&colour.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_words_out_of_sight() {
        for style in [
            "display: none !important",
            "font-size:1px",
            "font-size: 0.0em",
            "color:#fefefe",
            "color: rgb(255, 255, 255)",
            "color:#333; background:#333",
            "height:0; overflow:hidden",
            "position:absolute; left:-9999px",
            "text-indent:-9999px",
            "opacity:0",
            "clip: rect(0, 0, 0, 0)",
        ] {
            assert!(hides(style, false), "{style}");
        }
        for style in ["color:#333", "color:#fff;background:#06c", "font-size:12px", "left:10px", "height:0", "", ";:;"]
        {
            assert!(!hides(style, false), "{style}");
        }
        assert!(!hides("color:#fff", true));
        assert!(Ground::of("bgcolor=\"#003366\"").is_own());
        assert!(!Ground::of("style=\"background:#ffffff\"").is_own());
    }
}
