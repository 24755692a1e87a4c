//! Owns bulk jobs: from many rows to one plan that a person approves, and its run.

pub mod import;
