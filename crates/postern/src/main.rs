//! How does it run?
//!
//! `config` turns what operators say into a [`Config`](config::Config), `startup` a configuration into a server with its database, `server`
//! opens the sockets, `jobs` work beside it. Each command is a file in `commands`; start at `commands/start.rs`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod commands;
mod config;
#[cfg(test)]
mod folder;
mod jobs;
mod keystore;
mod log;
mod server;
mod startup;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match commands::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("postern: {error:#}");
            ExitCode::from(2)
        }
    }
}
