//! The program `respite`: everything it does is in the library, every way to start it in [`respite::cli`].

use std::process::ExitCode;

/// Many small requests on several threads: the system's allocator would be the bottleneck.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    respite::cli::main()
}
