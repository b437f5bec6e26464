//! What can be said of connections, rooms, messages and tokens.

use clap::{ArgGroup, Args, Subcommand};

use super::EXIT_CODES;

/// Where and how a command reads.
#[derive(Clone, Debug, Args)]
pub struct PlaceArgs {
    /// The Socket.IO namespace
    #[arg(long, default_value = "/")]
    pub namespace: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The same where an id says enough.
#[derive(Clone, Debug, Args)]
pub struct SomewhereArgs {
    /// The Socket.IO namespace [default: any]
    #[arg(long)]
    pub namespace: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What is sent.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("what").args(["event", "text"]).required(true))]
pub struct MessageArgs {
    /// The event's name
    #[arg(long, value_name = "NAME")]
    pub event: Option<String>,
    /// The event's argument: JSON, @FILE, or - for standard input [default: none]
    #[arg(
        long,
        value_name = "JSON",
        requires = "event",
        allow_hyphen_values = true
    )]
    pub payload: Option<String>,
    /// A text instead of an event
    #[arg(long, allow_hyphen_values = true)]
    pub text: Option<String>,
    /// Leave out whoever cannot take it now
    #[arg(long)]
    pub volatile: bool,
}

/// `fs7 connections`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ConnectionsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<ConnectionsCommand>,
    /// Without a command: the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Which connections are listed.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Only those in this room
    #[arg(long)]
    pub room: Option<String>,
    /// At most so many, 1 to 1000
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub limit: usize,
    /// Only those whose ids follow this one
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
    /// Where.
    #[command(flatten)]
    pub place: SomewhereArgs,
}

/// What to do with connections and sessions.
#[derive(Debug, Subcommand)]
pub enum ConnectionsCommand {
    /// List connections and sessions; the same as no command
    #[command(after_help = EXIT_CODES)]
    List(ListArgs),
    /// Count them, and the memory that they take
    #[command(after_help = EXIT_CODES)]
    Count(SomewhereArgs),
    /// Show one with its rooms and user data
    #[command(after_help = EXIT_CODES)]
    Show {
        /// The connection's or session's id
        id: String,
        /// Where.
        #[command(flatten)]
        place: SomewhereArgs,
    },
    /// Send an event or a text to one
    #[command(after_help = EXIT_CODES)]
    Send {
        /// The connection's or session's id
        id: String,
        /// What.
        #[command(flatten)]
        message: MessageArgs,
        /// Where.
        #[command(flatten)]
        place: SomewhereArgs,
    },
    /// End the stay of one; its session is over
    #[command(after_help = EXIT_CODES)]
    Disconnect {
        /// The connection's or session's id
        id: String,
        /// The Socket.IO namespace [default: any]
        #[arg(long)]
        namespace: Option<String>,
    },
    /// Put one into a room
    #[command(after_help = EXIT_CODES)]
    Join {
        /// The connection's or session's id
        id: String,
        /// The room
        room: String,
        /// The Socket.IO namespace [default: any]
        #[arg(long)]
        namespace: Option<String>,
    },
    /// Take one out of a room
    #[command(after_help = EXIT_CODES)]
    Leave {
        /// The connection's or session's id
        id: String,
        /// The room
        room: String,
        /// The Socket.IO namespace [default: any]
        #[arg(long)]
        namespace: Option<String>,
    },
    /// Print the user data of one, set a key or take it away
    #[command(after_help = EXIT_CODES)]
    Data(DataArgs),
}

/// `fs7 connections data`.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The connection's or session's id
    pub id: String,
    /// The key [default: all]
    pub key: Option<String>,
    /// Set the key: JSON, @FILE, or - for standard input
    #[arg(
        long,
        value_name = "JSON",
        requires = "key",
        allow_hyphen_values = true
    )]
    pub set: Option<String>,
    /// Take the key away
    #[arg(long, requires = "key", conflicts_with = "set")]
    pub unset: bool,
    /// The Socket.IO namespace [default: any]
    #[arg(long)]
    pub namespace: Option<String>,
}

/// `fs7 rooms`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RoomsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<RoomsCommand>,
    /// Without a command: the list.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// What to do with rooms.
#[derive(Debug, Subcommand)]
pub enum RoomsCommand {
    /// List the rooms that somebody is in; the same as no command
    #[command(after_help = EXIT_CODES)]
    List(PlaceArgs),
    /// Show who is in a room
    #[command(after_help = EXIT_CODES)]
    Show {
        /// The room
        room: String,
        /// Where.
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Print the last messages of a room, where the setting `rooms.history` has it
    #[command(after_help = EXIT_CODES)]
    History {
        /// The room
        room: String,
        /// At most so many
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        limit: usize,
        /// Where.
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Send an event or a text to the members of a room
    #[command(after_help = EXIT_CODES)]
    Send {
        /// The room
        room: String,
        /// To whom not.
        #[command(flatten)]
        except: ExceptArgs,
        /// What.
        #[command(flatten)]
        message: MessageArgs,
        /// Where.
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Who is left out.
#[derive(Clone, Debug, Args)]
pub struct ExceptArgs {
    /// Leave this one out; may be given several times
    #[arg(long, value_name = "ID")]
    pub except: Vec<String>,
}

/// `fs7 broadcast`.
#[derive(Debug, Args)]
pub struct BroadcastArgs {
    /// To whom not.
    #[command(flatten)]
    pub except: ExceptArgs,
    /// What.
    #[command(flatten)]
    pub message: MessageArgs,
    /// Where.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `fs7 tokens`.
#[derive(Debug, Args)]
pub struct TokensArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TokensCommand,
}

/// What to do with reconnect tokens.
#[derive(Debug, Subcommand)]
pub enum TokensCommand {
    /// Make reconnect tokens for a session; one that nobody knows begins when its client comes
    #[command(after_help = EXIT_CODES)]
    Make {
        /// The session's id
        id: String,
        /// How many, 1 to 100
        #[arg(long, default_value_t = 1)]
        count: usize,
        /// Where.
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Say whether a reconnect token is good, and for which session
    #[command(after_help = EXIT_CODES)]
    Check {
        /// The token
        token: String,
        /// Use it up: no client can come back with it
        #[arg(long)]
        consume: bool,
        /// Where.
        #[command(flatten)]
        place: PlaceArgs,
    },
}
