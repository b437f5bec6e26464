//! Where a scenario plays: opens its connections, looks at the server's process, and puts the
//! report together.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Figures, sockets};
use crate::connection::{Client, Dialer, OpenError};
use crate::error::LoadError;
use crate::measure::Recorder;
use crate::plan::{Join, Plan, Scenario};
use crate::progress::{Counts, Progress, count, read};
use crate::report::{Connections, Report, Usage};
use crate::system::{Snapshot, allow_files};

/// Connections that are being opened at a time, but for a storm's.
const OPENING_MAX: usize = 128;

/// The stage of one run.
pub(super) struct Stage {
    /// Opens connections.
    pub(super) dialer: Arc<Dialer>,
    /// How clients join.
    pub(super) join: Arc<Join>,
    /// Clients.
    pub(super) connections: usize,
    /// What has happened.
    pub(super) counts: Arc<Counts>,
    opened: u64,
    opening: Recorder,
    opening_took: Duration,
    pid: Option<u32>,
    before: Option<Snapshot>,
    open: Option<Snapshot>,
    after: Option<Snapshot>,
    _progress: Progress,
}

impl Stage {
    /// Makes everything ready but the connections.
    pub(super) async fn set(plan: &Plan, say: Option<fn(&str)>) -> Result<Self, LoadError> {
        allow_files(plan.connections, sockets(plan))?;
        let counts = Arc::new(Counts::default());
        Ok(Self {
            dialer: Arc::new(Dialer::new(&plan.target, &counts).await?),
            join: Arc::new(plan.join.clone()),
            connections: plan.connections,
            opened: 0,
            opening: Recorder::new()?,
            opening_took: Duration::ZERO,
            pid: plan.pid,
            before: Snapshot::of(plan.pid)?,
            open: None,
            after: None,
            _progress: Progress::start(&counts, say),
            counts,
        })
    }

    /// Opens a number of connections, some at a time; `open` opens one of them.
    ///
    /// # Errors
    /// When one is refused: it would not be the load that was asked for.
    pub(super) async fn open_each<T, F>(
        &mut self,
        number: usize,
        open: impl Fn(usize) -> F,
    ) -> Result<Vec<T>, LoadError>
    where
        F: Future<Output = Result<T, OpenError>>,
    {
        let started = Instant::now();
        let (counts, opening) = (&self.counts, &self.opening);
        let one = |index: usize| {
            let opened = open(index);
            async move {
                let started = Instant::now();
                let opened = opened.await.map_err(|error| (index, error))?;
                opening.record(index, started.elapsed());
                count(&counts.open);
                Ok(opened)
            }
        };
        let opened: Vec<T> = stream::iter((0..number).map(one))
            .buffer_unordered(OPENING_MAX)
            .try_collect()
            .await
            .map_err(|(index, source)| LoadError::Open {
                number: index + 1,
                of: number,
                address: self.dialer.address,
                source,
            })?;
        self.opened += number as u64;
        self.opening_took += started.elapsed();
        self.open = Snapshot::of(self.pid)?;
        Ok(opened)
    }

    /// Opens clients that are in the namespace.
    ///
    /// # Errors
    /// As [`Self::open_each`].
    pub(super) async fn clients(&mut self, number: usize) -> Result<Vec<Client>, LoadError> {
        let (dialer, join) = (self.dialer.clone(), self.join.clone());
        let open = move |_| {
            let (dialer, join) = (dialer.clone(), join.clone());
            async move { Client::join(&dialer, &join, None).await }
        };
        self.open_each(number, open).await
    }

    /// Says that the load has ended, while its connections are still open.
    pub(super) fn end(&mut self) {
        // The server may have ended meanwhile: then there is nothing to tell.
        self.after = Snapshot::of(self.pid).ok().flatten();
    }

    /// Puts the report together.
    pub(super) fn report(self, plan: &Plan, scenario: &'static str, figures: Figures) -> Report {
        let lost = read(&self.counts.lost);
        let failed = read(&self.counts.failed);
        let is_http = matches!(plan.scenario, Scenario::Http(_));
        Report {
            version: env!("CARGO_PKG_VERSION"),
            scenario,
            target: plan.target.to_string(),
            transport: (!is_http).then_some(plan.join.transport),
            server: self.usage(),
            connections: Connections {
                opened: self.opened,
                lost,
                pings: read(&self.counts.pings),
                open_seconds: self.opening_took.as_secs_f64(),
                open_us: self.opening.quantiles(),
            },
            load: figures.load,
            broadcasts: figures.broadcasts,
            storms: figures.storms,
            errors: self.counts.errors(),
            is_good: lost == 0 && failed == 0 && figures.missing == 0,
        }
    }

    fn usage(&self) -> Option<Usage> {
        let (before, open, after) = (self.before?, self.open?, self.after?);
        let added = after.rss_bytes.saturating_sub(before.rss_bytes);
        let seconds = |from: Snapshot, to: Snapshot| to.cpu.saturating_sub(from.cpu).as_secs_f64();
        Some(Usage {
            pid: self.pid?,
            rss_before_bytes: before.rss_bytes,
            rss_open_bytes: open.rss_bytes,
            rss_after_bytes: after.rss_bytes,
            rss_per_connection_bytes: added.checked_div(self.opened).unwrap_or_default(),
            cpu_open_seconds: seconds(before, open),
            cpu_load_seconds: seconds(open, after),
        })
    }
}
