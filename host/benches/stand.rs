//! What benchmarks stand on: a host that serves one component, and what the wire looks like.
#![allow(
    dead_code,
    reason = "each benchmark is a program of its own and uses its part"
)]

pub(crate) mod contract;
pub(crate) mod wire;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs7::config::settings::{
    ApiKey, HandlerSettings, Instances, LogSettings, RegistrySettings, Settings,
};
use fs7::dispatch::Host;
use fs7::effect::EffectSink;
use fs7::fact::Facts;
use fs7::limits::Limits;
use fs7::rate::{Buckets, Rates};
use fs7::registry::{Allowed, ContractFiles, ContractOptions, Registry, RegistryOptions};
use fs7::runtime::{CompileCache, Sandbox};

use contract::Checked;

/// The payload of the seed's event, as a list of arguments.
pub(crate) const PAYLOAD: &str = r#"[{"user_id":"12345","email":"user@example.com"}]"#;

/// What a host serves, and how.
pub(crate) struct Serving {
    /// The component's file.
    pub(crate) component: PathBuf,
    pub(crate) instances: Instances,
    pub(crate) checked: Checked,
    pub(crate) sink: Arc<dyn EffectSink>,
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A component of the tests.
///
/// # Panics
/// When it was not built.
pub(crate) fn guest(name: &str) -> PathBuf {
    let file = repository().join(format!("target/guests/{name}.wasm"));
    assert!(
        file.exists(),
        "{} is missing: run `cargo xtask guests`",
        file.display()
    );
    file
}

/// The defaults, with everything in one directory.
pub(crate) fn settings(directory: &Path) -> Settings {
    Settings {
        address: ([127, 0, 0, 1], 0).into(),
        events_dir: directory.join("events"),
        log_dir: directory.join("logs"),
        log_level: tracing::Level::DEBUG,
        contract: directory.join(contract::FILE),
        contract_named: true,
        contract_rules: Default::default(),
        work_dir: directory.to_owned(),
        api_key: ApiKey::new("benchmark"),
        limits: Limits::default(),
        sockets: Default::default(),
        sessions: Default::default(),
        rooms: Default::default(),
        http: Default::default(),
        registry: RegistrySettings::default(),
        log: LogSettings::default(),
        handlers: Default::default(),
    }
}

/// A host that serves one component.
pub(crate) async fn host(settings: &Settings, facts: &Facts, serving: Serving) -> Host {
    let Serving {
        component,
        instances,
        checked,
        sink,
    } = serving;
    let stem = component.file_stem().unwrap().to_str().unwrap().to_owned();
    let events_dir = settings
        .work_dir
        .join(format!("{stem}{instances:?}{checked:?}"));
    std::fs::create_dir_all(&events_dir).unwrap();
    std::fs::copy(&component, events_dir.join(format!("{stem}.wasm"))).unwrap();
    let handler = HandlerSettings {
        instances,
        ..HandlerSettings::default()
    };
    let options = RegistryOptions {
        events_dir,
        settings: settings.registry.clone(),
        handlers: [(stem, handler)].into(),
    };
    let registry = registry(settings, facts, options, checked);
    let report = registry.reload(Allowed::default()).await;
    assert!(report.failed.is_empty(), "{report:?}");
    assert!(registry.table().contract.is_some());
    Host {
        registry,
        sink,
        facts: facts.clone(),
        buckets: Arc::new(Buckets::default()),
        rates: Arc::new(Rates::new(&settings.limits)),
    }
}

/// An empty registry with a sandbox and a compile cache of its own.
pub(crate) fn registry(
    settings: &Settings,
    facts: &Facts,
    options: RegistryOptions,
    checked: Checked,
) -> Arc<Registry> {
    let state_dir = settings.state_dir();
    std::fs::create_dir_all(&state_dir).unwrap();
    let cache = CompileCache::open(&state_dir, 1 << 30).unwrap();
    let said = facts.recorded();
    let sandbox = Sandbox::new(settings.limits.clone(), Some(cache), facts.clone()).unwrap();
    assert_eq!(facts.recorded(), said, "there is no pool of instances");
    let contract = ContractFiles::open(ContractOptions {
        path: settings.contract.clone(),
        is_named: true,
        rules: checked.rules(),
        limits: settings.limits.clone(),
    });
    let no_doors = Box::new(|_: &_| {});
    Registry::new(options, contract.unwrap(), sandbox, facts.clone(), no_doors)
}
