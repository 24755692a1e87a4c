//! The entry: everything else is the library's.

fn main() -> std::process::ExitCode {
    shiftdeck::cli::main()
}
