//! The seeking machine against a model desk: clusters of equal moments, records that change while the walk goes on.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A search, as a desk answers it: sorted, in pages, ties in an order of its own.
struct Desk {
    /// Moment of the last change and of creation, in milliseconds, by id.
    records: BTreeMap<u32, (i64, i64)>,
    size: usize,
    now: i64,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("in range")
}

impl Desk {
    fn answer(&self, look: &Look) -> Seen {
        let moment = |(updated, created): (i64, i64), by: By| if by == By::Updated { updated } else { created };
        let within = |moments: (i64, i64)| {
            look.pins.iter().all(|(by, at)| moment(moments, *by) == at.as_millisecond())
                && look.from.is_none_or(|from| moment(moments, look.by) >= from.as_millisecond())
                && look.until.is_none_or(|until| moments.0 <= until.as_millisecond())
        };
        let mut found: Vec<(u32, (i64, i64))> =
            self.records.iter().filter(|(_, moments)| within(**moments)).map(|(id, m)| (*id, *m)).collect();
        found.sort_by_key(|(id, moments)| (moment(*moments, look.by), id.wrapping_mul(2_654_435_761)));
        let skip = (look.page as usize - 1) * self.size;
        let more = skip + self.size < found.len();
        let hit = |(id, (updated, created)): &(u32, (i64, i64))| Hit {
            id: id.to_string(),
            updated: Some(at(*updated)),
            created: Some(at(*created)),
        };
        Seen { total: Some(found.len() as u64), hits: found.iter().skip(skip).take(self.size).map(hit).collect(), more }
    }

    fn touch(&mut self, id: u32) {
        self.now += 1;
        let now = self.now;
        self.records.entry(id).and_modify(|(updated, _)| *updated = now);
    }
}

/// Walks to the end, touching records between pages; everything given, in order, and the number of looks.
fn walk(desk: &mut Desk, mut touches: impl Iterator<Item = Option<u32>>) -> (Vec<(u32, i64)>, Seek, usize) {
    let (mut seek, mut given, mut looks) = (Seek::new(Some(at(0)), None), Vec::new(), 0);
    while let Some(look) = seek.look() {
        looks += 1;
        assert!(looks < 10_000, "the walk stalls at {look:?}");
        let seen = desk.answer(&look);
        let fresh = seek.take(&seen).expect("in order");
        given.extend(fresh.into_iter().map(|place| {
            let hit = &seen.hits[place];
            (hit.id.parse::<u32>().expect("ours"), hit.updated.expect("set").as_millisecond())
        }));
        // A run that was killed goes on from the stand it wrote down.
        let kept = serde_json::to_string(&seek).expect("serialises");
        seek = serde_json::from_str(&kept).expect("reads");
        // What changes after the last look is the next walk's.
        if let Some(id) = touches.next().flatten().filter(|_| seek.look().is_some()) {
            desk.touch(id);
        }
    }
    (given, seek, looks)
}

fn desk(records: impl Iterator<Item = (i64, i64)>) -> Desk {
    let records: BTreeMap<u32, (i64, i64)> = (0..).zip(records).collect();
    Desk { records, size: SIZE, now: 1_000_000 }
}

#[test]
fn a_quiet_search_is_read_in_windows() {
    let mut desk = desk((0..1_700).map(|n| (n / 3, n)));
    let (given, seek, looks) = walk(&mut desk, std::iter::empty());
    let ids: BTreeSet<u32> = given.iter().map(|(id, _)| *id).collect();
    assert_eq!((given.len(), ids.len(), seek.unreached(), looks), (1_700, 1_700, 0, 4));
}

#[test]
fn thousands_that_share_one_moment_are_split_by_creation() {
    let mut desk = desk((0..4_000).map(|n| (if n < 3_600 { 7 } else { n }, n)));
    let (given, seek, _) = walk(&mut desk, std::iter::empty());
    let ids: BTreeSet<u32> = given.iter().map(|(id, _)| *id).collect();
    assert_eq!((given.len(), ids.len(), seek.unreached()), (4_000, 4_000, 0));
}

#[test]
fn an_import_that_shares_both_moments_is_paged_and_what_no_search_reaches_is_told() {
    for (crowd, unreached) in [(501, 0), (3_000, 0), (10_000, 0), (10_250, 250)] {
        let mut desk = desk((0..crowd + 40).map(|n| if n < crowd { (7, 7) } else { (n, n) }));
        let (given, seek, _) = walk(&mut desk, std::iter::empty());
        let ids: BTreeSet<u32> = given.iter().map(|(id, _)| *id).collect();
        assert_eq!((given.len(), seek.unreached()), (ids.len(), unreached));
        assert_eq!(ids.len() as u64 + unreached, crowd as u64 + 40);
    }
}

#[test]
fn an_answer_that_is_not_in_order_ends_the_walk() {
    let hit = |id: &str, ms| Hit { id: id.to_owned(), updated: Some(at(ms)), created: None };
    let seen = |hits: Vec<Hit>| Seen { hits, total: None, more: true };
    let mut seek = Seek::new(Some(at(5)), None);
    assert_eq!(seek.take(&seen(vec![hit("a", 4)])), Err(OutOfOrder));
    assert_eq!(seek.take(&seen(vec![hit("a", 9), hit("b", 8)])), Err(OutOfOrder));
    let timeless = Hit { updated: None, ..hit("a", 0) };
    assert_eq!(seek.take(&seen(vec![timeless])), Err(OutOfOrder));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever shares a moment and whatever changes meanwhile: what was there throughout is given, in its newest version,
    /// and no version is given twice.
    #[test]
    fn nothing_is_lost_and_nothing_doubled(
        clusters in prop::collection::vec((1_usize..1_400, 1_usize..900, 1_i64..5), 1..6),
        touches in prop::collection::vec(prop::option::of(0_u32..3_000), 0..40),
    ) {
        let mut records = Vec::new();
        let mut moment = 0;
        for (count, crowded, gap) in clusters {
            moment += gap;
            // The first `crowded` of a cluster share the moment of creation as well.
            records.extend((0..count).map(|n| (moment, if n < crowded { moment } else { moment + n as i64 })));
        }
        let mut desk = desk(records.into_iter());
        let (given, seek, _) = walk(&mut desk, touches.into_iter());
        let versions: BTreeSet<(u32, i64)> = given.iter().copied().collect();
        prop_assert_eq!(versions.len(), given.len(), "a version was given twice");
        let newest: BTreeMap<u32, i64> = given.into_iter().collect();
        prop_assert_eq!(seek.unreached(), 0);
        for (id, (updated, _)) in &desk.records {
            prop_assert_eq!(newest.get(id), Some(updated), "record {} was lost", id);
        }
    }
}
