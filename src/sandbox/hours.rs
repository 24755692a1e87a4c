//! Owns what counts as time for a policy: every moment, or those inside a business schedule (Kustomer API reference 11, 24).
//!
//! A schedule is open when the wall clock of its time zone shows an open minute of the weekday and the day is no holiday. So
//! an hour the clocks skip is nobody's working hour, and an hour they repeat counts twice.
//!
//! Unverified in the reference and decided here: the literal `business`; a version without a `schedule` of its own follows
//! the default schedule; where there is no usable schedule, or one that does not open within ten years, time counts always.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{
    doc::{Doc, Kind},
    errors::Refusal,
    world::World,
};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How far an opening is looked for; a step is a day, or shorter where the clocks change.
const MOST_STEPS: usize = 3_700;

/// What counts as time.
#[derive(Clone, Debug)]
pub enum Hours {
    /// Every moment.
    Calendar,
    /// The moments a schedule is open.
    Business(Week),
}

impl Hours {
    /// What the version of a policy says.
    pub fn of(world: &World, version: &Doc) -> Self {
        if version.text("hours") != Some("business") {
            return Self::Calendar;
        }
        let is_default = |doc: &&Doc| doc.attributes.get("default") == Some(&Value::Bool(true));
        let schedule = world.related(version, "schedule").or_else(|| world.all(Kind::Schedule).find(is_default));
        schedule.and_then(|doc| Week::of(&doc.attributes)).map_or(Self::Calendar, Self::Business)
    }

    /// The moment when `ms` of this time have passed since `from`.
    pub fn after(&self, from: i64, ms: i64) -> i64 {
        let Self::Business(week) = self else { return from.saturating_add(ms) };
        let mut left = ms.max(0);
        for (opens, closes) in week.open(from) {
            if left <= closes - opens {
                return opens.max(from) + left;
            }
            left -= closes - opens;
        }
        from.saturating_add(ms)
    }

    /// How much of this time passes between two moments.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        match self {
            Self::Calendar => to - from,
            Self::Business(week) => {
                let until_then = week.open(from).take_while(|(opens, _)| *opens < to);
                until_then.map(|(opens, closes)| closes.min(to) - opens).sum()
            }
        }
    }
}

/// The opening hours of a week in a time zone.
#[derive(Clone, Debug)]
pub struct Week {
    zone: TimeZone,
    /// By weekday from Sunday: what is open, in milliseconds of the local day, in order and apart from each other.
    days: [Vec<(i64, i64)>; 7],
    /// Local days since the epoch on which nothing is open.
    holidays: Vec<i64>,
}

impl Week {
    /// Reads a schedule's attributes; none when the zone is unknown.
    pub fn of(schedule: &serde_json::Map<String, Value>) -> Option<Self> {
        let zone = TimeZone::get(schedule.get("timezone")?.as_str()?).ok()?;
        let hours = schedule.get("hours")?;
        let holidays = schedule.get("holidays").and_then(Value::as_array).into_iter().flatten();
        let holidays = holidays.filter_map(|holiday| day_number(holiday.get("date")?.as_str()?)).collect();
        let days = std::array::from_fn(|day| joined(intervals(hours.get(day.to_string()))));
        Some(Self { zone, days, holidays })
    }

    /// The open stretches from `from` on, in order: `[opens, closes)`.
    fn open(&self, from: i64) -> impl Iterator<Item = (i64, i64)> {
        let mut at = from;
        (0..MOST_STEPS).flat_map(move |_| {
            let (offset, changes) = self.offset(at);
            let day = (at + offset).div_euclid(DAY_MS);
            let midnight = day * DAY_MS - offset;
            let ends = changes.min(midnight + DAY_MS);
            let stretch = |&(opens, closes): &(i64, i64)| ((midnight + opens).max(at), (midnight + closes).min(ends));
            let is_open = !self.holidays.contains(&day);
            // The epoch was a Thursday.
            let hours = &self.days[usize::try_from((day + 4).rem_euclid(7)).unwrap_or_default()];
            let today: Vec<_> =
                hours.iter().filter(|_| is_open).map(stretch).filter(|(opens, closes)| opens < closes).collect();
            at = ends;
            today
        })
    }

    /// How far the wall clock is ahead of UTC at a moment, and when that changes.
    fn offset(&self, at: i64) -> (i64, i64) {
        let Ok(at) = Timestamp::from_millisecond(at) else { return (0, i64::MAX) };
        let changes = self.zone.following(at).next();
        let offset = i64::from(self.zone.to_offset(at).seconds()) * 1000;
        (offset, changes.map_or(i64::MAX, |change| change.timestamp().as_millisecond()))
    }
}

/// Refuses hours and zones that no schedule can have, in a body that is still unchecked otherwise.
pub fn check(schedule: &Value) -> Result<(), Refusal> {
    if schedule.get("timezone").and_then(Value::as_str).is_some_and(|zone| TimeZone::get(zone).is_err()) {
        return Err(Refusal::invalid("timezone", "must be the name of a time zone"));
    }
    for (day, open) in schedule.get("hours").and_then(Value::as_object).into_iter().flatten() {
        let pairs = open.as_array().map_or(0, Vec::len);
        if intervals(Some(open)).len() != pairs {
            return Err(Refusal::invalid(format!("hours/{day}"), "must hold pairs of minutes, the earlier first"));
        }
    }
    Ok(())
}

fn intervals(day: Option<&Value>) -> Vec<(i64, i64)> {
    let pairs = day.and_then(Value::as_array).into_iter().flatten();
    let pair = |pair: &Value| {
        let [opens, closes] = pair.as_array()?.as_slice() else { return None };
        let (opens, closes) = (opens.as_i64()?, closes.as_i64()?);
        (0 <= opens && opens < closes && closes <= 1440).then_some((opens * MINUTE_MS, closes * MINUTE_MS))
    };
    pairs.filter_map(pair).collect()
}

fn joined(mut intervals: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    intervals.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::new();
    for (opens, closes) in intervals {
        match apart.last_mut() {
            Some(last) if opens <= last.1 => last.1 = last.1.max(closes),
            Some(_) | None => apart.push((opens, closes)),
        }
    }
    apart
}

fn day_number(day: &str) -> Option<i64> {
    let midnight = day.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_millisecond().div_euclid(DAY_MS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::sandbox::times;

    fn business(schedule: &Value) -> Hours {
        Hours::Business(Week::of(schedule.as_object().expect("an object")).expect("a schedule"))
    }

    fn at(text: &str) -> i64 {
        times::parse(text).expect("a time")
    }

    fn office(zone: &str) -> Value {
        let day = json!([[480, 1020]]);
        json!({ "timezone": zone, "hours": { "1": day, "2": day, "3": day, "4": day, "5": day, "0": null } })
    }

    #[test]
    fn evenings_weekends_and_holidays_do_not_count() {
        let mut schedule = office("Europe/Berlin");
        schedule["holidays"] = json!([{ "name": "A Monday off", "date": "2025-03-10" }]);
        let hours = business(&schedule);
        let friday_half_past_four = at("2025-03-07T15:30:00Z");
        assert_eq!(hours.after(friday_half_past_four, 60 * MINUTE_MS), at("2025-03-11T07:30:00Z"));
        assert_eq!(hours.between(friday_half_past_four, at("2025-03-11T07:30:00Z")), 60 * MINUTE_MS);
        assert_eq!(hours.after(friday_half_past_four, 30 * MINUTE_MS), at("2025-03-07T16:00:00Z"));
    }

    #[test]
    fn the_wall_clock_decides_when_the_clocks_change() {
        let all_night = json!({ "timezone": "Europe/Berlin", "hours": { "0": [[120, 240]] } });
        let span =
            |day: &str| business(&all_night).between(at(&format!("{day}T00:00:00Z")), at(&format!("{day}T12:00:00Z")));
        assert_eq!(span("2025-03-23"), 120 * MINUTE_MS);
        assert_eq!(span("2025-03-30"), 60 * MINUTE_MS, "two to three does not happen");
        assert_eq!(span("2025-10-26"), 180 * MINUTE_MS, "two to three happens twice");
    }

    #[test]
    fn a_schedule_that_never_opens_counts_always() {
        let closed = business(&json!({ "timezone": "UTC", "hours": {} }));
        assert_eq!(closed.after(5, 10), 15);
    }

    #[test]
    fn impossible_schedules_are_refused() {
        let place = |schedule: Value| check(&schedule).err().and_then(|refusal| refusal.place);
        assert_eq!(place(office("Europe/Berlin")), None);
        assert_eq!(place(office("Middle/Earth")).as_deref(), Some("timezone"));
        assert_eq!(place(json!({ "hours": { "3": [[600, 540]] } })).as_deref(), Some("hours/3"));
        assert_eq!(place(json!({ "hours": { "3": [[600]] } })).as_deref(), Some("hours/3"));
    }

    /// Whether the wall clock shows an open minute: the rule itself, minute by minute.
    fn counts(schedule: &Value, minute: i64) -> bool {
        let zone = TimeZone::get(schedule["timezone"].as_str().expect("a zone")).expect("a known zone");
        let local = Timestamp::from_millisecond(minute).expect("a moment").to_zoned(zone);
        let shown = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let day = local.weekday().to_sunday_zero_offset().to_string();
        let holidays = schedule["holidays"].as_array().into_iter().flatten();
        let open = schedule["hours"][day].as_array().into_iter().flatten();
        let within =
            |pair: &Value| pair[0].as_i64().is_some_and(|a| a <= shown) && pair[1].as_i64().is_some_and(|b| shown < b);
        !holidays.clone().any(|holiday| holiday["date"] == local.date().to_string()) && open.clone().any(within)
    }

    fn schedules() -> impl Strategy<Value = Value> {
        let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];
        let pair = (0_i64..1440, 1_i64..700).prop_map(|(opens, long)| json!([opens, (opens + long).min(1440)]));
        let day = prop::collection::vec(pair, 0..3);
        let holidays = prop::collection::vec(0_i64..6, 0..2);
        (prop::sample::select(zones.to_vec()), prop::collection::vec(day, 7), holidays).prop_map(|(zone, days, off)| {
            let hours: Value = (0..).zip(days).map(|(day, open): (usize, _)| (day.to_string(), json!(open))).collect();
            let date = |day: i64| Timestamp::from_millisecond((20_175 + day) * DAY_MS).expect("a day").to_string();
            let off: Vec<Value> =
                off.into_iter().map(|day| json!({ "name": "off", "date": date(day)[..10] })).collect();
            json!({ "timezone": zone, "hours": hours, "holidays": off })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Starts lie around the days in March, April, October and November 2025 on which clocks change.
        #[test]
        fn hours_agree_with_counting_minutes(
            schedule in schedules(),
            change in prop::sample::select(vec![20_156_i64, 20_177, 20_184, 20_366, 20_387, 20_394]),
            start in 0_i64..2880,
            span in 0_i64..4320,
        ) {
            let hours = business(&schedule);
            let from = (change - 1) * DAY_MS + start * MINUTE_MS;
            let to = from + span * MINUTE_MS;
            let counted = (0..span).filter(|minute| counts(&schedule, from + minute * MINUTE_MS)).count() as i64;
            prop_assert_eq!(hours.between(from, to), counted * MINUTE_MS);
            let due = hours.after(from, counted * MINUTE_MS);
            prop_assert!(counted == 0 || due <= to);
            prop_assert!(counted == 0 || hours.between(from, due) == counted * MINUTE_MS);
            prop_assert!(counted == 0 || counts(&schedule, due - MINUTE_MS), "the last minute before the deadline counts");
        }
    }
}
