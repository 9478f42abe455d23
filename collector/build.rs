//! Makes sure that the folder of the built UI exists, so that the crate compiles without it, and
//! builds again when the UI was built.
use std::io;

fn main() -> io::Result<()> {
    std::fs::create_dir_all(DIST)?;
    println!("cargo::rerun-if-changed={DIST}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

const DIST: &str = "../ui/dist";
