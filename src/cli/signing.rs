//! Owns the offer to sign in to MCP servers while a command runs at a terminal: for those that want it, one after the other. How one
//! signs in is `connect::mcp`'s.

use super::{
    Failure, out,
    tty::{self, Turned},
};
use crate::{connect::mcp::Kept, privacy::text, tools::outside::Sources};

/// Offers it, at one server or at all; whether somebody signed in anywhere. Where nobody is at a terminal nothing is asked.
pub async fn offered(sources: &Sources, only: Option<&str>) -> Result<bool, Failure> {
    let mut is_any = false;
    for (alias, wanted) in sources.wanting_sign_in() {
        if !tty::is_there() || only.is_some_and(|only| only != alias) {
            continue;
        }
        let scopes = wanted.scopes();
        let more = if scopes.is_empty() { String::new() } else { format!(" for {}", scopes.join(", ")) };
        out::say(&text::line(&format!("{alias} wants you to sign in{more}.")));
        out::say("Enter signs in; q leaves it.");
        if tokio::task::block_in_place(tty::turned)? != Turned::On {
            continue;
        }
        match Box::pin(sources.sign_in(alias, &wanted, shown)).await {
            Ok(kept) => {
                is_any = true;
                let how =
                    if kept == Kept::Keyring { "kept in this machine's keyring" } else { "until this command ends" };
                out::say(&format!("{alias}: signed in, {how}"));
            }
            Err(error) => out::say(&format!("{alias}: {error}; {}", error.next())),
        }
    }
    Ok(is_any)
}

fn shown(address: &str) {
    let words = "open this in a browser on this machine and sign in; Ctrl-C gives up";
    out::say(&format!("{words}:\n\n{}\n", text::line(address)));
}
