//! Checks that the program's client asks for documented operations only, by the labels its calls carry.

use std::{collections::BTreeSet, path::Path};

use super::index;
use crate::layering;

/// Operations the client uses that the reference's list does not hold, and why.
const BESIDE_THE_LIST: &[(&str, &str)] = &[
    ("GET /metadata/kobject.{}", "one of the values of GET /metadata/{resource}"),
    ("GET /outbound-webhooks", "unverified: the list of an org's own webhooks"),
];

#[test]
fn the_client_asks_for_documented_operations_only() {
    let known: BTreeSet<String> = index::operations().iter().map(index::Operation::name).collect();
    let mut labels = BTreeSet::new();
    gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kustomer"), &mut labels);
    assert!(labels.len() > 10, "the labels were found: {labels:?}");
    let is_known = |label: &&String| known.contains(*label) || BESIDE_THE_LIST.iter().any(|(name, _)| name == label);
    let unknown: Vec<&String> = labels.iter().filter(|label| !is_known(label)).collect();
    assert!(unknown.is_empty(), "not documented: {unknown:?}");
}

/// Every string literal that reads like a label: `"GET /v1/customers/{id}"`.
fn gather(folder: &Path, labels: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the sources can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, labels);
        } else {
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            let source = layering::production(&path.to_string_lossy(), &source);
            let is_label = |text: &&str| {
                text.split_once(" /v1/").is_some_and(|(method, path)| {
                    ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) && !path.contains([' ', '\n'])
                })
            };
            for text in source.split('"').filter(is_label) {
                let (method, path) = text.split_once(" /v1").unwrap_or((text, ""));
                let path = path.split('?').next().unwrap_or(path);
                labels.insert(index::name(method, path));
            }
        }
    }
}
