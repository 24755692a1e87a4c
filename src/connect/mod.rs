//! Other roads to a desk, and other desks: each a folder of its own. A road translates what is written for the desk and back;
//! whoever reads and writes above it cannot tell (`transport::Road`). Servers of tools are reached here too (`mcp`).

pub mod looked;
pub mod mcp;
pub mod truto;
