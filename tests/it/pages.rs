//! `fs7 pages`: what it writes is checked, tested and built as its authors will, and a page is
//! used in a browser against a running server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fs7_tests::cli::Ran;
use fs7_tests::repo;
use fs7_tests::script::Script;
use serde_json::json;

use crate::{desk, launch};

/// The seed's own contract.
const SEED: &str = "tests/contract/seed/asyncapi.yaml";
/// What a browser may take on a busy machine, until the next line of its story.
const BROWSER_LIMIT: Duration = Duration::from_secs(120);

/// A fresh app from `tests/pages`, with the packages that were installed there.
struct App(PathBuf);

impl App {
    fn new(kind: &str, name: &str) -> Self {
        let from = repo::root().join("tests/pages").join(kind);
        let folder = repo::root().join("target/pages").join(name);
        let _ = fs::remove_dir_all(&folder);
        copy(&from, &folder);
        let packages = from.join("node_modules");
        let hint = "run `cargo xtask clients`";
        assert!(
            packages.is_dir(),
            "{} is not there; {hint}",
            packages.display()
        );
        std::os::unix::fs::symlink(packages, folder.join("node_modules")).unwrap();
        Self(folder)
    }

    /// Runs `fs7 pages`; paths are those of the repository and of the app.
    fn pages(&self, contract: &str, folder: &str) -> Ran {
        let contract = repo::root().join(contract);
        let folder = self.0.join(folder);
        let [contract, folder] = [&contract, &folder].map(|path| path.to_str().unwrap());
        let ran = desk().run(&["pages", "--asyncapi-file", contract, "--output-dir", folder]);
        ran.succeeded();
        ran
    }

    /// Runs a program of the app's packages.
    #[track_caller]
    fn run(&self, program: &str, args: &[&str], variables: &[(&str, &str)]) {
        let mut command = Command::new(self.0.join("node_modules/.bin").join(program));
        command.args(args).current_dir(&self.0);
        command.envs(variables.iter().copied());
        let ran = Ran::from(command.output().unwrap());
        let [stdout, stderr] = [&ran.stdout, &ran.stderr];
        assert!(ran.code == Some(0), "{program} failed\n{stdout}\n{stderr}");
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// Names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn copy(from: &Path, to: &Path) {
    const NOT_TAKEN: [&str; 4] = ["node_modules", "package-lock.json", ".nuxt", ".output"];
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if NOT_TAKEN.iter().any(|it| name == *it) {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// What is the same in all pages is checked once: the folder of one contract stands for that of
/// another.
fn share(app: &App, shared: &str, folder: &str) {
    for part in ["form", "view"] {
        let [from, to] = [shared, folder].map(|it| app.0.join(it).join(".generated").join(part));
        for name in app.names(&format!("{folder}/.generated/{part}")) {
            let [from, to] = [&from, &to].map(|it| fs::read(it.join(&name)).unwrap());
            assert_eq!(from, to, "{folder}: {part}/{name}");
        }
        fs::remove_dir_all(&to).unwrap();
        std::os::unix::fs::symlink(from, to).unwrap();
    }
}

#[test]
fn pages_of_every_contract_pass_their_checks_and_build_with_vite() {
    let app = App::new("vite", "vite");
    app.pages(SEED, "src/pages");
    app.pages("tests/pages/contract/forms.yaml", "src/forms");
    app.pages("asyncapi.yaml", "src/example");
    let mut documents = 0;
    for entry in fs::read_dir(repo::root().join("tests/contract/codegen")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "yaml") {
            let name = path.file_stem().unwrap().to_string_lossy();
            let folder = format!("src/corpus/{name}");
            app.pages(&format!("tests/contract/codegen/{name}.yaml"), &folder);
            share(&app, "src/forms", &folder);
            documents += 1;
        }
    }
    assert!(documents >= 40, "{documents} documents");
    app.run("vue-tsc", &["--noEmit"], &[]);
    app.run("vitest", &["run", "--no-isolate"], &[]);
    app.run("vite", &["build", "--logLevel", "warn"], &[]);
}

#[test]
fn second_run_leaves_the_authors_pages_alone() {
    let app = App::new("vite", "second-run");
    app.pages(SEED, "src/pages");
    let page = app.0.join("src/pages/user_signed_up.vue");
    fs::write(&page, "<template>mine</template>\n").unwrap();
    let form = app.0.join("src/pages/.generated/forms/user_signed_up.ts");
    let before = fs::read(&form).unwrap();
    fs::write(&form, "stale").unwrap();
    app.pages(SEED, "src/pages");
    let mine = app.text("src/pages/user_signed_up.vue");
    assert_eq!(mine, "<template>mine</template>\n");
    assert_eq!(fs::read(&form).unwrap(), before);
}

#[test]
fn pages_are_the_only_routes_of_a_nuxt_app() {
    let app = App::new("nuxt", "nuxt");
    app.pages(SEED, "app/pages");
    app.run("nuxt", &["build"], &[("NUXT_TELEMETRY_DISABLED", "1")]);
    let server = app.text(".output/server/chunks/build/server.mjs");
    let routes: Vec<&str> = server
        .lines()
        .filter_map(|line| line.trim().strip_prefix("path: \"/"))
        .filter_map(|rest| rest.strip_suffix("\","))
        .collect();
    assert_eq!(routes, ["", "user_deleted", "user_signed_up"]);
}

#[test]
fn seeds_contract_becomes_a_button_that_works_in_a_browser() {
    let contract = fs::read_to_string(repo::root().join(SEED)).unwrap();
    let server = launch()
        .plugin("user_signed_up")
        .file("asyncapi.yaml", &contract)
        .start();
    let app = App::new("vite", "browser");
    app.pages(SEED, "src/pages");
    fs::remove_file(app.0.join("src/forms.spec.ts")).unwrap();
    app.run("vue-tsc", &["--noEmit"], &[]);
    let url = server.url();
    app.run(
        "vite",
        &["build", "--logLevel", "warn"],
        &[("VITE_FS7_URL", &url)],
    );

    let shots = repo::root().join("target/pages/screenshots");
    fs::create_dir_all(&shots).unwrap();
    let folders = [app.0.join("dist"), shots];
    let [built, shots] = folders.each_ref().map(|it| it.to_str().unwrap());
    let seen = Script::node("pages.mjs", &[built, shots])
        .with_limit(BROWSER_LIMIT)
        .end("the story of the page");
    let emitted = json!({"status": "success", "message": "User signed up successfully"});
    let message = "user_signed_up handled successfully.";
    let expected = json!({
        "acknowledged": {"status": "success", "message": message},
        "called": emitted,
        "observed": [emitted],
        "missing": "required",
        "mistyped": "type",
        "phone": 390,
    });
    assert_eq!(seen, expected);
}
