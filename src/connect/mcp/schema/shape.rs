//! Owns the shape of a schema: which of its parts lead to which, by nesting and by reference. A validator follows it, so a
//! circle on the spot would end this program, and branches that meet again would keep it busy for ever.

use std::collections::HashMap;

use serde_json::Value;

use crate::kustomer::path::decoded;

/// The longest chain of parts that apply to one and the same value.
const CHAIN: usize = 64;
/// The most parts that apply to one and the same value, each counted as often as it is come to.
const WEIGHT: u64 = 2_000;

/// A part and where it leads.
#[derive(Default)]
struct Part {
    /// Parts that apply to the same value.
    here: Vec<usize>,
    /// Groups of parts that apply to the same value inside it.
    inside: Vec<Vec<usize>>,
}

/// The parts of a schema; the first is the whole.
pub(super) struct Shape(Vec<Part>);

impl Shape {
    /// Reads it.
    ///
    /// # Errors
    /// When something it refers to is not in it.
    pub fn of(schema: &Value) -> Result<Self, &'static str> {
        let mut found = Vec::new();
        number(schema, &mut found);
        let numbers: HashMap<*const Value, usize> =
            found.iter().enumerate().map(|(n, part)| (&raw const **part, n)).collect();
        let at = |part: &Value| numbers.get(&(&raw const *part)).copied();
        let mut parts = Vec::with_capacity(found.len());
        for part in &found {
            parts.push(leads(schema, part, &at)?);
        }
        Ok(Self(parts))
    }

    /// Whether what applies to one value comes to an end, and soon.
    pub fn ends(&self) -> Result<(), &'static str> {
        let mut weights = vec![None; self.0.len()];
        (0..self.0.len()).try_for_each(|part| self.weigh(part, &mut Vec::new(), &mut weights).map(drop))
    }

    /// What applies from a part on: how many, and how long the longest chain is.
    fn weigh(
        &self,
        part: usize,
        above: &mut Vec<usize>,
        known: &mut [Option<(u64, usize)>],
    ) -> Result<(u64, usize), &'static str> {
        if let Some(known) = known[part] {
            return Ok(known);
        }
        if above.contains(&part) {
            return Err("its schema turns in a circle");
        }
        above.push(part);
        let (mut weight, mut chain) = (1_u64, 1);
        for next in &self.0[part].here {
            if above.len() > CHAIN {
                return Err("its schema refers on and on");
            }
            let (more, longer) = self.weigh(*next, above, known)?;
            (weight, chain) = (weight.saturating_add(more), chain.max(longer + 1));
        }
        above.pop();
        if weight > WEIGHT || chain > CHAIN {
            return Err("its schema refers on and on");
        }
        known[part] = Some((weight, chain));
        Ok((weight, chain))
    }

    /// Whether a part comes back to itself by two ways: then each level of a value is looked at twice as often as the one above.
    pub fn branches_in_circles(&self) -> bool {
        (0..self.0.len()).any(|part| {
            let Part { here, inside } = &self.0[part];
            let ways = here.iter().map(std::slice::from_ref).chain(inside.iter().map(Vec::as_slice));
            ways.filter(|way| self.leads_to(way, part)).count() > 1
        })
    }

    fn leads_to(&self, from: &[usize], to: usize) -> bool {
        let mut seen = vec![false; self.0.len()];
        let mut open = from.to_vec();
        while let Some(part) = open.pop() {
            if part == to {
                return true;
            }
            if !std::mem::replace(&mut seen[part], true) {
                open.extend(self.0[part].here.iter().chain(self.0[part].inside.iter().flatten()));
            }
        }
        false
    }
}

fn number<'a>(value: &'a Value, into: &mut Vec<&'a Value>) {
    into.push(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|value| number(value, into)),
        Value::Array(values) => values.iter().for_each(|value| number(value, into)),
        _ => {}
    }
}

fn leads(root: &Value, part: &Value, at: &impl Fn(&Value) -> Option<usize>) -> Result<Part, &'static str> {
    let mut leads = Part::default();
    let Value::Object(fields) = part else { return Ok(leads) };
    let each = |value: &Value| -> Vec<usize> {
        match value {
            Value::Object(fields) => fields.values().filter_map(at).collect(),
            Value::Array(values) => values.iter().filter_map(at).collect(),
            _ => vec![],
        }
    };
    let mut plain = Vec::new();
    for (name, value) in fields {
        match name.as_str() {
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                let Some(to) = value.as_str() else { continue };
                let target = if to == "#" { Some(root) } else { root.pointer(&decoded(to.trim_start_matches('#'))) };
                let target = target.filter(|_| to == "#" || to.starts_with("#/")).and_then(at);
                leads.here.push(target.ok_or("its schema refers to what is not in it")?);
            }
            "allOf" | "anyOf" | "oneOf" | "dependentSchemas" => leads.here.extend(each(value)),
            "not" | "if" | "then" | "else" => leads.here.extend(at(value)),
            "patternProperties" => leads.inside.extend(each(value).into_iter().map(|part| vec![part])),
            "contains" | "propertyNames" | "unevaluatedProperties" | "unevaluatedItems" => {
                leads.inside.push(at(value).into_iter().collect());
            }
            // A property or an item is looked at by one of these.
            "properties" | "prefixItems" => plain.extend(each(value)),
            "items" if value.is_array() => plain.extend(each(value)),
            "items" | "additionalProperties" | "additionalItems" => plain.extend(at(value)),
            _ => {}
        }
    }
    leads.inside.push(plain);
    Ok(leads)
}
