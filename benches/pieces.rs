//! The pieces whose cost a person would feel: cleaning a message, veiling it for a model, writing an audit record to disk.
//! `cargo bench --bench pieces`.

use divan::{Bencher, counter::BytesCount};
use shiftdeck::{
    kustomer::search::{Context, Query, Scope},
    privacy::{Vault, text},
    store::Store,
};

fn main() {
    divan::main();
}

/// A mail of a few kilobytes in several scripts, with what gives cleaners work.
fn mail() -> String {
    let part = "Hello, my parcel PX-2210 has not come. Ruf mich an: +49 155 5000 1122 oder mara@quill.example.\n\
        مرحبا، لم تصل الطرود بعد 👨\u{200d}👩\u{200d}👧 \u{1b}[31mnow\u{202e}\n";
    part.repeat(20)
}

#[divan::bench]
fn clean_a_message(bencher: Bencher) {
    let mail = mail();
    bencher.counter(BytesCount::of_str(&mail)).bench(|| text::block(divan::black_box(&mail)));
}

#[divan::bench]
fn veil_a_message(bencher: Bencher) {
    let mail = mail();
    let vault = Vault::new();
    bencher.counter(BytesCount::of_str(&mail)).bench(|| vault.veil(divan::black_box(&mail)));
}

#[divan::bench]
fn write_an_audit_record(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path()).expect("a store");
    let entry = "x".repeat(600);
    bencher.bench(|| store.append_audit(|seq| format!("{{\"seq\":{seq},\"note\":\"{entry}\"}}")).expect("written"));
}

/// From what a person typed to the document the desk takes.
#[divan::bench]
fn compile_a_search(bencher: Bencher) {
    const QUERY: &str = "email:~acme.example loyaltyTierStr:gold created>30d -status:done (breached:yes OR sla<2h) \"late parcel\" sort:-updated";
    let (context, zone) = (Context::Customer, jiff::tz::TimeZone::UTC);
    let scope = Scope::bare(&context, "2025-03-31T12:00:00Z".parse().expect("a time"), &zone);
    bencher.bench(|| Query::parse(divan::black_box(QUERY), &scope).map(|query| query.document()).expect("understood"));
}
