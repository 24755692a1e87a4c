//! Owns the terminal's answers to what we asked it: they come in among the keys, and here they are taken out. Does not ask.
//!
//! Invariant: no part of an answer ever becomes a key. The library below knows only a few answers and reads the others as
//! `alt-]` and a row of characters; a person's key comes alone, an answer's opener has its next character right behind it.

use std::{io, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::{Stream, StreamExt};

use crate::clock::Clock;

/// How soon the second character of an answer follows the first: they are written in one piece.
const AT_ONCE: Duration = Duration::from_millis(20);
/// How long an answer may pause before it counts as ended, also over a slow line.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest answer; what is longer has lost its end.
const LONGEST: usize = 4096;

/// Events with the terminal's answers taken out.
pub struct Sorted<S> {
    events: S,
    clock: Clock,
    waiting: Option<Event>,
}

/// Something from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// What a person did, or what happened to the window.
    Event(Event),
    /// What the terminal answered, without its frame: `11;rgb:0000/0000/0000`.
    Answer(String),
}

impl<S: Stream<Item = io::Result<Event>> + Unpin> Sorted<S> {
    /// Sorts these events.
    pub fn new(events: S, clock: Clock) -> Self {
        Self { events, clock, waiting: None }
    }

    /// The next thing heard; `None` at the end.
    pub async fn next(&mut self) -> Option<Heard> {
        let event = match self.waiting.take() {
            Some(event) => event,
            None => self.events.next().await?.ok()?,
        };
        if !opens(&event) {
            return Some(Heard::Event(event));
        }
        match self.soon(AT_ONCE).await {
            Some(second) if plain(&second).is_some() => Some(Heard::Answer(self.answer(second).await)),
            second => {
                self.waiting = second;
                Some(Heard::Event(event))
            }
        }
    }

    /// The next event if it comes within this time.
    async fn soon(&mut self, time: Duration) -> Option<Event> {
        tokio::select! {
            biased;
            event = self.events.next() => event?.ok(),
            () = self.clock.sleep(time) => None,
        }
    }

    /// The rest of an answer, up to its terminator, a pause, or the longest there can be.
    async fn answer(&mut self, first: Event) -> String {
        let mut text = String::new();
        let mut next = Some(first);
        for _ in 0..LONGEST {
            match next {
                Some(event) if ends(&event) => break,
                Some(Event::Key(_)) => text.extend(next.as_ref().and_then(plain)),
                // The window changed in the middle of it: that is heard afterwards, and the newest wins.
                Some(other) => self.waiting = Some(other),
                None => break,
            }
            next = self.soon(PAUSE).await;
        }
        text
    }
}

fn pressed(event: &Event) -> Option<&KeyEvent> {
    match event {
        Event::Key(key) if key.kind == KeyEventKind::Press => Some(key),
        _ => None,
    }
}

/// OSC, DCS, APC, PM, SOS, as the library reads them.
fn opens(event: &Event) -> bool {
    pressed(event).is_some_and(|key| {
        key.modifiers.contains(KeyModifiers::ALT) && matches!(key.code, KeyCode::Char(']' | 'P' | '_' | '^' | 'X'))
    })
}

/// The string terminator `ESC \` or, as xterm does, BEL.
fn ends(event: &Event) -> bool {
    pressed(event).is_some_and(|key| match key.code {
        KeyCode::Char('\\') => key.modifiers.contains(KeyModifiers::ALT),
        KeyCode::Char('g') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    })
}

fn plain(event: &Event) -> Option<char> {
    let key = pressed(event)?;
    let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
    match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(held) => Some(c),
        _ => None,
    }
}

/// Whether the terminal's ground is light, from its answer to OSC 11 (`11;rgb:ffff/ffff/ffff`, 1 to 4 digits a part).
pub fn is_light(answer: &str) -> Option<bool> {
    let colour = answer.strip_prefix("11;")?;
    let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
    let mut values = parts.split('/').map(|part| {
        let most = 16_u32.checked_pow(u32::try_from(part.len()).ok()?).filter(|most| (16..=65_536).contains(most))? - 1;
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / f64::from(most))
    });
    let mut part = || values.next().flatten();
    let (red, green, blue) = (part()?, part()?, part()?);
    Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    /// Bytes as the library below reads them: what follows an ESC is held with alt, BEL is `ctrl-g`.
    fn read(text: &str) -> Vec<Event> {
        let mut alt = KeyModifiers::NONE;
        let mut events = Vec::new();
        for c in text.chars() {
            let (code, held) = match c {
                '\u{1b}' => {
                    alt = KeyModifiers::ALT;
                    continue;
                }
                '\u{7}' => ('g', KeyModifiers::CONTROL),
                other => (other, KeyModifiers::NONE),
            };
            events.push(Event::Key(KeyEvent::new(
                KeyCode::Char(code),
                held | std::mem::replace(&mut alt, KeyModifiers::NONE),
            )));
        }
        events
    }

    /// What is heard when these bytes come at once and then nothing more.
    async fn heard(text: &str) -> Vec<Heard> {
        let (clock, hand) = Clock::by_hand(Timestamp::UNIX_EPOCH);
        let events = stream::iter(read(text).into_iter().map(Ok)).chain(stream::pending());
        let mut sorted = Sorted::new(events, clock);
        let mut all = Vec::new();
        loop {
            let quiet = async {
                // Long enough for every wait of an answer, and then the end.
                for _ in 0..4 {
                    tokio::task::yield_now().await;
                    hand.advance(PAUSE);
                }
            };
            tokio::select! {
                biased;
                next = sorted.next() => all.extend(next),
                () = quiet => return all,
            }
        }
    }

    fn keys(heard: &[Heard]) -> String {
        let key = |heard: &Heard| match heard {
            Heard::Event(event) => pressed(event).and_then(|key| key.code.as_char()),
            Heard::Answer(_) => None,
        };
        heard.iter().filter_map(key).collect()
    }

    #[tokio::test]
    async fn an_answer_is_no_key_and_the_keys_around_it_stay() {
        for end in ["\u{1b}\\", "\u{7}"] {
            let all = heard(&format!("ja\u{1b}]11;rgb:1111/2222/aaaa{end}ax")).await;
            assert_eq!(keys(&all), "jaax");
            assert!(all.contains(&Heard::Answer("11;rgb:1111/2222/aaaa".into())), "{all:?}");
        }
    }

    #[tokio::test]
    async fn answers_nobody_asked_for_and_answers_without_end_are_no_keys_either() {
        for answer in
            ["\u{1b}P1+r5463=61\u{1b}\\", "\u{1b}_Gi=1;OK\u{1b}\\", "\u{1b}]11;rgb:aaaa", "\u{1b}]52;c;YWFhYQ==\u{7}"]
        {
            assert_eq!(keys(&heard(answer).await), "", "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_key_that_looks_like_an_opener_is_a_key_when_it_comes_alone() {
        assert_eq!(keys(&heard("j\u{1b}]").await), "j]");
        assert_eq!(keys(&heard("\u{1b}P\u{1b}a").await), "Pa");
    }

    #[test]
    fn the_ground_is_told_in_one_to_four_digits() {
        let cases = [
            ("11;rgb:ffff/ffff/ffff", Some(true)),
            ("11;rgb:fd/f6/e3", Some(true)),
            ("11;rgb:f/f/f", Some(true)),
            ("11;rgba:0000/2b2b/3636/ffff", Some(false)),
            ("11;rgb:1e1e/1e1e/2e2e", Some(false)),
            ("10;rgb:ffff/ffff/ffff", None),
            ("11;rgb:fffff/0/0", None),
            ("11;rgb:/0/0", None),
            ("11;rgb:ff/ff", None),
            ("11;?", None),
        ];
        for (answer, light) in cases {
            assert_eq!(is_light(answer), light, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_stumble(answer in ".{0,60}") {
            let _ = is_light(&answer);
            let _ = is_light(&format!("11;rgb:{answer}"));
        }
    }
}
