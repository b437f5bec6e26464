//! The distribution's packages that a toolchain can be made of.

use std::process::Command;

use crate::process;
use crate::say::{self, Failure, Outcome};

/// A compiler with its sources, and the C library that the standard library links to.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "wasi-libc"];
/// The oldest compiler that the handlers' SDK accepts.
const RUST_MIN: &str = env!("CARGO_PKG_RUST_VERSION");

/// The installed packages.
pub(super) struct Installed {
    /// `name version` of each, one a line, for the stamp.
    pub(super) versions: String,
    /// The compiler's version alone.
    pub(super) rust: String,
}

/// The packages, if all of them are there, of one version, and new enough.
pub(super) fn installed() -> Option<Installed> {
    let format = "${db:Status-Abbrev} ${Package} ${Version}\n";
    let mut query = Command::new("dpkg-query");
    let text = process::output(query.arg("-W").args(["-f", format]).args(PACKAGES)).ok()?;
    check(&text)
}

/// Installs the packages, or says exactly what an administrator has to do.
pub(super) fn install() -> Outcome<Installed> {
    if let Some(installed) = installed() {
        return Ok(installed);
    }
    if process::find("apt-get").is_none() || process::find("dpkg-query").is_none() {
        return Err(Failure::new(
            "the wasm targets are missing: expected rustup to reach its server, or a Debian-like \
             system with apt-get; found neither",
        )
        .hint("run `rustup target add wasm32-wasip2 wasm32-wasip1` where there is a network"));
    }
    let manual = format!(
        "run as root: apt-get update && apt-get install --no-install-recommends {}",
        PACKAGES.join(" "),
    );
    let Some(admin) = administrator() else {
        return Err(Failure::new(format!(
            "the packages {} are missing, and installing them needs root or a `sudo` without password",
            PACKAGES.join(", "),
        ))
        .hint(manual));
    };
    // An index that cannot be refreshed may still know the packages.
    let _ = say::step("apt-get update", || apt(admin, &["update", "-qq"]));
    refuse_old_candidate()?;
    say::step(&format!("apt-get install {}", PACKAGES.join(" ")), || {
        let mut words = vec![
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "--no-remove",
        ];
        words.extend(PACKAGES);
        apt(admin, &words).map_err(|failure| failure.hint(manual.clone()))
    })?;
    installed().ok_or_else(|| {
        Failure::new(format!(
            "the installed packages do not fit: expected {} of one version, {RUST_MIN} or later",
            PACKAGES.join(", "),
        ))
        .hint("compare `dpkg-query -W rustc-web cargo-web rust-web-src`, then `apt-get upgrade`")
    })
}

/// How packages are installed here.
#[derive(Clone, Copy)]
enum Administrator {
    Root,
    Sudo,
}

fn administrator() -> Option<Administrator> {
    if process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(Administrator::Root);
    }
    let sudo = process::output(Command::new("sudo").args(["-n", "true"]));
    sudo.is_ok().then_some(Administrator::Sudo)
}

fn apt(admin: Administrator, words: &[&str]) -> Outcome {
    let mut command = match admin {
        Administrator::Root => Command::new("env"),
        Administrator::Sudo => {
            let mut command = Command::new("sudo");
            command.args(["-n", "env"]);
            command
        }
    };
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(words);
    process::output(&mut command).map(drop)
}

/// Looks before it installs: a release without security updates offers a compiler that is too old.
fn refuse_old_candidate() -> Outcome {
    let mut show = Command::new("apt-cache");
    let text = process::output(show.args(["show", "--no-all-versions", "rustc-web"])).ok();
    let version = text
        .as_deref()
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("Version: ")))
        .unwrap_or("none");
    if new_enough(version) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "package `rustc-web` is too old here: expected {RUST_MIN} or later, found {version}",
    ))
    .hint("add the distribution's security updates to apt's sources, then `apt-get update`"))
}

/// Reads `dpkg-query`'s answer, `ii  NAME VERSION` a line.
fn check(text: &str) -> Option<Installed> {
    let mut versions = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("ii"), Some(name), Some(version)) => versions.push((name, version)),
            _ => return None,
        }
    }
    let version_of = |package: &str| {
        versions
            .iter()
            .find(|(name, _)| *name == package)
            .map(|(_, version)| *version)
    };
    let rust = version_of("rustc-web")?;
    let one_version =
        version_of("cargo-web") == Some(rust) && version_of("rust-web-src") == Some(rust);
    version_of("wasi-libc")?;
    if !one_version || !new_enough(rust) {
        return None;
    }
    let lines = versions
        .iter()
        .map(|(name, version)| format!("{name} {version}\n"));
    Some(Installed {
        versions: lines.collect(),
        rust: upstream(rust).to_owned(),
    })
}

/// `1.96.0` of `1.96.0+dfsg1-1~deb12u2`.
fn upstream(version: &str) -> &str {
    version.split(['+', '-', '~']).next().unwrap_or(version)
}

fn new_enough(version: &str) -> bool {
    let number = |text: &str| -> Option<(u32, u32)> {
        let mut parts = upstream(text).split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    number(version)
        .zip(number(RUST_MIN))
        .is_some_and(|(found, least)| found >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rust: &str, source: &str) -> String {
        format!(
            "ii  cargo-web {rust}\nii  rust-web-src {source}\nii  rustc-web {rust}\n\
             ii  wasi-libc 0.0~git20220510.9886d3d-2\n"
        )
    }

    #[test]
    fn packages_fit_only_in_one_recent_version() {
        let new = "1.96.0+dfsg1-1~deb12u2";
        let old = "1.85.0+dfsg3-1~deb12u3";
        let fit = check(&answer(new, new)).unwrap();
        assert_eq!(fit.rust, "1.96.0");
        assert!(
            fit.versions
                .contains("wasi-libc 0.0~git20220510.9886d3d-2\n")
        );
        assert!(check(&answer(new, old)).is_none());
        assert!(check(&answer(old, old)).is_none());
        assert!(check(&answer(new, new).replace("ii  rustc-web", "rc  rustc-web")).is_none());
        assert!(check("").is_none());
    }
}
