//! Owns how a person's edit of a proposed text is shown: word by word against what was proposed. Decides nothing.

use super::content::Words;
use crate::{
    approval::Proposal,
    console::{theme::Role, widgets::cut},
    privacy::text,
};

/// The most words of each text that are compared, between what both begin and end with; longer ones are shown as replaced.
const MOST: usize = 600;

/// The lines, where the text was edited.
pub fn lines(proposal: &Proposal, width: usize) -> Vec<Words> {
    let old = proposal.first().and_then(|first| first.editable_text());
    let (Some((old, _)), Some((new, _))) = (old, proposal.change().editable_text()) else { return Vec::new() };
    let head =
        if old == new { "Your edit left the text as it was proposed." } else { "Your edit of what was proposed:" };
    let mut lines = vec![Vec::new(), vec![(head.to_owned(), Role::Dim)]];
    if old != new {
        lines.extend(laid_out(&compared(&text::block(old), &text::block(new)), width));
    }
    lines
}

/// A word of either text, or a line's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// Both texts as one row of words: kept, taken out, put in. A line's end is a word.
fn compared<'a>(old: &'a str, new: &'a str) -> Vec<Part<'a>> {
    let words = |text: &'a str| -> Vec<&'a str> {
        text.split_inclusive('\n')
            .flat_map(|line| line.split_whitespace().chain(line.ends_with('\n').then_some("\n")))
            .collect()
    };
    let (old, new) = (words(old), words(new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (middle_old, middle_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut parts: Vec<Part<'_>> = old[..head].iter().copied().map(Part::Same).collect();
    if middle_old.len() > MOST || middle_new.len() > MOST {
        parts.extend(middle_old.iter().copied().map(Part::Old));
        parts.extend(middle_new.iter().copied().map(Part::New));
    } else {
        parts.extend(between(middle_old, middle_new));
    }
    parts.extend(old[old.len() - tail..].iter().copied().map(Part::Same));
    parts
}

/// The longest common row of words, and what differs around it.
fn between<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Part<'a>> {
    let wide = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * wide];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * wide + j] = if old[i] == new[j] {
                common[(i + 1) * wide + j + 1] + 1
            } else {
                common[(i + 1) * wide + j].max(common[i * wide + j + 1])
            };
        }
    }
    let (mut i, mut j, mut parts) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            parts.push(Part::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * wide + j] >= common[i * wide + j + 1] {
            parts.push(Part::Old(old[i]));
            i += 1;
        } else {
            parts.push(Part::New(new[j]));
            j += 1;
        }
    }
    parts
}

/// The row of words in lines of this width; what was taken out and put in is marked, also without colours.
fn laid_out(parts: &[Part<'_>], width: usize) -> Vec<Words> {
    let width = width.max(10);
    let (mut lines, mut line, mut used): (Vec<Words>, Words, usize) = (Vec::new(), Vec::new(), 0);
    for part in parts {
        let (shown, role) = match part {
            Part::Same("\n") => {
                lines.push(std::mem::take(&mut line));
                used = 0;
                continue;
            }
            Part::Same(word) => ((*word).to_owned(), Role::Text),
            Part::Old(word) => (format!("[-{}-]", word.replace('\n', "new line")), Role::DiffOld),
            Part::New(word) => (format!("{{+{}+}}", word.replace('\n', "new line")), Role::DiffNew),
        };
        for piece in cut::wrap(&shown, width) {
            let wide = cut::width(&piece);
            if used > 0 && used + 1 + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push((" ".to_owned(), Role::Text));
                used += 1;
            }
            line.push((piece, role));
            used += wide;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(old: &str, new: &str, width: usize) -> Vec<String> {
        let lines = laid_out(&compared(old, new), width);
        lines.into_iter().map(|line| line.into_iter().map(|(words, _)| words).collect()).collect()
    }

    #[test]
    fn words_taken_out_and_put_in_are_marked_and_lines_stay() {
        assert_eq!(
            shown("Your parcel comes today.\nRegards", "Your parcel comes tomorrow.\nRegards", 60),
            ["Your parcel comes [-today.-] {+tomorrow.+}", "Regards"]
        );
        assert_eq!(shown("a b", "a x b", 60), ["a {+x+} b"]);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_out_of_it(old in "[ab\n ]{0,30}", new in "[ab\n ]{0,30}", width in 10_usize..40) {
            let parts = compared(&old, &new);
            let read = |keep: fn(&Part<'_>) -> bool| -> Vec<String> {
                let kept = parts.iter().filter(|part| keep(part));
                kept.map(|(Part::Same(word) | Part::Old(word) | Part::New(word))| (*word).to_owned()).collect()
            };
            let words = |text: &str| -> Vec<String> {
                text.split_inclusive('\n')
                    .flat_map(|line| {
                        line.split_whitespace().map(str::to_owned).chain(line.ends_with('\n').then(|| "\n".to_owned()))
                    })
                    .collect()
            };
            prop_assert_eq!(read(|part| !matches!(part, Part::New(_))), words(&old));
            prop_assert_eq!(read(|part| !matches!(part, Part::Old(_))), words(&new));
            for line in laid_out(&parts, width) {
                prop_assert!(line.iter().map(|(words, _)| cut::width(words)).sum::<usize>() <= width);
            }
        }
    }
}
