//! Why no load could be put on a server at all. What fails during a run is counted in its report.

use std::net::SocketAddr;

use crate::connection::OpenError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The name in the URL leads to no address.
    #[error("find the address of `{host}`")]
    Resolve {
        /// The name, with its port.
        host: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A connection could not be opened before the load began.
    #[error("open connection {number} of {of} to {address}")]
    Open {
        /// Which one, from 1.
        number: usize,
        /// How many were asked for.
        of: usize,
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// A client could not join its room.
    #[error("connection {number} could not join by `{event}`: {detail}")]
    Join {
        /// Which one, from 1.
        number: usize,
        /// The event that should have put it there.
        event: String,
        /// What the server said.
        detail: String,
    },
    /// The process may not open so many files.
    #[error(
        "{connections} connections need {needed} open files, and this process may have {allowed}"
    )]
    Files {
        /// Connections that were asked for.
        connections: usize,
        /// Files that they need.
        needed: u64,
        /// Files that the system allows.
        allowed: u64,
    },
    /// The process that is to be watched cannot be read.
    #[error("read what process {pid} takes of the machine")]
    Process {
        /// Its number.
        pid: u32,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The plan cannot be carried out as it stands.
    #[error("{0}")]
    Plan(String),
    /// No memory for latencies.
    #[error("make a histogram")]
    Histogram(#[from] hdrhistogram::CreationError),
    /// A thread or a task could not be started, or did not end.
    #[error("run the load")]
    Run(#[source] std::io::Error),
}

impl LoadError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Files { .. } => {
                Some("raise the hard limit (`ulimit -Hn`, LimitNOFILE=), or ask for fewer")
            }
            Self::Open {
                source: OpenError::Dial { .. },
                ..
            } => Some(
                "perhaps nobody listens there; `fs7 status` shows where this directory's server does",
            ),
            Self::Open {
                source: OpenError::Http { .. },
                ..
            } => Some(
                "the server may refuse more connections (`limits.connections`), or speak no Socket.IO there",
            ),
            _ => None,
        }
    }
}
