//! Checks the MCP server over its real port.
