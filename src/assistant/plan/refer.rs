//! Owns references: `{{2.phones.0}}` in an argument stands for what step 2 will have answered there. Put in once, from an
//! answer that is veiled already; what is put in is never read for references again.

use serde_json::Value;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A reference as written: the step, counted from 1 (0: a step that is gone), and the way into its answer.
struct Reference<'a> {
    step: usize,
    path: Vec<&'a str>,
}

/// A text cut at its references.
fn pieces(words: &str) -> Vec<Result<&str, Reference<'_>>> {
    let mut out = Vec::new();
    let mut rest = words;
    while let Some(start) = rest.find(OPEN) {
        let inside = start + OPEN.len();
        let Some(end) = rest[inside..].find(CLOSE).map(|end| inside + end) else { break };
        if let Some(reference) = reference(&rest[inside..end]) {
            out.push(Ok(&rest[..start]));
            out.push(Err(reference));
        } else {
            out.push(Ok(&rest[..end + CLOSE.len()]));
        }
        rest = &rest[end + CLOSE.len()..];
    }
    out.push(Ok(rest));
    out
}

fn reference(inside: &str) -> Option<Reference<'_>> {
    let mut parts = inside.trim().split('.');
    let step = parts.next()?.parse().ok().filter(|step| *step <= super::STEPS)?;
    Some(Reference { step, path: parts.collect() })
}

/// Whether the words are one reference and nothing else.
pub(super) fn is_only(words: &str) -> bool {
    matches!(pieces(words).as_slice(), [Ok(""), Err(_), Ok("")])
}

/// The steps a value refers to, counted from 0; `None` for one that is gone.
pub(super) fn named(value: &Value) -> Vec<Option<usize>> {
    match value {
        Value::String(words) => {
            pieces(words).into_iter().filter_map(Result::err).map(|found| found.step.checked_sub(1)).collect()
        }
        Value::Array(items) => items.iter().flat_map(named).collect(),
        Value::Object(map) => map.values().flat_map(named).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Gives references other numbers (from 0); `None` for a step that is gone.
pub(super) fn renumber(value: &mut Value, to: &impl Fn(usize) -> Option<usize>) {
    match value {
        Value::String(words) => {
            let written = |found: Reference<'_>| {
                let step = found.step.checked_sub(1).and_then(to).map_or(0, |step| step + 1);
                let path: String = found.path.iter().map(|part| format!(".{part}")).collect();
                format!("{OPEN}{step}{path}{CLOSE}")
            };
            let new: String =
                pieces(words).into_iter().map(|piece| piece.map_or_else(written, str::to_owned)).collect();
            *words = new;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber(item, to)),
        Value::Object(map) => map.values_mut().for_each(|item| renumber(item, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value with every reference replaced by what `answer` says of that step (counted from 0).
///
/// # Errors
/// Which reference leads nowhere, in words.
pub(super) fn filled<'a>(value: &Value, answer: &impl Fn(usize) -> Option<&'a Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(words) if is_only(words) => {
            let only = pieces(words).into_iter().find_map(Result::err);
            only.map_or_else(|| Ok(Value::Null), |found| look(&found, answer).cloned())?
        }
        Value::String(words) => {
            let mut out = String::with_capacity(words.len());
            for piece in pieces(words) {
                match piece {
                    Ok(text) => out.push_str(text),
                    Err(found) => match look(&found, answer)? {
                        Value::String(text) => out.push_str(text),
                        other => out.push_str(&other.to_string()),
                    },
                }
            }
            Value::String(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, answer)).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            let parts = map.iter().map(|(name, item)| Ok((name.clone(), filled(item, answer)?)));
            Value::Object(parts.collect::<Result<_, String>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn look<'a>(found: &Reference<'_>, answer: &impl Fn(usize) -> Option<&'a Value>) -> Result<&'a Value, String> {
    let Some(step) = found.step.checked_sub(1) else {
        return Err("it uses what a step found that is no longer in the plan; edit it".to_owned());
    };
    let Some(mut value) = answer(step) else {
        return Err(format!("it uses what step {} finds, which has not run in this sitting", step + 1));
    };
    for part in &found.path {
        let next = match value {
            Value::Array(items) => part.parse().ok().and_then(|at: usize| items.get(at)),
            _ => value.get(part),
        };
        let path = found.path.join(".");
        value =
            next.ok_or_else(|| format!("step {} found no `{}`", step + 1, path.chars().take(80).collect::<String>()))?;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_filled_once_and_keep_the_kind_of_what_they_name() {
        let first = json!({"phones": ["⟦phone:1⟧"], "n": 3, "say": "{{1.n}}"});
        let answer = |step| (step == 0).then_some(&first);
        let filled = |value: Value| filled(&value, &answer);
        assert_eq!(
            filled(json!({"a": ["x {{1.phones.0}} {{1.n}}", "{{1.n}}"]})),
            Ok(json!({"a": ["x ⟦phone:1⟧ 3", 3]}))
        );
        assert_eq!(
            filled(json!("{{1.say}} {{x}} {{")),
            Ok(json!("{{1.n}} {{x}} {{")),
            "what is put in is not read again"
        );
        assert!(filled(json!("{{2.n}}")).is_err_and(|why| why.contains("step 2")));
        assert!(filled(json!("{{0.n}}")).is_err_and(|why| why.contains("no longer")));
        assert!(filled(json!("{{1.phones.7}}")).is_err_and(|why| why.contains("phones.7")));
    }

    #[test]
    fn references_follow_their_step() {
        let mut value = json!({"a": "{{1.x}} and {{2.y.0}}"});
        renumber(&mut value, &|n| if n == 0 { Some(1) } else { None });
        assert_eq!(value, json!({"a": "{{2.x}} and {{0.y.0}}"}));
        assert_eq!(named(&value), [Some(1), None]);
    }

    proptest! {
        #[test]
        fn no_words_make_it_stumble_and_words_without_references_stay(words in "[{}0-9.a ]{0,30}") {
            let answer = |_| None;
            let mut value = Value::String(words.clone());
            let before = named(&value);
            if before.is_empty() {
                prop_assert_eq!(filled(&value, &answer), Ok(value.clone()));
            } else {
                prop_assert!(filled(&value, &answer).is_err());
            }
            renumber(&mut value, &Some);
            prop_assert_eq!(named(&value), before);
        }
    }
}
