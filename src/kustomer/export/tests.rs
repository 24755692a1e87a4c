//! An export that is cut off at any byte, and what the next run makes of it.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::kustomer::walk::Collection;

fn start() -> Stand {
    Collection::named("customers").and_then(|customers| customers.start(None, None)).expect("a list")
}

fn row(id: &str, version: u64, again: bool) -> Row {
    let record = json!({"id": id, "attributes": {"rev": version, "emails": [{"email": "mara@quill.example"}]}});
    Row { id: id.to_owned(), record, again }
}

fn batch(rows: Vec<Row>) -> Batch {
    Batch { rows, stand: start(), expected: None, skipped: 0 }
}

fn lines(path: &Path) -> Vec<(String, u64)> {
    let text = fs::read_to_string(path).expect("the file is there");
    let read = |line: &str| {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let id = record["id"].as_str().expect("an id").to_owned();
        (id, record["attributes"]["rev"].as_u64().expect("a version"))
    };
    text.lines().map(read).collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("out.jsonl")
    }

    fn open(&self) -> Result<(Export, Given), ExportError> {
        Export::open(&self.path(), "customers", start())
    }
}

#[test]
fn records_are_written_covered_and_for_the_owner_only() {
    let folder = Folder::new();
    let (mut export, _) = folder.open().expect("new");
    export.take(&batch(vec![row("a", 1, false)]), &Veil::of(None, None)).expect("written");
    let text = fs::read_to_string(folder.path()).expect("the file is there");
    assert!(!text.contains("quill") && text.contains("isMasked"));
    #[cfg(unix)]
    for name in ["out.jsonl", "out.jsonl.progress"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.0.path().join(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn of_a_record_that_changed_meanwhile_the_newest_version_stays() {
    let folder = Folder::new();
    let (mut export, _) = folder.open().expect("new");
    let veil = Veil::default();
    export.take(&batch(vec![row("a", 1, false), row("b", 1, false)]), &veil).expect("written");
    export.take(&batch(vec![row("a", 2, true), row("c", 1, false)]), &veil).expect("written");
    let tally = export.finish().expect("finished");
    assert_eq!((tally.lines, tally.again), (4, 1));
    let kept = [("b", 1), ("a", 2), ("c", 1)].map(|(id, version)| (id.to_owned(), version));
    assert_eq!(lines(&folder.path()), kept);
    assert!(!beside(&folder.path(), ".progress").exists());
    assert!(matches!(folder.open(), Err(ExportError::Taken)));
}

#[test]
fn a_run_killed_while_it_drops_old_versions_is_ended_by_the_next() {
    let folder = Folder::new();
    let (mut export, _) = folder.open().expect("new");
    export.take(&batch(vec![row("a", 1, false), row("a", 2, true)]), &Veil::default()).expect("written");
    export.journal.finishing = true;
    export.write_journal().expect("written");
    export.keep_newest().expect("renamed");
    drop(export);
    let (export, _) = folder.open().expect("gone on with");
    export.finish().expect("finished");
    assert_eq!(lines(&folder.path()), [("a".to_owned(), 2)]);
}

#[test]
fn another_command_another_run_and_a_strangers_file_are_left_alone() {
    let folder = Folder::new();
    let (mut export, _) = folder.open().expect("new");
    assert!(matches!(folder.open(), Err(ExportError::Busy)));
    export.take(&batch(vec![row("a", 1, false)]), &Veil::default()).expect("written");
    drop(export);
    assert!(matches!(Export::open(&folder.path(), "notes", start()), Err(ExportError::Other(_))));
    fs::write(folder.path(), "").expect("written");
    assert!(matches!(folder.open(), Err(ExportError::Mismatch(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Killed after any byte of any page, with or without the journal of that page: the next run loses and doubles nothing.
    #[test]
    fn a_kill_at_any_byte_costs_nothing(sizes in prop::collection::vec(1_usize..5, 1..6), at in 0_usize..6, tail in 0_usize..90) {
        let folder = Folder::new();
        let veil = Veil::default();
        let mut ids = 0..;
        let pages: Vec<Batch> = sizes
            .iter()
            .map(|size| batch(ids.by_ref().take(*size).map(|n: u64| row(&format!("id-{n}"), 1, false)).collect()))
            .collect();
        let done = at.min(pages.len());
        let (mut export, _) = folder.open().expect("new");
        pages[..done].iter().for_each(|page| export.take(page, &veil).expect("written"));
        if let Some(page) = pages.get(done) {
            let mut half = Vec::new();
            page.rows.iter().for_each(|row| line(row, &veil, &mut half));
            export.file.write_all(&half[..tail.min(half.len())]).expect("written");
        }
        drop(export);
        let (mut export, given) = folder.open().expect("gone on with");
        prop_assert_eq!(given.len() as u64, export.tally().lines);
        pages[done..].iter().for_each(|page| export.take(page, &veil).expect("written"));
        export.finish().expect("finished");
        let wanted: Vec<(String, u64)> =
            pages.iter().flat_map(|page| &page.rows).map(|row| (row.id.clone(), 1)).collect();
        prop_assert_eq!(lines(&folder.path()), wanted);
    }
}
