//! `fs7 asyncapi …`: what can be said.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::server_url::ServerUrl;

const VALIDATE_HELP: &str = "\
Findings go to standard output, sorted by place. With --json they are an array of
{rule, severity, message, help, file, line, column, end_line, end_column, pointer}: lines and
columns from 1, columns in characters, `pointer` a JSON pointer, `help` maybe null.

Exit codes:
  0  no errors; there may be warnings
  1  errors, or the file cannot be read
  2  the command line is wrong
  3  --running: no server runs in this directory";

const DIFF_HELP: &str = "\
With --json the changes are an array of {kind, subject, part, pointer, message, old, new}: `kind`
is safe, breaking-for-senders or breaking-for-receivers; `subject` is {namespace, event, action,
operation} or null; `part` is operation, payload or reply; `old` and `new` are {file, line,
column, pointer} or null.

Exit codes:
  0  nobody breaks
  1  somebody does, or a document is no contract
  2  the command line is wrong";

const EXPORT_HELP: &str = "\
JSON and YAML are one document, whatever files it was made of. With --running or --server,
operations say in `x-fs7-handler` who serves them, and registered events that the contract does not
name are marked `x-fs7-unlisted`. A server that --server names is sent the API key that is set
(`API_KEY`, or `api_key` in fs7.toml). A file that exists is replaced.

Exit codes:
  0  written
  1  failed, or the document is no contract
  2  the command line is wrong
  3  --running: no server runs in this directory";

const IMPORT_HELP: &str = "\
FILE is an AsyncAPI 2.0 to 2.6 document: what its clients `publish` is what a 3.0 application
`receive`s. FOLDER holds JSON Schemas (*.json, *.yaml, *.yml), one for each event that clients
send; the file's name is the event's. What 3.0 cannot say is told as a warning.

Exit codes:
  0  written; there may be warnings
  1  failed; nothing is written
  2  the command line is wrong";

/// `fs7 asyncapi`.
#[derive(Debug, Args)]
pub struct AsyncapiArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AsyncapiCommand,
}

/// What to do with a contract.
#[derive(Debug, Subcommand)]
pub enum AsyncapiCommand {
    /// Check an AsyncAPI document (2.0 to 2.6, 3.0, 3.1)
    #[command(after_help = VALIDATE_HELP)]
    Validate(ValidateArgs),
    /// Tell what changed between two documents, and whom it breaks
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// Write a document as HTML, Markdown, JSON or YAML
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArgs),
    /// Bring an AsyncAPI 2 document, or a folder of JSON Schemas, to AsyncAPI 3
    #[command(after_help = IMPORT_HELP)]
    Import(ImportArgs),
}

/// Which document.
#[derive(Debug, Args)]
pub struct DocumentArgs {
    /// The AsyncAPI document [default: the contract of the settings]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// The same, by name
    #[arg(
        long,
        visible_alias = "file",
        value_name = "FILE",
        conflicts_with = "file"
    )]
    #[arg(value_hint = ValueHint::FilePath)]
    pub asyncapi_file: Option<PathBuf>,
    /// The folder below which the files that the document names must lie [default: its own]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
}

impl DocumentArgs {
    /// The file that was named.
    pub fn named(&self) -> Option<&PathBuf> {
        self.file.as_ref().or(self.asyncapi_file.as_ref())
    }
}

/// `fs7 asyncapi validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Which document.
    #[command(flatten)]
    pub document: DocumentArgs,
    /// Hold it against the handlers in this directory too
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub events_dir: Option<PathBuf>,
    /// Hold it against the events of the running server too
    #[arg(long, conflicts_with = "events_dir")]
    pub running: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 asyncapi diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The document that clients know
    #[arg(value_hint = ValueHint::FilePath)]
    pub old: PathBuf,
    /// The document that is to replace it
    #[arg(value_hint = ValueHint::FilePath)]
    pub new: PathBuf,
    /// The folder below which the files that a document names must lie [default: its own]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
    /// Leave out what is safe
    #[arg(long)]
    pub breaking: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `fs7 asyncapi export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Which document.
    #[command(flatten)]
    pub document: DocumentArgs,
    /// The contract of the server of this directory, with its handlers
    #[arg(long, conflicts_with_all = ["file", "asyncapi_file"])]
    pub running: bool,
    /// The contract of any running server, with its handlers: `http://HOST:PORT`
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    #[arg(conflicts_with_all = ["file", "asyncapi_file", "running"])]
    pub server: Option<ServerUrl>,
    /// As what
    #[arg(long, value_enum)]
    pub format: Format,
    /// Where to [default: standard output]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// What a document is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One page that needs nothing else
    Html,
    /// Markdown
    Markdown,
    /// The document as JSON
    Json,
    /// The document as YAML
    Yaml,
}

/// `fs7 asyncapi import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// An AsyncAPI 2 document, or a folder of JSON Schemas
    #[arg(value_name = "FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub source: PathBuf,
    /// The folder below which the files that a document names must lie [default: its own]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,
    /// Where to; `.json` is written as JSON, all else as YAML [default: standard output]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Replace the file where it exists
    #[arg(long)]
    pub force: bool,
}
