//! The pieces whose cost a person would feel: cleaning a message, veiling it for a model, writing an audit record to disk,
//! a key and its frame on a timeline of a hundred and of a hundred thousand entries.
//! `cargo bench --bench pieces`.

use std::time::Duration;

use divan::{Bencher, counter::BytesCount};
use ratatui::{buffer::Buffer, layout::Rect};
use shiftdeck::{
    console::{
        actions::Action,
        effect::Fetch,
        msg::{Fetched, Moment, Target},
        pane::{Out, Pane, UpdateCx, ViewCx},
        panes::timeline::TimelinePane,
        state::Shared,
        theme::{Depth, Theme},
    },
    domain::{ConversationId, CustomerId, Item, Note, NoteId, Text, Timeline},
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

/// Up by a row or a page and the frame after it, somewhere on a timeline.
#[divan::bench(args = [100, 100_000])]
fn a_key_and_its_frame(bencher: Bencher, entries: usize) {
    let start: jiff::Timestamp = "2026-11-21T09:00:00Z".parse().expect("a time");
    let shared = Shared::new(Moment { now: start, elapsed: Duration::ZERO }, jiff::tz::TimeZone::UTC, String::new());
    let note = |number: usize| {
        Item::Note(Note {
            id: NoteId::new(format!("{number:06}")),
            conversation: Some(ConversationId::new((number / 40).to_string())),
            body: Text::new("**Charged twice**, see `ORD-7`.\n\nOn Mon, Nadia wrote:\n> a\n> b\n> c\n".repeat(3)),
            at: Some(start - jiff::SignedDuration::from_mins((entries - number) as i64)),
            by: None,
            external_id: None,
            edited: None,
        })
    };
    let customer = CustomerId::new("c1");
    let mut pane = TimelinePane::default();
    let mut out = Out::default();
    let mut cx = UpdateCx { shared: &shared, out: &mut out };
    pane.visit(&Target::Timeline { customer: customer.clone(), conversation: None }, &mut cx);
    let timeline = Timeline::merged((0..entries).map(note).collect(), Vec::new());
    pane.fetched(&Fetch::Timeline(customer), Fetched::Timeline(Ok(timeline)), &mut cx);
    let (theme, _) = Theme::named(None, Depth::True);
    let area = Rect::new(0, 0, 120, 40);
    let mut buf = Buffer::empty(area);
    let mut keys = [Action::Up, Action::PageUp, Action::PreviousPart, Action::Top, Action::Bottom].into_iter().cycle();
    bencher.bench_local(|| {
        let key = keys.next().expect("it goes round");
        let _ = pane.act(key, &mut UpdateCx { shared: &shared, out: &mut Out::default() });
        pane.view(&ViewCx { shared: &shared, theme: &theme, focused: true, title: String::new() }, area, &mut buf);
    });
}
