//! Every dialect of the model's protocol against every fault (integrations reference, 6 and 8.2): real HTTP, the real
//! client, turn and tools, the simulated endpoint. Every turn ends well, or with the notice the table names.

mod program;
mod table;
