//! Owns which column fills which field: what the person said, else what was remembered of such a table, else what the names
//! suggest. Does not read cells but to tell an id from an external id.

use std::collections::BTreeMap;

use super::{
    cell::Row,
    compute::{Computed, ExprError},
    fields::{Fields, Place, Target},
    value::is_id,
};
use crate::privacy::text;

/// What is done with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each makes a record.
    Create,
    /// Each changes a record that is there.
    Update,
    /// Each changes the record that is there, else makes one.
    Upsert,
    /// Each removes a record.
    Delete,
}

/// Where a column's field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The person said so.
    Asked,
    /// An earlier import of such a table had it.
    Remembered,
    /// The names say so.
    Guessed,
}

/// What the person says of columns and fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `COLUMN=FIELD`; an empty field leaves the column out.
    pub columns: Vec<(String, String)>,
    /// `FIELD=expression`.
    pub computed: Vec<(String, String)>,
}

/// Column → field, by names; what is remembered of a table. `None` leaves a column out.
pub type Named = BTreeMap<String, Option<String>>;

/// Why there is no mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// There is no such column.
    #[error("there is no column {column}; there are: {known}")]
    NoColumn {
        /// What was asked for.
        column: String,
        /// What there is.
        known: String,
    },
    /// There is no such field.
    #[error("{resource} have no field {field}{near}")]
    NoField {
        /// Of what.
        resource: String,
        /// What was asked for.
        field: String,
        /// What is near it, in words.
        near: String,
    },
    /// A field cannot be given in this way.
    #[error("{field} cannot be {what}")]
    NotThen {
        /// The field.
        field: String,
        /// What cannot be done with it.
        what: &'static str,
    },
    /// Two columns fill one field.
    #[error("{field} is filled twice, by {first} and by {second}; leave one out with --map '{second}='")]
    Twice {
        /// The field.
        field: String,
        /// One column.
        first: String,
        /// The other.
        second: String,
    },
    /// Nothing says which records are meant.
    #[error("no column says which {resource} are meant; map one to id or externalId (--map COLUMN=externalId)")]
    NoKey {
        /// Of what.
        resource: String,
    },
    /// What every new record needs is not there.
    #[error("nothing fills {field}, which all new {resource} need; say --map COLUMN={field} or --set '{field}=\"…\"'")]
    Missing {
        /// Of what.
        resource: String,
        /// The field.
        field: String,
    },
    /// No column fills anything.
    #[error("no column fills a field of {resource}; say --map COLUMN=FIELD (fields are: {known})")]
    Nothing {
        /// Of what.
        resource: String,
        /// Some fields.
        known: String,
    },
    /// A computed field is none.
    #[error("--set {field}: {why}")]
    Computed {
        /// The field.
        field: String,
        /// Why.
        why: ExprError,
    },
}

/// Which column, or expression, fills which field.
#[derive(Debug)]
pub struct Mapping {
    /// For each column its field and why, or none.
    pub columns: Vec<Option<(usize, Why)>>,
    /// Fields that are computed, in the order of their expressions.
    pub computed: Vec<usize>,
    /// Their expressions.
    pub expressions: Computed,
    /// The expressions as written.
    written: Vec<String>,
}

impl Mapping {
    /// Maps the columns of a table; `sample` are its first rows.
    ///
    /// # Errors
    /// [`MapError`] for what was asked and cannot be, and for what is missing.
    pub fn make(
        header: &[String],
        sample: &[Row],
        fields: &Fields,
        mode: Mode,
        asked: &Asked,
        remembered: Option<&Named>,
    ) -> Result<Self, MapError> {
        let mut columns: Vec<Option<(usize, Why)>> = vec![None; header.len()];
        let mut decided = vec![false; header.len()];
        for (column, field) in &asked.columns {
            let at = column_named(header, column)?;
            decided[at] = true;
            let asked = |field: &String| Ok::<_, MapError>((named(fields, field, mode)?, Why::Asked));
            columns[at] = Some(field).filter(|field| !field.is_empty()).map(asked).transpose()?;
        }
        let computed: Vec<usize> =
            asked.computed.iter().map(|(field, _)| named(fields, field, mode)).collect::<Result<_, _>>()?;
        for (at, name) in header.iter().enumerate().filter(|(at, _)| !decided[*at]).collect::<Vec<_>>() {
            let guess = match remembered.and_then(|names| names.get(name)) {
                Some(None) => None,
                Some(Some(field)) => fields.named(field).map(|field| (field, Why::Remembered)),
                None => guess(name, at, sample, fields, mode).map(|field| (field, Why::Guessed)),
            };
            // A guess gives way to what is filled already, and to what cannot be given now.
            let taken =
                |field: usize| computed.contains(&field) || columns.iter().flatten().any(|(other, _)| *other == field);
            columns[at] = guess.filter(|(field, _)| !taken(*field) && allowed(fields, *field, mode));
        }
        let mapping = Self {
            columns,
            computed,
            expressions: expressions(header, &asked.computed)?,
            written: asked.computed.iter().map(|(_, expression)| expression.clone()).collect(),
        };
        mapping.checked(header, fields, mode)
    }

    fn checked(self, header: &[String], fields: &Fields, mode: Mode) -> Result<Self, MapError> {
        let resource = || fields.resource().words();
        let mut filled: BTreeMap<usize, String> = BTreeMap::new();
        let columns = self.columns.iter().zip(header).filter_map(|(to, name)| Some((to.as_ref()?.0, name.clone())));
        let computed = self.computed.iter().map(|field| (*field, "--set".to_owned()));
        for (field, name) in columns.chain(computed) {
            if let Some(first) = filled.insert(field, name.clone()) {
                return Err(MapError::Twice { field: fields.get(field).name.clone(), first, second: name });
            }
        }
        let fills = |name: &str| fields.named(name).is_some_and(|field| filled.contains_key(&field));
        if filled.is_empty() {
            let known: Vec<&str> = fields.all().iter().map(|field| field.name.as_str()).take(12).collect();
            return Err(MapError::Nothing { resource: resource(), known: known.join(", ") + " …" });
        }
        if mode != Mode::Create && !fills("id") && !fills("externalId") {
            return Err(MapError::NoKey { resource: resource() });
        }
        if matches!(mode, Mode::Create | Mode::Upsert) {
            let refers =
                |name: &str| ["externalId", "email", "phone"].iter().any(|key| fills(&format!("{name}.{key}")));
            let missing =
                fields.all().iter().find(|field| field.required && !fills(&field.name) && !refers(&field.name));
            if let Some(field) = missing {
                return Err(MapError::Missing { resource: resource(), field: field.name.clone() });
            }
        }
        Ok(self)
    }

    /// The mapping by names, to be remembered.
    pub fn named(&self, header: &[String], fields: &Fields) -> Named {
        let name = |to: &Option<(usize, Why)>| to.as_ref().map(|(field, _)| fields.get(*field).name.clone());
        header.iter().zip(&self.columns).map(|(column, to)| (column.clone(), name(to))).collect()
    }

    /// The mapping in lines, one a column: `order no → externalId (guessed)`.
    pub fn lines(&self, header: &[String], fields: &Fields) -> Vec<String> {
        let column = |(name, to): (&String, &Option<(usize, Why)>)| {
            let Some((field, why)) = to else {
                let near = fields.near(name);
                let near = if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
                return format!("{} is left out{near}", text::line(name));
            };
            let why = match why {
                Why::Asked => "",
                Why::Remembered => " (as last time)",
                Why::Guessed => " (guessed)",
            };
            format!("{} → {}{why}", text::line(name), fields.get(*field).name)
        };
        let computed = self.computed.iter().zip(&self.written);
        let computed =
            computed.map(|(field, written)| format!("{} = {}", fields.get(*field).name, text::line(written)));
        header.iter().zip(&self.columns).map(column).chain(computed).collect()
    }

    /// Whether some field is filled by looking records up.
    pub fn refers(&self, fields: &Fields) -> bool {
        let all = self.columns.iter().flatten().map(|(field, _)| *field).chain(self.computed.iter().copied());
        all.into_iter().any(|field| matches!(fields.get(field).place, Place::Refer(..)))
    }
}

fn expressions(header: &[String], computed: &[(String, String)]) -> Result<Computed, MapError> {
    let written: Vec<&str> = computed.iter().map(|(_, expression)| expression.as_str()).collect();
    Computed::of(&written, header).map_err(|(index, why)| MapError::Computed { field: computed[index].0.clone(), why })
}

fn column_named(header: &[String], column: &str) -> Result<usize, MapError> {
    let exact = header.iter().position(|name| name == column);
    let loose = || header.iter().position(|name| name.eq_ignore_ascii_case(column.trim()));
    exact.or_else(loose).ok_or_else(|| {
        let known: Vec<String> = header.iter().take(20).map(|name| text::line(name).into_string()).collect();
        MapError::NoColumn { column: text::line(column).into_string(), known: known.join(", ") }
    })
}

fn named(fields: &Fields, name: &str, mode: Mode) -> Result<usize, MapError> {
    let Some(field) = fields.named(name) else {
        let near = fields.near(name);
        let near = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
        let field = text::line(name).into_string();
        return Err(MapError::NoField { resource: fields.resource().words(), field, near });
    };
    if !allowed(fields, field, mode) {
        let what = match mode {
            Mode::Create | Mode::Upsert => "given to a new record",
            Mode::Update => "changed",
            Mode::Delete => "given: only what says which records are meant",
        };
        return Err(MapError::NotThen { field: name.to_owned(), what });
    }
    Ok(field)
}

fn allowed(fields: &Fields, field: usize, mode: Mode) -> bool {
    let field = fields.get(field);
    match mode {
        Mode::Create => field.create && field.place != Place::Id,
        Mode::Update => field.update || field.place == Place::Id,
        Mode::Upsert => field.create || field.update,
        Mode::Delete => field.place == Place::Id || field.name == "externalId",
    }
}

/// What a column most likely is for: by its name, and for ids by what they look like.
fn guess(name: &str, at: usize, sample: &[Row], fields: &Fields, mode: Mode) -> Option<usize> {
    let field = fields.guessed(name)?;
    let filled = || sample.iter().filter_map(|row| row.cells.get(at)).filter(|cell| !cell.is_empty());
    let are_ids = filled().next().is_some() && filled().all(|cell| is_id(&cell.shown()));
    let meant = fields.get(field);
    match &meant.place {
        // `customer id` holds either.
        Place::Refer(target, _) if are_ids && !meant.name.ends_with("email") => {
            fields.named(target.word()).or(Some(field))
        }
        Place::Attribute(word) if !are_ids => {
            let target =
                [Target::Customer, Target::Company, Target::Conversation].into_iter().find(|t| t.word() == *word);
            target.map_or(Some(field), |target| fields.named(&format!("{}.externalId", target.word())))
        }
        // A plain `id` is the record's, or the org's for it; for new records it can only be that of whom they are for.
        Place::Id if mode == Mode::Create => {
            let name = if are_ids { "customer" } else { "customer.externalId" };
            fields.named(name).or_else(|| fields.named("externalId"))
        }
        Place::Id if !are_ids => fields.named("externalId"),
        _ => Some(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bulk::{Resource, import::cell::Cell},
        domain::{Attribute, KlassName},
    };

    fn fields() -> Fields {
        let custom = ["orderStatusStr", "totalPriceNum"].map(Attribute::undescribed);
        Fields::of(Resource::Kobjects(KlassName::new("order")), &custom)
    }

    fn header(words: &str) -> Vec<String> {
        words.split('|').map(str::to_owned).collect()
    }

    fn asked(columns: &[(&str, &str)], computed: &[(&str, &str)]) -> Asked {
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Asked { columns: own(columns), computed: own(computed) }
    }

    fn rows(cells: &[&str]) -> Vec<Row> {
        vec![Row { number: 2, cells: cells.iter().map(|cell| Cell::words(cell)).collect(), flaw: None }]
    }

    #[test]
    fn what_is_asked_wins_over_memory_and_memory_over_guesses() {
        let (fields, header) = (fields(), header("Title|total price|Order no|e-mail|colour"));
        let sample = rows(&["a", "1", "7731", "a@b.example", "red"]);
        let remembered: Named =
            [("Order no".to_owned(), Some("externalId".to_owned())), ("total price".to_owned(), None)].into();
        let wishes = asked(&[("colour", "orderStatusStr"), ("e-mail", "")], &[("tags", "'imported'")]);
        let mapping =
            Mapping::make(&header, &sample, &fields, Mode::Create, &wishes, Some(&remembered)).expect("a mapping");
        assert_eq!(
            mapping.lines(&header, &fields),
            [
                "Title → title (guessed)",
                "total price is left out; near: custom.totalPriceNum",
                "Order no → externalId (as last time)",
                "e-mail is left out; near: customer.email",
                "colour → custom.orderStatusStr",
                "tags = 'imported'",
            ]
        );
        let again = Mapping::make(
            &header,
            &sample,
            &fields,
            Mode::Create,
            &asked(&[], &[]),
            Some(&mapping.named(&header, &fields)),
        );
        assert_eq!(again.expect("a mapping").columns[4].map(|(_, why)| why), Some(Why::Remembered));
    }

    #[test]
    fn ids_are_told_by_what_they_look_like() {
        let fields = fields();
        let guessed = |column: &str, cell: &str, mode| {
            let (header, sample) = (header(&format!("title|{column}")), rows(&["a", cell]));
            let wishes = if mode == Mode::Delete { asked(&[("title", "")], &[]) } else { Asked::default() };
            let mapping = Mapping::make(&header, &sample, &fields, mode, &wishes, None).expect("a mapping");
            mapping.columns[1].map(|(field, _)| fields.get(field).name.clone()).unwrap_or_default()
        };
        let id = "66a1f0c2b7d4e9001c3a5f10";
        assert_eq!(guessed("id", "TEN-1001", Mode::Create), "customer.externalId");
        assert_eq!(guessed("id", id, Mode::Create), "customer");
        assert_eq!(guessed("id", "7731", Mode::Update), "externalId");
        assert_eq!(guessed("id", id, Mode::Update), "id");
        assert_eq!(guessed("customer id", id, Mode::Create), "customer");
        assert_eq!(guessed("customer", "TEN-1001", Mode::Create), "customer.externalId");
        assert_eq!(guessed("id", id, Mode::Delete), "id");
    }

    #[test]
    fn what_cannot_be_is_said_with_what_could() {
        let (fields, columns) = (fields(), header("a|b"));
        let make = |mode, wishes: &Asked| {
            Mapping::make(&columns, &rows(&["1", "2"]), &fields, mode, wishes, None)
                .map(|_| ())
                .expect_err("none")
                .to_string()
        };
        for (mode, wishes, why) in [
            (Mode::Create, asked(&[("c", "title")], &[]), "no column c; there are: a, b"),
            (Mode::Create, asked(&[("a", "totalPrizeNum")], &[]), "did you mean custom.totalPriceNum?"),
            (Mode::Create, asked(&[("a", "title"), ("b", "title")], &[]), "filled twice"),
            (Mode::Create, asked(&[("a", "externalId")], &[]), "nothing fills title"),
            (Mode::Create, asked(&[("a", "id")], &[]), "cannot be given to a new record"),
            (Mode::Update, asked(&[("a", "customer")], &[]), "cannot be changed"),
            (Mode::Update, asked(&[("a", "title")], &[]), "which KObjects"),
            (Mode::Create, asked(&[], &[]), "no column fills"),
            (Mode::Create, asked(&[], &[("title", "c ~ 1")]), "--set title: there is no column c"),
        ] {
            let said = make(mode, &wishes);
            assert!(said.contains(why), "{why}: {said}");
        }
    }
}
