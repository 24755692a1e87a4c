//! Owns the small drawing parts panes share: frames, cut text, lists that scroll, inputs. Each is a function or a plain
//! value; none asks for anything or knows a pane.

pub mod ascii;
pub mod blanks;
pub mod composer;
pub mod cut;
pub mod frame;
pub mod input;
pub mod list;
pub mod marks;
pub mod picture;
pub mod rich;
pub mod states;
pub mod when;
