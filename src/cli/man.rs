//! Owns the manual page: the program's own page, then the options of every command, all from the same words `--help` has.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// The page, in roff.
pub fn page(program: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(program.clone()).render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for command in program.get_subcommands() {
        options(command, program.get_name(), &mut page)?;
    }
    Ok(page)
}

/// The options of one command and of those below it.
fn options(command: &Command, above: &str, page: &mut String) -> io::Result<()> {
    let name = format!("{above} {}", command.get_name());
    let mut section = Vec::new();
    Man::new(command.clone()).render_options_section(&mut section)?;
    page.push_str(&String::from_utf8_lossy(&section).replacen(".SH OPTIONS", &format!(".SH \"OPTIONS OF {name}\""), 1));
    command.get_subcommands().try_for_each(|below| options(below, &name, page))
}
