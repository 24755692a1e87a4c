//! Asks the simulated desk, over raw HTTP and as somebody who has only read the reference, for every documented operation:
//! status, envelope, roles, what is missing, what is not allowed, paging. `operations.txt` is the reference's own list; each
//! line of it has an example here, or a check of its own in `irregular`. Nothing of the program's code is used.

mod access;
mod checks;
mod conversations;
mod customers;
mod envelope;
mod example;
mod fixtures;
mod index;
mod irregular;
mod kobjects;
mod labels;
mod settings;
mod traps;

use std::collections::BTreeSet;

use crate::harness::Desk;
use checks::Examination;
use example::Example;

/// Small, so that every list can be walked to its end; with a budget that does not run out.
fn desk() -> Desk {
    Desk::start(&["--seed", "7", "--scale", "16", "--rate-limit", "100000/60"])
}

fn examine(examples: Vec<Example>) {
    let desk = desk();
    Examination::new(&desk).all(examples);
}

#[test]
fn customers_and_companies() {
    examine(customers::examples());
}

#[test]
fn conversations_and_what_belongs_to_them() {
    examine(conversations::conversations());
}

#[test]
fn messages_notes_and_bulk_jobs() {
    examine(conversations::messages());
}

#[test]
fn drafts_forwards_and_files() {
    examine(conversations::drafts());
}

#[test]
fn klasses_kobjects_and_metadata() {
    examine(kobjects::examples());
}

#[test]
fn users_teams_and_tokens() {
    examine(access::examples());
}

#[test]
fn brands_schedules_webhooks_and_other_settings() {
    examine(settings::examples());
}

#[test]
fn queues_and_routing() {
    examine(settings::routing());
}

#[test]
fn the_irregularities_of_the_reference_are_reproduced() {
    checked(irregular::CHECKS);
}

#[test]
fn the_traps_of_the_reference_are_laid() {
    checked(traps::CHECKS);
}

/// A check of its own, and what it is called in the report.
type Check = (&'static str, fn(&Examination) -> Result<(), String>);

fn checked(checks: &[Check]) {
    let desk = desk();
    let examination = Examination::new(&desk);
    for (name, check) in checks {
        if let Err(why) = check(&examination) {
            examination.note(name, why);
        }
    }
    examination.finish();
}

#[test]
fn every_documented_operation_is_examined() {
    let examples = [
        customers::examples(),
        conversations::conversations(),
        conversations::messages(),
        conversations::drafts(),
        kobjects::examples(),
        access::examples(),
        settings::examples(),
        settings::routing(),
    ];
    let mut examined: BTreeSet<String> =
        examples.concat().iter().map(|example| index::name(example.method, example.path)).collect();
    examined.extend(irregular::EXAMINED.iter().map(|name| (*name).to_owned()));
    let missing: Vec<String> =
        index::operations().iter().map(index::Operation::name).filter(|name| !examined.contains(name)).collect();
    assert!(missing.is_empty(), "no example of {missing:?}");
}
