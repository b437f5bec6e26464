//! The registry: who answers an event, among how many, and the one swap.

use std::path::Path;
use std::time::{Duration, SystemTime};

use divan::{Bencher, black_box};
use fs7::fact::Facts;
use fs7::registry::{Allowed, Registry, RegistryOptions};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::stand::{self, contract::Checked};

/// A registry with so many handlers, in the runtime that its swaps run on.
struct Served {
    registry: Arc<Registry>,
    runtime: Runtime,
    directory: TempDir,
}

/// Puts a file into a directory by way of a rename, as old as if it had lain there for long: the
/// quiet time is not what is measured.
fn place(bytes: &[u8], directory: &Path, name: &str) {
    let draft = directory.join(format!(".{name}"));
    std::fs::write(&draft, bytes).unwrap();
    let file = std::fs::File::options().write(true).open(&draft).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(60))
        .unwrap();
    std::fs::rename(&draft, directory.join(name)).unwrap();
}

/// The same component with another event's name of the same length.
fn renamed(bytes: &[u8], name: &str) -> Vec<u8> {
    let old = b"greet";
    assert_eq!(old.len(), name.len());
    let mut bytes = bytes.to_vec();
    for start in 0..bytes.len() - old.len() {
        let place = bytes.get_mut(start..start + old.len()).unwrap();
        if place == old {
            place.copy_from_slice(name.as_bytes());
        }
    }
    bytes
}

fn served(handlers: usize) -> Served {
    let directory = tempfile::tempdir().unwrap();
    let events_dir = directory.path().join("events");
    std::fs::create_dir_all(&events_dir).unwrap();
    let component = std::fs::read(stand::guest("greet_v1")).unwrap();
    for number in 0..handlers {
        let name = format!("g{number:04}");
        let bytes = renamed(&component, &name);
        place(&bytes, &events_dir, &format!("{name}.wasm"));
    }
    stand::contract::write(directory.path());
    let settings = stand::settings(directory.path());
    let facts = Facts::new(settings.limits.facts, settings.limits.facts_bytes);
    let options = RegistryOptions {
        events_dir,
        settings: settings.registry.clone(),
        handlers: Default::default(),
    };
    let runtime = fs7::app::runtime().unwrap();
    let registry = {
        let _inside = runtime.enter();
        stand::registry(&settings, &facts, options, Checked::Nothing)
    };
    let report = runtime.block_on(registry.reload(Allowed::default()));
    assert!(report.failed.is_empty(), "{report:?}");
    assert_eq!(registry.table().len(), handlers);
    Served {
        registry,
        runtime,
        directory,
    }
}

#[divan::bench(args = [1, 100])]
fn lookup(bencher: Bencher<'_, '_>, handlers: usize) {
    let served = served(handlers);
    let event = format!("g{:04}", handlers / 2);
    bencher.bench(|| {
        let table = served.registry.table();
        table.find(black_box("/"), black_box(&event)).is_some()
    });
}

/// A reload that finds nothing new: every look of the watcher.
#[divan::bench(args = [1, 100])]
fn reload_unchanged(bencher: Bencher<'_, '_>, handlers: usize) {
    let served = served(handlers);
    let reload = || {
        served
            .runtime
            .block_on(served.registry.reload(Allowed::default()))
    };
    bencher.bench_local(reload);
}

/// A new version among so many handlers whose compiled code is cached: read, checked, asked to
/// describe itself, published.
#[divan::bench(args = [1, 100], sample_size = 1)]
fn swap_cached(bencher: Bencher<'_, '_>, handlers: usize) {
    let served = served(handlers);
    let events = served.directory.path().join("events");
    let versions = ["greet_v1", "greet_v2"]
        .map(|guest| renamed(&std::fs::read(stand::guest(guest)).unwrap(), "g0000"));
    let mut version = 0_usize;
    bencher
        .with_inputs(|| {
            version += 1;
            let bytes = versions.get(version % 2).unwrap();
            place(bytes, &events, "g0000.wasm");
        })
        .bench_local_values(|()| {
            let report = served
                .runtime
                .block_on(served.registry.reload(Allowed::default()));
            assert_eq!(report.changed.len(), 1, "{report:?}");
        });
}
