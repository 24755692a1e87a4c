//! Owns the view of what happened to one record: what the record says itself, what the desk's audit log tells, and what was
//! decided about it at this console. What none of them covers is said, not hidden.

use ratatui::text::{Line, Span};

use crate::{
    console::{
        msg::RecordHistory,
        remote::Remote,
        state::Shared,
        theme::{Role, Theme},
        widgets::{cut, when},
    },
    domain::{AuditLine, Kobject},
    privacy::text,
};

/// It in lines, the newest first.
pub fn lines(
    kobject: &Kobject,
    read: &Remote<RecordHistory>,
    shared: &Shared,
    theme: &Theme,
    width: usize,
) -> Vec<Line<'static>> {
    let (now, zone) = (shared.moment.now, &shared.zone);
    let mut lines = vec![heading("the record itself", theme)];
    for (label, at) in [("changed", kobject.updated), ("made", kobject.created)] {
        let words = |at| format!("{label} {}, {}", when::minute(at, zone), when::away(at, now));
        lines.extend(at.map(|at| plain(&words(at), Role::Text, theme, width)));
    }
    lines.extend(kobject.rev.map(|rev| plain(&format!("revision {rev}"), Role::Text, theme, width)));
    let Some(history) = read.value() else {
        lines.push(match read.problem() {
            Some(problem) => plain(&format!("{}: {}", problem.what, problem.why), Role::Error, theme, width),
            None => plain("reading …", Role::Running, theme, width),
        });
        return lines;
    };
    lines.push(heading("decided at this console", theme));
    if history.here.is_empty() {
        lines.push(plain("nothing, as far as its trail goes back here", Role::Dim, theme, width));
    }
    for entry in &history.here {
        let at = entry.at.parse().map_or_else(|_| entry.at.clone(), |at| when::minute(at, zone));
        let words = format!("{at} {} {}, by {}", entry.event, entry.operation, entry.who);
        lines.push(plain(&words, Role::Text, theme, width));
    }
    lines.push(heading("the desk's audit log", theme));
    match &history.desk {
        Err(problem) => {
            let words = format!("it tells nothing of KObjects: {}", problem.why);
            lines.extend(cut::wrap(&words, width).iter().map(|line| plain(line, Role::Dim, theme, width)));
        }
        Ok(all) if all.is_empty() => lines.push(plain("no entry about it", Role::Dim, theme, width)),
        Ok(all) => lines.extend(all.iter().map(|one| plain(&said(one, shared), Role::Text, theme, width))),
    }
    lines
}

/// One line of the desk's log, in words.
fn said(line: &AuditLine, shared: &Shared) -> String {
    let at = line.at.map_or_else(String::new, |at| when::minute(at, &shared.zone));
    let users = shared.directory.value().map(|directory| &directory.users);
    let by = match &line.by {
        Some(id) => {
            users.and_then(|users| users.get(id)).map_or_else(|| id.to_string(), |user| user.name.line().into_string())
        }
        None => "the desk".to_owned(),
    };
    let changed: Vec<String> = line.changed.iter().map(|name| name.line().into_string()).collect();
    format!("{at} {} by {by} {}", line.event, changed.join(", "))
}

fn heading(words: &'static str, theme: &Theme) -> Line<'static> {
    Line::from(Span::styled(words, theme.style(Role::Heading)))
}

fn plain(words: &str, role: Role, theme: &Theme, width: usize) -> Line<'static> {
    Line::styled(cut::fit(&text::line(words), width), theme.style(role))
}
