//! Stands for the terminal.

/// A mouse event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The wheel was turned down (or up, if negative), at this cell.
    Wheel(i16, u16, u16),
    /// The left button went down at this cell.
    Click(u16, u16),
}
