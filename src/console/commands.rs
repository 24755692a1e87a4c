//! Owns the table of `:` commands that take an argument on the same line (`:filter refund`). Actions without one need no
//! line here: the palette takes them by name.

use super::actions::Action;

/// What a command does with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Goes to a row of the pane in front, counted from 1.
    Goto,
    /// Does an action that opens a text or a list, and gives it the argument: what the same words typed there would do.
    Give(Action),
}

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name, without the colon; an action of the same name is the one it gives to.
    pub name: &'static str,
    /// What it takes.
    pub wants: &'static str,
    /// What it does, in a few words.
    pub help: &'static str,
    /// The same for the program.
    pub does: Does,
}

/// Every command.
pub const COMMANDS: [Command; 9] = [
    Command { name: "goto", wants: "a number from 1 up", help: "go to a row", does: Does::Goto },
    Command { name: "filter", wants: "words", help: "filter this pane", does: Does::Give(Action::Filter) },
    Command { name: "search", wants: "words or a query", help: "search", does: Does::Give(Action::GoSearch) },
    Command { name: "theme", wants: "a theme", help: "choose how it looks", does: Does::Give(Action::Themes) },
    Command { name: "assign", wants: "a user, team or queue", help: "give to", does: Does::Give(Action::Move) },
    Command { name: "snooze", wants: "2h, monday 9:00", help: "snooze until", does: Does::Give(Action::Snooze) },
    Command { name: "priority", wants: "1 to 5", help: "set the priority", does: Does::Give(Action::Grade) },
    Command { name: "tag", wants: "a tag", help: "put it on or take it off", does: Does::Give(Action::Tags) },
    Command { name: "lane", wants: "a lane", help: "go to a lane", does: Does::Give(Action::Lane) },
];

impl Command {
    /// The action it gives its argument to.
    pub fn action(&self) -> Option<Action> {
        if let Does::Give(action) = self.does { Some(action) } else { None }
    }

    /// The command and the argument of a line as typed (`filter refund`); `None` for a line that is no command with a
    /// blank after it.
    pub fn split(line: &str) -> Option<(&'static Self, &str)> {
        let (name, argument) = line.trim_start().trim_start_matches(':').split_once(' ')?;
        COMMANDS.iter().find(|command| command.name == name).map(|command| (command, argument.trim()))
    }

    /// Why this argument will not do, in words that say what would.
    pub fn refuses(&self, argument: &str) -> Option<String> {
        let will_do = match self.does {
            Does::Goto => argument.parse::<usize>().is_ok_and(|number| number > 0),
            Does::Give(_) => !argument.is_empty(),
        };
        (!will_do).then(|| format!("`{}` takes {}", self.name, self.wants))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_those_of_actions_give_to_them() {
        let mut names = HashSet::new();
        for command in &COMMANDS {
            assert!(names.insert(command.name), "{} twice", command.name);
            let given = if let Does::Give(action) = command.does { Some(action) } else { None };
            let own = Action::by_name(command.name);
            assert!(own.is_none() || own == given, "{}", command.name);
        }
    }

    #[test]
    fn a_line_is_a_command_from_its_blank_on() {
        let split = |line| Command::split(line).map(|(command, argument)| (command.name, argument));
        assert_eq!(split(":filter  billing mail "), Some(("filter", "billing mail")));
        assert_eq!(split("goto 3"), Some(("goto", "3")));
        assert_eq!(split("filter"), None);
        assert_eq!(split("fly home"), None);
    }
}
