//! Owns what a change would make of the record as it is now, field by field, and where two texts differ, word by word.
//! Pure: request and record are handed in. Draws nothing.

use serde_json::Value;

use super::{Change, Sheet, scene::mask};

/// One field a change names.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDiff {
    /// Its name; `custom` attributes as `custom.name`.
    pub name: String,
    /// What becomes of it.
    pub kind: Kind,
}

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The request repeats what is there.
    Same,
    /// One value in place of another; either may be none.
    Value {
        /// As it is.
        old: Option<Value>,
        /// As it would be.
        new: Option<Value>,
    },
    /// A long text, word by word.
    Words(Vec<Word>),
    /// A list: items taken out, items put in, items that stay.
    List {
        /// Taken out.
        gone: Vec<Value>,
        /// Put in.
        new: Vec<Value>,
        /// How many stay.
        kept: usize,
    },
}

/// A run of words of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// In both.
    Kept(String),
    /// Only in the old one.
    Gone(String),
    /// Only in the new one.
    New(String),
}

/// Keys of a body that are no attributes of the record.
const TERMS: [&str; 1] = ["rev"];
/// Texts shorter than this are shown whole, old and new.
const SHORT: usize = 40;
/// Words compared at most, either side: the comparison costs their product.
const MOST_WORDS: usize = 1_500;

/// What the change makes of the record it writes to; empty where it is no update of one record.
pub fn fields(change: &Change, now: &Sheet) -> Vec<FieldDiff> {
    let [request] = change.requests() else { return Vec::new() };
    let Some(body) = request.body.as_ref().and_then(Value::as_object) else { return Vec::new() };
    let mut all = Vec::new();
    for (name, value) in body.iter().filter(|(name, _)| !TERMS.contains(&name.as_str())) {
        match value.as_object().filter(|_| name == "custom") {
            Some(custom) => {
                all.extend(custom.iter().map(|(name, value)| field(format!("custom.{name}"), value, now)));
            }
            None => all.push(field(name.clone(), value, now)),
        }
    }
    all
}

fn field(name: String, new: &Value, now: &Sheet) -> FieldDiff {
    let old = now.field(&name);
    let kind = match (old, new) {
        (Some(old), new) if old == new => Kind::Same,
        (None, Value::Null) => Kind::Same,
        (Some(Value::Array(old)), Value::Array(new)) => list(old, new),
        (Some(Value::String(old)), Value::String(new)) if is_long(old) && is_long(new) => match words(old, new) {
            Some(words) => Kind::Words(words),
            None => Kind::Value { old: Some(old.as_str().into()), new: Some(new.as_str().into()) },
        },
        (old, new) => Kind::Value { old: old.cloned(), new: Some(new.clone()).filter(|new| !new.is_null()) },
    };
    FieldDiff { name, kind }
}

fn is_long(text: &str) -> bool {
    text.chars().count() > SHORT || text.contains('\n')
}

fn list(old: &[Value], new: &[Value]) -> Kind {
    let mut gone = old.to_vec();
    let mut added = Vec::new();
    for item in new {
        match gone.iter().position(|there| there == item) {
            Some(at) => drop(gone.remove(at)),
            None => added.push(item.clone()),
        }
    }
    if gone.is_empty() && added.is_empty() && old != new {
        // Only the order differs: said as what it is, an old list and a new one.
        return Kind::Value { old: Some(old.to_vec().into()), new: Some(new.to_vec().into()) };
    }
    let kept = old.len() - gone.len();
    Kind::List { gone, new: added, kept }
}

/// Whether anything in a value is masked: then nobody here can say whether it equals another.
pub fn is_masked(value: &Value) -> bool {
    match value {
        _ if mask(value).is_some() => true,
        Value::Array(items) => items.iter().any(is_masked),
        Value::Object(fields) => fields.values().any(is_masked),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Where two texts differ, word by word; `None` where they are too long to compare.
pub fn words(old: &str, new: &str) -> Option<Vec<Word>> {
    use unicode_segmentation::UnicodeSegmentation;
    let old: Vec<&str> = old.split_word_bounds().collect();
    let new: Vec<&str> = new.split_word_bounds().collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (mid_old, mid_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if mid_old.len() > MOST_WORDS || mid_new.len() > MOST_WORDS {
        return None;
    }
    let mut all = Vec::new();
    old[..head].iter().for_each(|word| push(&mut all, Word::Kept((*word).to_owned())));
    common(mid_old, mid_new, &mut all);
    old[old.len() - tail..].iter().for_each(|word| push(&mut all, Word::Kept((*word).to_owned())));
    Some(all)
}

/// The longest common subsequence of both, with what stands between.
fn common(old: &[&str], new: &[&str], all: &mut Vec<Word>) {
    let width = new.len() + 1;
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let (down, right) = (longest[(i + 1) * width + j], longest[i * width + j + 1]);
            longest[i * width + j] = if a == b { longest[(i + 1) * width + j + 1] + 1 } else { down.max(right) };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            push(all, Word::Kept(old[i].to_owned()));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
            push(all, Word::Gone(old[i].to_owned()));
            i += 1;
        } else {
            push(all, Word::New(new[j].to_owned()));
            j += 1;
        }
    }
}

/// Adds a word to the run it belongs to. What is gone and what is new gather on either side of what stays, so that a
/// sentence reads as one.
fn push(all: &mut Vec<Word>, word: Word) {
    match (all.last_mut(), word) {
        (Some(Word::Kept(run)), Word::Kept(word))
        | (Some(Word::Gone(run)), Word::Gone(word))
        | (Some(Word::New(run)), Word::New(word)) => run.push_str(&word),
        (_, word) => all.push(word),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(old: &Value, new: &Value) -> Kind {
        field("f".to_owned(), new, &Sheet::of(&json!({ "f": old }), [])).kind
    }

    #[test]
    fn each_shape_is_told_in_its_own_way() {
        let value = |old: Option<Value>, new: Option<Value>| Kind::Value { old, new };
        let cases = [
            (json!("a"), json!("a"), Kind::Same),
            (json!(null), json!(null), Kind::Same),
            (json!("a"), json!("b"), value(Some(json!("a")), Some(json!("b")))),
            (json!(null), json!(7), value(None, Some(json!(7)))),
            (json!(7), json!(null), value(Some(json!(7)), None)),
            (
                json!(["a", "b"]),
                json!(["b", "c"]),
                Kind::List { gone: vec![json!("a")], new: vec![json!("c")], kept: 1 },
            ),
            (json!(["a", "a"]), json!(["a"]), Kind::List { gone: vec![json!("a")], new: vec![], kept: 1 }),
            (json!(["a", "b"]), json!(["b", "a"]), value(Some(json!(["a", "b"])), Some(json!(["b", "a"])))),
        ];
        for (old, new, expected) in cases {
            assert_eq!(of(&old, &new), expected, "{old} {new}");
        }
    }

    #[test]
    fn a_long_text_is_told_word_by_word() {
        let old = "Your parcel arrives tomorrow, between nine and noon, at the usual place.";
        let new = "Your parcel arrives on Friday, between nine and noon, at the usual place.";
        let Kind::Words(words) = of(&json!(old), &json!(new)) else { unreachable!("words") };
        let changed: Vec<&Word> = words.iter().filter(|word| !matches!(word, Word::Kept(_))).collect();
        assert_eq!(changed, [&Word::Gone("tomorrow".into()), &Word::New("on Friday".into())]);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_off_the_difference(old in "[ab \n]{0,40}", new in "[ab \n]{0,40}") {
            let words = words(&old, &new).expect("short");
            let side = |other: fn(&Word) -> bool| -> String {
                words.iter().filter(|word| !other(word)).map(|word| match word {
                    Word::Kept(run) | Word::Gone(run) | Word::New(run) => run.as_str(),
                }).collect()
            };
            prop_assert_eq!(side(|word| matches!(word, Word::New(_))), old);
            prop_assert_eq!(side(|word| matches!(word, Word::Gone(_))), new);
        }
    }
}
