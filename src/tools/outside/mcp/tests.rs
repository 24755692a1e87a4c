//! What a server's definitions and answers become.
