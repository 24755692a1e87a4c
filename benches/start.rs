//! From process start to a filled queue, in a pseudo-terminal, on the embedded simulated desk: what a person waits for.
//! `cargo bench --bench start` prints the median and the slowest of twenty starts of the optimised program.

#![expect(clippy::print_stdout, reason = "a bench prints its figure")]

use std::{
    io::Read,
    num::NonZero,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const STARTS: usize = 20;

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut taken: Vec<Duration> = (0..STARTS).map(|_| start(home.path())).collect();
    taken.sort();
    println!("start to filled queue: median {:?}, slowest {:?} of {STARTS}", taken[STARTS / 2], taken[STARTS - 1]);
}

/// One start, to the moment the queue's first row is on screen.
fn start(home: &std::path::Path) -> Duration {
    let (rows, cols) = (40, 120);
    let pair =
        native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_shiftdeck"));
    command.env_clear();
    command.env("SHIFTDECK_HOME", home);
    command.env("TERM", "xterm-256color");
    let began = Instant::now();
    let mut child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let cells = |n| NonZero::new(n).expect("more than none");
    let mut screen = vt100::Parser::new(cells(rows), cells(cols), 0);
    let mut buffer = vec![0; 64 * 1024];
    while !screen.screen().contents().contains("Billed twice") {
        let read = reader.read(&mut buffer).expect("the program draws");
        assert!(read > 0, "it ended before the queue was filled:\n{}", screen.screen().contents());
        screen.process(&buffer[..read]);
    }
    let taken = began.elapsed();
    let _ = child.kill();
    let _ = child.wait();
    taken
}
