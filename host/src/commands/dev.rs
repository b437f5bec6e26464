//! `fs7 dev`: builds a plugin at every change and swaps it into the running server. Where none
//! runs, one is started and stopped with this command. Compile errors stop neither.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::build;
use super::client::{self, Client};
use super::failure::{CommandResult, Exit, Failure};
use super::{output, swap};
use crate::cli::DevArgs;
use crate::config::Draft;

mod own_server;

use own_server::OwnServer;

/// How long sources must be left alone before they are built: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// What belongs to a plugin's sources besides its manifest.
const SOURCE_FOLDERS: [&str; 2] = ["src", "wit"];
/// The manifest.
const MANIFEST: &str = "Cargo.toml";

/// Builds and swaps until Ctrl-C.
pub(crate) fn run(draft: &Draft, config: Option<&Path>, args: &DevArgs) -> CommandResult {
    let dir = args.dir.canonicalize();
    let dir = dir.with_context(|| format!("find folder `{}`", args.dir.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    let result = runtime.block_on(develop(draft, config, args.port, dir));
    runtime.shutdown_background();
    result
}

async fn develop(
    draft: &Draft,
    config: Option<&Path>,
    port: Option<u16>,
    dir: PathBuf,
) -> CommandResult {
    let mut ends = Ends::listen().context("listen for signals")?;
    let (hint, mut hints) = mpsc::channel(1);
    let _watcher = watch(&dir, hint).context("watch the sources")?;
    let mut server = None;
    if Client::look(draft)?.is_none() {
        server = Some(OwnServer::start(config, port)?);
    }
    let result = tokio::select! {
        result = build_at_every_change(draft, &dir, &mut hints) => result,
        () = OwnServer::ended(server.as_mut()) => Err(Failure::new("the server has ended")),
        () = ends.next() => Ok(Exit::Done),
    };
    if let Some(server) = server {
        tokio::select! {
            () = server.stop() => {}
            () = ends.next() => server.stop_now().await,
        }
    }
    result
}

/// Ctrl-C, or a supervisor's wish.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Hints that sources have changed. One that waits stands for all that come meanwhile.
fn watch(dir: &Path, hint: mpsc::Sender<()>) -> notify::Result<RecommendedWatcher> {
    let root = dir.to_owned();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let is_source = event.paths.iter().any(|path| is_source(&root, path));
        if is_source && !event.kind.is_access() {
            let _ = hint.try_send(());
        }
    })?;
    watcher.watch(dir, RecursiveMode::NonRecursive)?;
    for folder in SOURCE_FOLDERS.map(|folder| dir.join(folder)) {
        if folder.is_dir() {
            watcher.watch(&folder, RecursiveMode::Recursive)?;
        }
    }
    Ok(watcher)
}

fn is_source(dir: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(dir) else {
        return false;
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_draft = name.starts_with('.') || name.ends_with('~');
    let is_source = SOURCE_FOLDERS
        .iter()
        .any(|folder| inside.starts_with(folder));
    !is_draft && (is_source || inside == Path::new(MANIFEST))
}

async fn build_at_every_change(
    draft: &Draft,
    dir: &Path,
    hints: &mut mpsc::Receiver<()>,
) -> CommandResult {
    loop {
        let (draft, dir) = (draft.clone(), dir.to_owned());
        let built = spawn_blocking(move || build_and_swap(&draft, &dir));
        if let Err(failure) = built.await.context("build")? {
            output::failure(&failure);
        }
        output::message("waiting for changes; Ctrl-C ends");
        if hints.recv().await.is_none() {
            return Err(Failure::new("the sources are not watched any more"));
        }
        while let Ok(Some(())) = timeout(QUIET, hints.recv()).await {}
    }
}

fn build_and_swap(draft: &Draft, dir: &Path) -> Result<(), Failure> {
    let component = build::cargo::build(dir)?;
    let client = Client::look(draft)?.ok_or_else(|| client::no_server(draft))?;
    let target = client.record.events_dir.join(build::name(&component));
    let sound = build::install(draft, &component, &target)?;
    output::message(&sound.words());
    let installed = [sound];
    swap::request(&client, &installed)?.tell(&installed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_lead_to_a_build() {
        let dir = Path::new("/p");
        for (path, expected) in [
            ("/p/src/lib.rs", true),
            ("/p/src/a/b.rs", true),
            ("/p/Cargo.toml", true),
            ("/p/wit/world.wit", true),
            ("/p/src/.lib.rs.swp", false),
            ("/p/src/lib.rs~", false),
            ("/p/Cargo.lock", false),
            ("/p/target/x", false),
            ("/p/events/a.wasm", false),
            ("/elsewhere", false),
        ] {
            assert_eq!(is_source(dir, Path::new(path)), expected, "{path}");
        }
    }
}
