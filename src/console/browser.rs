//! Owns opening an address in the person's browser: a program and the address as its one argument, never through a shell. Does
//! not decide whether to: a key did.
//!
//! Invariant: only https, or this machine, is opened; what an address holds can be no option and no other program.

use std::{
    io,
    process::{Command, Stdio},
};

use crate::config;

/// Opens it. Blocks until the program that opens it ends, which may be as long as the browser runs.
///
/// # Errors
/// When it is no address to open, or no program opened it.
pub fn open(url: &str) -> io::Result<()> {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain || config::safe_url(url).is_err() {
        return Err(io::Error::other("it is no address to open: only https is, and this machine"));
    }
    let (program, before) = opener(std::env::var("BROWSER").ok().as_deref());
    let mut command = Command::new(&program);
    command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().map_err(|error| io::Error::other(format!("{program}: {error}")))?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{program} did not work: {status}"))) }
}

/// The program that opens addresses here, with what stands before the address.
fn opener(browser: Option<&str>) -> (String, Vec<String>) {
    let named = browser.and_then(|named| named.split(':').map(str::trim).find(|name| !name.is_empty()));
    if let Some(named) = named {
        let mut parts = named.split_whitespace().filter(|part| *part != "%s").map(str::to_owned);
        return (parts.next().unwrap_or_default(), parts.collect());
    }
    if cfg!(target_os = "macos") {
        ("open".to_owned(), Vec::new())
    } else if cfg!(windows) {
        ("rundll32".to_owned(), vec!["url.dll,FileProtocolHandler".to_owned()])
    } else {
        ("xdg-open".to_owned(), Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_https_address_is_not_opened() {
        for url in ["http://example.com/", "file:///etc/passwd", "--version", "https://a b", "javascript:alert(1)", ""]
        {
            assert!(open(url).is_err_and(|error| error.to_string().contains("no address")), "{url}");
        }
    }

    #[test]
    fn the_browser_a_person_names_comes_first_with_its_own_options() {
        assert_eq!(opener(Some("firefox --new-tab %s:chromium")), ("firefox".into(), vec!["--new-tab".into()]));
        assert_ne!(opener(Some(" : ")).0, "");
        assert_ne!(opener(None).0, "");
    }
}
