//! A load generator: many clients of a Socket.IO or HTTP server in one process, and how long the
//! server took for what they asked. It knows nothing of fs7 but its wire: any Socket.IO server of
//! protocol 5 (Engine.IO 4) can be its target.
//!
//! A [`Plan`] says what is to be done, [`run`] does it, a [`Report`] tells what came of it. Nothing
//! here prints; lines of progress go to whoever asked for them.

mod connection;
mod error;
mod http_client;
mod measure;
mod packet;
mod plan;
mod progress;
mod report;
mod scenario;
mod system;
mod target;

pub use connection::OpenError;
pub use error::LoadError;
pub use measure::Quantiles;
pub use plan::{Broadcast, Events, Http, Join, Order, Plan, Scenario, Storm, Transport};
pub use report::{Back, Broadcasts, Connections, Load, Report, Round, Sessions, Usage};
pub use scenario::run;
pub use target::{Target, TargetError};
