//! How a timeline looks and answers to actions.
