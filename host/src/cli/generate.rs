//! The command line of `fs7 handlers` and `fs7 pages`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `fs7 pages`, and what `fs7 handlers` takes too.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The AsyncAPI document [default: the contract of the settings]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub asyncapi_file: Option<PathBuf>,
    /// The folder below which the files that the document names must lie [default: its own]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
    /// Where the files go; made where it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output_dir: PathBuf,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 handlers`.
#[derive(Debug, Args)]
pub struct HandlersArgs {
    /// What all generators take.
    #[command(flatten)]
    pub generate: GenerateArgs,
    /// The folder of the crate fs7-sdk [default: that of the checkout fs7 was built from, where
    /// it exists, else the published version]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub sdk_path: Option<PathBuf>,
}
