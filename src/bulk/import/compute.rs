//! Owns computed fields: expressions over a row's columns. They see the row and nothing else, call what stands in this file
//! and nothing else, and end after so many steps.
//!
//! ```text
//! --set 'title="Outage for " ~ Tenant'
//! --set 'totalNum=times(num(price), num(quantity))'
//! --set 'tags="vip" if num(total) > 1000 else ""'
//! ```
//!
//! A column is named as it is where that is a word, else with `_` for each other character (`Customer Name` is
//! `Customer_Name`), or `row["Customer Name"]`. `row_number` is the row.

use std::collections::{BTreeMap, HashMap};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::cell::{Cell, Row};

/// Steps of one expression on one row.
const FUEL: u64 = 5_000;
/// The longest expression, in bytes.
const LONGEST: usize = 2_000;
/// The longest result, and the longest of what any function makes, in bytes.
const MOST: usize = 64 * 1024;

/// Why an expression is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExprError {
    /// It is no expression.
    #[error("it cannot be read as an expression: {0}")]
    Unreadable(String),
    /// It names what is no column.
    #[error("there is no column {name}{near}")]
    Unknown {
        /// What it names.
        name: String,
        /// What is near it, in words.
        near: String,
    },
}

/// A value as an expression that is just this value.
pub fn constant(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Expressions that are ready to be worked out for each row.
pub struct Computed {
    env: Environment<'static>,
    expressions: Vec<Vec<Used>>,
}

/// What one expression needs of a row.
enum Used {
    Column(String, usize),
    Row,
    Number,
}

impl std::fmt::Debug for Computed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Computed({})", self.expressions.len())
    }
}

impl Computed {
    /// Reads expressions over columns of these names.
    ///
    /// # Errors
    /// Which expression is none, and why.
    pub fn of(expressions: &[&str], header: &[String]) -> Result<Self, (usize, ExprError)> {
        let mut env = environment();
        let names = names(header);
        let mut ready = Vec::new();
        for (index, expression) in expressions.iter().enumerate() {
            let used = used(&env, expression, header, &names).map_err(|error| (index, error))?;
            // It was read as one expression: nothing in it ends the braces around it.
            let whole = format!("{{{{ {expression} }}}}");
            env.add_template_owned(index.to_string(), whole).map_err(|error| (index, unreadable(&error)))?;
            ready.push(used);
        }
        Ok(Self { env, expressions: ready })
    }

    /// Works one out for a row.
    ///
    /// # Errors
    /// Why it cannot be, without the row's words.
    pub fn cell(&self, index: usize, header: &[String], row: &Row) -> Result<Cell, String> {
        let mut given = BTreeMap::new();
        for used in &self.expressions[index] {
            match used {
                Used::Column(name, column) => {
                    given.insert(name.clone(), row.cells.get(*column).map_or_else(|| Value::from(""), seen));
                }
                Used::Row => {
                    let all = header.iter().cloned().zip(row.cells.iter().map(seen));
                    given.insert("row".to_owned(), all.collect::<BTreeMap<_, _>>().into());
                }
                Used::Number => drop(given.insert("row_number".to_owned(), row.number.into())),
            }
        }
        let template = self.env.get_template(&index.to_string()).map_err(|error| why(&error))?;
        let words = template.render(Value::from(given)).map_err(|error| why(&error))?;
        if words.len() > MOST {
            return Err(too_long());
        }
        Ok(Cell::words(&words))
    }
}

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(50);
    env.set_formatter(|out, _, value| {
        // Nothing is nothing, not the word for it.
        if value.is_none() || value.is_undefined() {
            Ok(())
        } else {
            out.write_str(&value.to_string()).map_err(Error::from)
        }
    });
    env.add_filter("upper", |value: Value| value.to_string().to_uppercase());
    env.add_filter("lower", |value: Value| value.to_string().to_lowercase());
    env.add_filter("trim", |value: Value| value.to_string().trim().to_owned());
    env.add_filter("title", |value: Value| title(&value.to_string()));
    env.add_filter("length", |value: Value| value.len().unwrap_or_else(|| value.to_string().chars().count()));
    env.add_filter("replace", |value: Value, from: String, to: String| replaced(&value.to_string(), &from, &to));
    env.add_filter("split", |value: Value, at: String| split(&value.to_string(), &at));
    env.add_filter("default", |value: Value, other: Value| if blank(&value) { other } else { value });
    env.add_filter("round", |value: Value, digits: Option<u32>| rounded(&value, digits.unwrap_or(0)));
    env.add_function("num", |value: Value| num(&value).map(number));
    env.add_function("times", |a: Value, b: Value| Ok::<_, Error>(number(num(&a)? * num(&b)?)));
    env
}

/// What an expression needs of a row.
fn used(
    env: &Environment<'_>,
    expression: &str,
    header: &[String],
    names: &HashMap<String, usize>,
) -> Result<Vec<Used>, ExprError> {
    if expression.len() > LONGEST {
        return Err(ExprError::Unreadable(format!("it is longer than {LONGEST} characters")));
    }
    // Words times a number is how a row would fill the memory.
    if stars(expression) {
        return Err(ExprError::Unreadable("for * write times(a, b)".to_owned()));
    }
    let compiled = env.compile_expression(expression).map_err(|error| unreadable(&error))?;
    let mut used = Vec::new();
    for name in compiled.undeclared_variables(false) {
        match (names.get(&name), name.as_str()) {
            (Some(column), _) => used.push(Used::Column(name, *column)),
            (None, "row") => used.push(Used::Row),
            (None, "row_number") => used.push(Used::Number),
            (None, "num" | "times") => {}
            (None, _) => {
                let near = header.iter().find(|column| column.to_lowercase().contains(&name.to_lowercase()));
                let near = near.map(|column| format!("; did you mean {}?", ident(column))).unwrap_or_default();
                return Err(ExprError::Unknown { name, near });
            }
        }
    }
    Ok(used)
}

/// Whether there is a `*` outside of quotes.
fn stars(expression: &str) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for c in expression.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '*') => return true,
            _ => {}
        }
    }
    false
}

/// Each column by the words it goes by.
fn names(header: &[String]) -> HashMap<String, usize> {
    let mut names = HashMap::new();
    for (column, name) in header.iter().enumerate() {
        names.entry(ident(name)).or_insert(column);
    }
    names
}

fn ident(column: &str) -> String {
    let word: String = column.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) { format!("_{word}") } else { word }
}

fn seen(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::from(""),
        Cell::Text(words) => Value::from(words.as_str()),
        Cell::Typed(value) => Value::from(minijinja::value::Serde(value)),
    }
}

fn blank(value: &Value) -> bool {
    value.is_none() || value.is_undefined() || value.as_str().is_some_and(|words| words.trim().is_empty())
}

fn title(words: &str) -> String {
    let mut starts = true;
    let mut turned = String::with_capacity(words.len());
    for c in words.chars() {
        if starts {
            turned.extend(c.to_uppercase());
        } else {
            turned.extend(c.to_lowercase());
        }
        starts = !c.is_alphanumeric();
    }
    turned
}

fn replaced(words: &str, from: &str, to: &str) -> Result<String, Error> {
    let times = if from.is_empty() { words.len() + 1 } else { words.matches(from).count() };
    if words.len() + times * to.len() > MOST {
        return Err(Error::new(ErrorKind::InvalidOperation, too_long()));
    }
    Ok(words.replace(from, to))
}

fn split(words: &str, at: &str) -> Result<Vec<String>, Error> {
    if at.is_empty() || words.len() > MOST {
        return Err(Error::new(ErrorKind::InvalidOperation, "split takes what stands between the parts"));
    }
    Ok(words.split(at).map(|part| part.trim().to_owned()).collect())
}

fn rounded(value: &Value, digits: u32) -> Result<Value, Error> {
    let scale = 10_f64.powi(digits.min(12) as i32);
    Ok(number((num(value)? * scale).round() / scale))
}

fn num(value: &Value) -> Result<f64, Error> {
    let number = match value.as_str() {
        Some(words) => words.trim().parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "num takes a number"))
}

/// A whole one without decimals.
fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}

fn too_long() -> String {
    format!("what it makes is longer than {} kB", MOST / 1024)
}

fn unreadable(error: &Error) -> ExprError {
    ExprError::Unreadable(error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
}

fn why(error: &Error) -> String {
    match error.kind() {
        ErrorKind::OutOfFuel => "it takes too many steps".to_owned(),
        // Details of ours and of the library's operators name types, not values.
        ErrorKind::InvalidOperation => error.detail().unwrap_or("it cannot be worked out").to_owned(),
        ErrorKind::UndefinedError => "it names what this row does not have".to_owned(),
        kind => format!("it cannot be worked out ({kind})"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn header() -> Vec<String> {
        ["Customer Name", "price", "quantity", "note", "2nd"].map(str::to_owned).to_vec()
    }

    fn row(note: &str) -> Row {
        let cells =
            vec![Cell::words("mara QUILL"), Cell::Typed(json!(64.5)), Cell::words("2"), Cell::words(note), Cell::Empty];
        Row { number: 7, cells, flaw: None }
    }

    fn worked(expression: &str) -> Result<Cell, String> {
        let header = header();
        let computed = Computed::of(&[expression], &header).map_err(|(_, error)| error.to_string())?;
        computed.cell(0, &header, &row("late, broken"))
    }

    #[test]
    fn expressions_see_the_row() {
        for (expression, expected) in [
            ("Customer_Name|title", "Mara Quill"),
            (r#""Outage for " ~ row["Customer Name"]|lower"#, "Outage for mara quill"),
            ("times(price, num(quantity))", "129"),
            ("price + 0.25", "64.75"),
            ("'vip' if num(quantity) > 1 else ''", "vip"),
            ("_2nd|default('none')", "none"),
            ("(note|split(','))[1]", "broken"),
            ("note|replace('late', 'very late') ~ '*'", "very late, broken*"),
            ("'row ' ~ row_number", "row 7"),
            ("(price / 7)|round(2)", "9.21"),
            ("note|length", "12"),
        ] {
            assert_eq!(worked(expression), Ok(Cell::words(expected)), "{expression}");
        }
        assert_eq!(worked("none"), Ok(Cell::Empty));
    }

    #[test]
    fn there_is_no_way_out_and_an_end() {
        for (expression, why) in [
            ("nam", "no column nam; did you mean Customer_Name?"),
            ("self", "no column self"),
            ("price }} {% for x in row %} {{ x", "expression"),
            ("include('x')", "no column include"),
            ("'x' * 99999999", "times"),
            ("'x'|indent(99)", "cannot"),
            ("num(note)", "num takes a number"),
            ("note + 1", "operator"),
            ("row['gone']", "does not have"),
        ] {
            let said = worked(expression).expect_err(expression);
            assert!(said.contains(why) && !said.contains("broken,"), "{expression}: {said}");
        }
        let header = header();
        let grows = "note|replace('a', note)|replace('a', note)|replace('a', note)|replace('a', note)";
        let computed = Computed::of(&[grows], &header).expect("an expression");
        let said = computed.cell(0, &header, &row(&"a".repeat(1_000))).expect_err("too long");
        assert!(said.contains("longer than 64 kB"), "{said}");
    }

    proptest! {
        #[test]
        fn any_expression_is_survived(words in "[a-z0-9\"'()\\[\\]{}|~+*/%.,<>= _-]{0,60}") {
            let _ = worked(&words);
        }
    }
}
