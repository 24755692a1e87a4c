//! Owns the figures of what a case costs in tokens and requests, beside a loop that sends every tool with every request and
//! gives the model whole results: `cargo test --locked --lib figures -- --nocapture`.

mod tests;
