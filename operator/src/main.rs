use std::process::ExitCode;

fn main() -> ExitCode {
    warung_operator::cli::main()
}
