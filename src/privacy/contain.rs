//! Owns the running of other people's parsers over hostile input: a panic inside is an `Err` outside, said to nobody and
//! ending nothing. For libraries that meet strangers' text only; our own code is not run in here.

use std::{
    cell::Cell,
    panic::{UnwindSafe, catch_unwind},
};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// The parser gave up in the worst way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

/// Runs `parse`; its panic stays inside.
pub fn contain<T>(parse: impl FnOnce() -> T + UnwindSafe) -> Result<T, Panicked> {
    let outer = CONTAINED.replace(true);
    let parsed = catch_unwind(parse);
    CONTAINED.set(outer);
    parsed.map_err(|_| Panicked)
}

/// Whether this thread is inside [`contain`]: a panic hook that ends the program asks first.
pub fn is_contained() -> bool {
    CONTAINED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_stays_inside() {
        let none: Vec<u8> = Vec::new();
        assert_eq!(contain(move || none[0]), Err(Panicked));
        assert_eq!((contain(|| 7), is_contained()), (Ok(7), false));
    }
}
