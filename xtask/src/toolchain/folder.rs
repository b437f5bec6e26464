//! The toolchain folder made out of packages: laid once beside its final place, tried, moved there,
//! and linked into rustup. A stamp says what it was made of.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::packages::{self, Installed};
use super::{LINKED_NAME, TARGETS, standard_library};
use crate::process;
use crate::repo;
use crate::say::{self, Failure, Outcome, While as _};

/// Grows by one whenever the folder is laid differently.
const RECIPE: u32 = 1;
const STAMP: &str = "stamp";
/// A link to the rustup toolchain's folder of linkers, which the packages do not have.
const LINKERS: &str = "linkers";
/// What a component's and a core module's first eight bytes are.
const COMPONENT_MAGIC: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE_MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// What the folder was made of, if it is there, up to date and linked.
pub(super) fn ready(sysroot: &Path) -> Outcome<Option<String>> {
    let folder = folder()?;
    let Some(installed) = packages::installed() else {
        return Ok(None);
    };
    let stamp = fs::read_to_string(folder.join(STAMP)).unwrap_or_default();
    if stamp != stamp_of(&installed) || !is_linked(&folder)? {
        return Ok(None);
    }
    if !folder.join(LINKERS).join("wasm-component-ld").exists() {
        // The rustup toolchain that lent its linkers is gone; the active one lends its own.
        let _ = fs::remove_file(folder.join(LINKERS));
        symlink(linkers_of(sysroot)?, folder.join(LINKERS)).while_doing("link the linkers")?;
    }
    Ok(Some(format!(
        "made of rustc-web {} in {}",
        installed.rust,
        folder.display()
    )))
}

/// Installs, builds, lays, tries and links. Two at once wait for each other.
pub(super) fn make(sysroot: &Path) -> Outcome {
    if process::find("rustup").is_none() {
        return Err(
            Failure::new("expected the rustup toolchain manager, found none in `PATH`")
                .hint("install Rust with rustup; its toolchain has the linkers for WebAssembly"),
        );
    }
    let linkers = linkers_of(sysroot)?;
    let folder = folder()?;
    let cache = repo::cache_dir()?;
    fs::create_dir_all(&cache).while_doing(format_args!("make {}", cache.display()))?;
    let lock =
        fs::File::create(cache.join("guest-toolchain.lock")).while_doing("make the lock file")?;
    lock.lock().while_doing("wait for the lock file")?;
    if ready(sysroot)?.is_some() {
        return Ok(());
    }
    say::note("making the wasm targets out of the distribution's packages, once, in a few minutes");
    let installed = packages::install()?;
    let draft = cache.join("guest-toolchain.draft");
    let work = cache.join("guest-toolchain.build");
    for leftover in [&draft, &work] {
        remove(leftover)?;
    }
    let built = say::step(
        "building the standard library for both targets (about a minute)",
        || standard_library::build(&work),
    )?;
    say::step("laying the toolchain folder", || {
        lay(&draft, &folder, &built, &linkers)?;
        fs::write(draft.join(STAMP), stamp_of(&installed)).while_doing("write the stamp")?;
        remove(&folder)?;
        fs::rename(&draft, &folder).while_doing(format_args!("make {}", folder.display()))
    })?;
    let tried = say::step(
        &format!("linking it as `{LINKED_NAME}` and trying it"),
        || {
            link(&folder)?;
            try_out(&work)
        },
    );
    if tried.is_err() {
        // Without a stamp it is made anew the next time.
        let _ = fs::remove_file(folder.join(STAMP));
    }
    remove(&work)?;
    tried
}

fn folder() -> Outcome<PathBuf> {
    Ok(repo::cache_dir()?.join("guest-toolchain"))
}

fn stamp_of(installed: &Installed) -> String {
    format!("recipe {RECIPE}\n{}", installed.versions)
}

/// The folder of the rustup toolchain that holds `rust-lld` and `wasm-component-ld`.
fn linkers_of(sysroot: &Path) -> Outcome<PathBuf> {
    let mut command = process::clean(Command::new("rustc"));
    let about = process::output(command.arg("-vV"))?;
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or_default();
    let folder = sysroot.join("lib/rustlib").join(host).join("bin");
    if folder.join("wasm-component-ld").is_file() && folder.join("rust-lld").is_file() {
        return Ok(folder);
    }
    Err(Failure::new(format!(
        "expected `rust-lld` and `wasm-component-ld` in {}, found none",
        folder.display(),
    ))
    .hint("make a toolchain of rustup the active one, for example `rustup default stable`"))
}

/// Fills `draft`, which will stand at `place`.
fn lay(draft: &Path, place: &Path, built: &Path, linkers: &Path) -> Outcome {
    let rustlib = draft.join("lib/rustlib");
    let programs = draft.join("bin");
    for folder in [&rustlib, &programs] {
        fs::create_dir_all(folder).while_doing(format_args!("make {}", folder.display()))?;
    }
    symlink(linkers, draft.join(LINKERS)).while_doing("link the linkers")?;
    symlink("/usr/bin/cargo", programs.join("cargo")).while_doing("link cargo")?;
    for program in ["rustc", "rustdoc"] {
        let place = place.display();
        let script = format!(
            "#!/bin/sh\nPATH=\"{place}/{LINKERS}:$PATH\" exec /usr/bin/{program} --sysroot \"{place}\" \"$@\"\n"
        );
        let file = programs.join(program);
        fs::write(&file, script).while_doing(format_args!("write {program}"))?;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&file, mode).while_doing(format_args!("write {program}"))?;
    }
    let host = linkers
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default();
    for part in [host, "src".as_ref(), "etc".as_ref()] {
        let from = Path::new("/usr/lib/rustlib").join(part);
        symlink(from, rustlib.join(part)).while_doing("link the library folders")?;
    }
    let objects = wasi_libc()?;
    for target in TARGETS {
        let libraries = rustlib.join(target).join("lib");
        let contained = libraries.join("self-contained");
        fs::create_dir_all(&contained).while_doing(format_args!("make {}", contained.display()))?;
        standard_library::copy(built, target, &libraries)?;
        for object in ["libc.a", "crt1-command.o", "crt1-reactor.o"] {
            let from = objects.join(object);
            fs::copy(from, contained.join(object)).while_doing(format_args!("copy {object}"))?;
        }
    }
    Ok(())
}

/// Where package `wasi-libc` put its objects.
fn wasi_libc() -> Outcome<PathBuf> {
    let list = process::output(Command::new("dpkg").args(["-L", "wasi-libc"]))?;
    let object = list
        .lines()
        .find(|line| line.ends_with("/wasm32-wasi/crt1-reactor.o"));
    let folder = object.and_then(|file| Path::new(file).parent());
    folder.map(Path::to_path_buf).ok_or_else(|| {
        Failure::new("expected `wasm32-wasi/crt1-reactor.o` in package `wasi-libc`, found none")
            .hint("reinstall it: apt-get install --reinstall wasi-libc")
    })
}

fn is_linked(folder: &Path) -> Outcome<bool> {
    let link = repo::rustup_home()?.join("toolchains").join(LINKED_NAME);
    Ok(fs::read_link(link).is_ok_and(|target| target == folder))
}

fn link(folder: &Path) -> Outcome {
    let mut command = process::clean(Command::new("rustup"));
    process::output(command.args(["toolchain", "link", LINKED_NAME]).arg(folder)).map(drop)
}

/// Builds one small handler-like crate for each target, and looks at what came out.
fn try_out(work: &Path) -> Outcome {
    let source = work.join("src/lib.rs");
    let text = "#[unsafe(no_mangle)]\npub extern \"C\" fn now() -> bool {\n    \
                println!(\"{:?}\", std::time::SystemTime::now());\n    true\n}\n";
    fs::write(&source, text).while_doing("write the crate to try")?;
    for (target, magic) in TARGETS.into_iter().zip([COMPONENT_MAGIC, MODULE_MAGIC]) {
        let output = work.join(format!("{target}.wasm"));
        let mut command = process::clean(Command::new("rustc"));
        command
            .env("RUSTUP_TOOLCHAIN", LINKED_NAME)
            .args(["--edition", "2024"]);
        command.args([
            "--crate-type",
            "cdylib",
            "-O",
            "-C",
            "lto",
            "--target",
            target,
            "-o",
        ]);
        process::output(command.arg(&output).arg(&source))?;
        let bytes = fs::read(&output).while_doing(format_args!("read {}", output.display()))?;
        if !bytes.starts_with(magic) {
            let found = bytes.get(..8).unwrap_or_default();
            return Err(Failure::new(format!(
                "the new toolchain builds something else for {target}: expected a file that begins with \
                 {magic:?}, found {found:?}",
            )));
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).while_doing(format_args!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
