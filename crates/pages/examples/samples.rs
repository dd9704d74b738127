//! Writes samples of all pages, with the files they load, to be looked at: `cargo run -p postern-pages --example samples -- DIR`.

use std::path::Path;

use pages::Pages;

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).ok_or("a directory, please")?;
    samples::write(&Pages::new(None)?, Path::new(&dir))?;
    Ok(())
}
