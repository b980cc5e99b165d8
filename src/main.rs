//! The program `respite`: everything it does is in the library, every way to start it in [`respite::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    respite::cli::main()
}
