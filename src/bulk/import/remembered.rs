//! Owns the memory of mappings: for a resource and a set of columns, which column filled which field. Names only, never a cell.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::mapping::Named;
use crate::bulk::Resource;

const FILE: &str = "mappings.json";
/// Tables that are remembered; the longest unused is forgotten first.
const MOST: usize = 200;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// Counts uses, so that the longest unused is known without a clock.
    #[serde(default)]
    uses: u64,
    #[serde(default)]
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Table {
    used: u64,
    columns: Named,
}

/// What was remembered of such a table; a memory that cannot be read is none.
pub fn recall(data: &Path, resource: &Resource, header: &[String]) -> Option<Named> {
    read(data).tables.remove(&name(resource, header)).map(|table| table.columns)
}

/// Remembers a mapping.
///
/// # Errors
/// When the file cannot be written.
pub fn remember(data: &Path, resource: &Resource, header: &[String], columns: Named) -> io::Result<()> {
    let mut known = read(data);
    known.uses += 1;
    let used = known.uses;
    known.tables.insert(name(resource, header), Table { used, columns });
    while known.tables.len() > MOST {
        let oldest = known.tables.iter().min_by_key(|(_, table)| table.used).map(|(name, _)| name.clone());
        oldest.and_then(|name| known.tables.remove(&name));
    }
    fs::create_dir_all(data)?;
    let beside = data.join(format!("{FILE}.new"));
    fs::write(&beside, serde_json::to_vec_pretty(&known)?)?;
    fs::rename(beside, data.join(FILE))
}

fn read(data: &Path) -> Known {
    let file = data.join(FILE);
    if fs::metadata(&file).is_ok_and(|about| about.len() > LARGEST) {
        return Known::default();
    }
    fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// A table's name: its resource, and its columns in any order.
fn name(resource: &Resource, header: &[String]) -> String {
    let mut columns: Vec<&str> = header.iter().map(String::as_str).collect();
    columns.sort_unstable();
    let mut hash = Sha256::new();
    for column in columns {
        hash.update((column.len() as u64).to_be_bytes());
        hash.update(column);
    }
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{resource}/{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_its_columns_and_its_resource() {
        let folder = tempfile::tempdir().expect("a folder");
        let header = ["b", "a"].map(str::to_owned);
        let columns: Named = [("a".to_owned(), Some("name".to_owned())), ("b".to_owned(), None)].into();
        remember(folder.path(), &Resource::Customers, &header, columns.clone()).expect("remembered");
        let other = ["a", "b"].map(str::to_owned);
        assert_eq!(recall(folder.path(), &Resource::Customers, &other), Some(columns.clone()));
        assert_eq!(recall(folder.path(), &Resource::Notes, &other), None);
        assert_eq!(recall(folder.path(), &Resource::Customers, &other[..1]), None);
        for n in 0..MOST {
            remember(folder.path(), &Resource::Notes, &[n.to_string()], Named::new()).expect("remembered");
        }
        assert_eq!(recall(folder.path(), &Resource::Customers, &header), None);
        fs::write(folder.path().join(FILE), "{oops").expect("written");
        assert_eq!(recall(folder.path(), &Resource::Notes, &["1".to_owned()]), None);
        remember(folder.path(), &Resource::Customers, &header, columns.clone()).expect("remembered again");
        assert_eq!(recall(folder.path(), &Resource::Customers, &header), Some(columns));
    }
}
