//! The command, called wrong.

use std::process::Command;

#[test]
fn a_wrong_call_is_one_line_and_exit_2_before_anything_is_built() {
    let cases: [(&[&str], &str); 3] = [
        (&["shop"], "name a command: up, run or down"),
        (&["shop", "up", "--shop", "nofile"], "'nofile' for '--shop <FILE>': there is no such file"),
        (&["load-image"], "<FILES>..."),
    ];
    for (arguments, expected) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_testbed")).args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.lines().count() == 1 && error.contains(expected), "{arguments:?}: {error}");
    }
}
