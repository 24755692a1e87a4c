//! Owns what lies over the panes: the approval card, the palette, the keys, the question whether to quit, a message. The
//! top one takes all input; none covers an approval.

pub mod approval;
pub mod choosing;
pub mod help;
pub mod notice;
pub mod palette;
pub mod picker;
pub mod waiting;
pub mod which_key;
