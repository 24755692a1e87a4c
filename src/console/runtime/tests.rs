//! The real loop on a screen of paper, against the real desk.

#![expect(clippy::panic, reason = "a test that fails says how")]

use std::{
    io,
    sync::{Arc, Mutex},
};

use ratatui::{buffer::Buffer, layout::Rect};
use secrecy::SecretString;

use super::*;
use crate::{
    console::view::view,
    sandbox,
    store::Store,
    transport::{Endpoint, Transport},
};

/// A screen whose newest frame can be read from outside the loop.
struct Paper(Arc<Mutex<String>>);

impl Screen for Paper {
    fn size(&self) -> io::Result<(u16, u16)> {
        Ok((120, 40))
    }

    fn draw(&mut self, state: &State, theme: &Theme) -> io::Result<()> {
        let area = Rect::new(0, 0, 120, 40);
        let mut buffer = Buffer::empty(area);
        view(state, theme, area, &mut buffer);
        *self.0.lock().expect("paper") = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        Ok(())
    }

    fn resized(&mut self, _columns: u16, _rows: u16) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    async fn lend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn take_back(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn until(paper: &Arc<Mutex<String>>, words: &str) {
    let clock = Clock::real();
    for _ in 0..1000 {
        if paper.lock().expect("paper").contains(words) {
            return;
        }
        clock.sleep(Duration::from_millis(10)).await;
    }
    panic!("`{words}` never came: {}", paper.lock().expect("paper"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_loop_fills_the_queue_from_a_real_server_and_quits_on_a_key() {
    let desk = sandbox::start(sandbox::Options::default()).await.expect("a desk");
    let clock = Clock::real();
    let folder = tempfile::tempdir().expect("a folder");
    let ready = desk.ready();
    let endpoint = Endpoint { base: ready.kustomer.clone(), key: SecretString::from(ready.api_key.as_str()) };
    let transport = Transport::new(endpoint, clock.clone()).expect("a transport");
    let trail = Trail::new(Store::open(folder.path()).expect("a store"), clock.clone(), "sandbox");
    let model = ModelConfig {
        base: ready.openai.clone(),
        key: SecretString::from("sk"),
        model: "shiftdeck-scripted".to_owned(),
    };
    let setup = Setup {
        reader: Reader::new(transport.clone(), clock.clone()),
        writer: Writer::new(transport, clock.clone(), trail.clone()),
        trail,
        vault: Vault::new(),
        clock,
        model: Some(model),
        cache: None,
        options: Options {
            desk: "embedded desk".to_owned(),
            theme: None,
            depth: Depth::True,
            ascii: false,
            motion: true,
            manners: Manners::default(),
            themes: folder.path().join("themes"),
            settings: folder.path().join("settings.toml"),
            mouse: false,
            unmask_for: Duration::from_mins(10),
            policy: Policy::default(),
            known_hosts: Vec::new(),
            vigilance: None,
            searches: PathBuf::from("searches"),
            keys: BTreeMap::new(),
            columns: Vec::new(),
            zone: TimeZone::UTC,
        },
    };
    let paper = Arc::new(Mutex::new(String::new()));
    let (send, inputs) = mpsc::channel(16);
    let keymap = Keymap::with(&BTreeMap::new()).expect("defaults");
    let mut screen = Paper(Arc::clone(&paper));
    let running = tokio::spawn(async move { run_on(&mut screen, setup, keymap, inputs).await });
    until(&paper, "SANDBOX").await;
    until(&paper, " of ").await;
    send.send(term::press("q", Duration::from_secs(1))).await.expect("the loop listens");
    assert_eq!(running.await.expect("no panic").expect("no error"), Exit::Quit);
    desk.shutdown().await;
}
