//! `fs7 log tail-logs`: lines as they are written, until Ctrl-C or until nobody reads them.

use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::time::{MissedTickBehavior, interval};

use super::super::failure::{CommandResult, Exit, Failure};
use super::super::output;
use super::follow::Follower;
use super::line::Show;
use super::view;
use crate::cli::ShowArgs;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Shows the last lines, then every new one.
pub(crate) fn run(log_dir: &Path, count: usize, args: &ShowArgs) -> CommandResult {
    let show = Show::new(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    runtime.block_on(async {
        tokio::select! {
            result = follow(log_dir, count, &show) => result,
            interrupt = tokio::signal::ctrl_c() => {
                interrupt.context("listen for Ctrl-C")?;
                Ok(Exit::Done)
            }
        }
    })
}

async fn follow(log_dir: &Path, count: usize, show: &Show) -> CommandResult {
    let mut follower = Follower::at_end(log_dir).context("read the log")?;
    // No log yet is fine: it is waited for.
    let before = view::last_lines(log_dir, count, show, follower.offset());
    for line in before.unwrap_or_default() {
        output::line(&line)?;
    }
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        for line in follower.new_lines().context("read the log")? {
            if let Some(line) = show.line(&line) {
                output::line(&line)?;
            }
        }
        if reader_gone() {
            return Err(Failure::reader_gone());
        }
    }
}

/// Whether the pipe that lines go to has lost its reader; without a look it would be noticed only
/// with the next line.
fn reader_gone() -> bool {
    let stdout = io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let looked = poll(
        &mut polled,
        Some(&Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        }),
    );
    looked.is_ok()
        && polled
            .iter()
            .any(|fd| fd.revents().contains(PollFlags::ERR))
}
