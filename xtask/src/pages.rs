//! The apps in which generated pages are checked and built: their packages, installed once, again
//! when their lock files change.

use std::process::Command;

use crate::clients;
use crate::process;
use crate::repo::Repo;
use crate::say::{Failure, Outcome};

/// The apps and what they are.
const APPS: [(&str, &str); 2] = [
    ("tests/pages/vite", "packages of Vite"),
    ("tests/pages/nuxt", "packages of Nuxt"),
];
/// What Vite and Nuxt ask for.
const NODE_MIN: (u32, u32) = (20, 19);

/// Installs the packages of both apps.
pub(crate) fn packages(repo: &Repo) -> Outcome {
    check_node()?;
    for (folder, what) in APPS {
        clients::node_modules(repo, folder, what)?;
    }
    Ok(())
}

fn check_node() -> Outcome {
    let hint = "install Node.js 20.19 or later: Vite and Nuxt, which build pages, need it";
    let version = process::output(Command::new("node").arg("--version"))
        .map_err(|_| Failure::new("expected `node` in `PATH`, found none").hint(hint))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|it| it.parse::<u32>().ok());
    let found = (number(), number());
    match found {
        (Some(major), Some(minor)) if (major, minor) < NODE_MIN => {
            let what = format!("expected `node` 20.19 or later, found {}", version.trim());
            Err(Failure::new(what).hint(hint))
        }
        _ => Ok(()),
    }
}
