//! What fs7 finds in contracts, held against what the official AsyncAPI tool finds: every document
//! that one of the two takes for wrong and the other does not needs a written reason. And how long
//! both take.

mod speed;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::clients;
use crate::process;
use crate::repo::Repo;
use crate::say::{self, Outcome, While as _};

/// The official tool: pinned by `package.json` and the lock file here.
const FOLDER: &str = "tests/contract/oracle";
/// Folders of documents, and whether documents stand in folders below them too.
const DOCUMENTS: [(&str, bool); 4] = [
    ("tests/contract/codegen", false),
    ("tests/contract/invalid", false),
    ("tests/contract/official", true),
    ("tests/contract/seed", false),
];
/// What fs7 found, one line of JSON for each document; `compare.mjs` reads it.
const FINDINGS: &str = "target/oracle/fs7.jsonl";

/// Runs both over all documents, prints where they disagree, and fails where no reason is written.
pub(crate) fn run(repo: &Repo) -> Outcome {
    clients::node_modules(repo, FOLDER, "official AsyncAPI tool")?;
    let documents = documents(repo)?;
    let found = say::step("what fs7 finds", || {
        let mut command = process::cargo();
        command
            .args(["run", "--quiet", "-p", "fs7-contract"])
            .args(["--example", "findings", "--"])
            .args(&documents)
            .current_dir(repo.root());
        process::output(&mut command)
    })?;
    let path = repo.join(FINDINGS);
    let folder = repo.join("target/oracle");
    fs::create_dir_all(&folder).while_doing(format_args!("make {}", folder.display()))?;
    fs::write(&path, found).while_doing(format_args!("write {}", path.display()))?;
    say::step("what the official tool finds", || {
        let mut command = Command::new("node");
        command
            .arg(Path::new(FOLDER).join("compare.mjs"))
            .arg(FINDINGS)
            .current_dir(repo.root());
        process::run(&mut command)
    })?;
    speed::compare(repo)
}

/// Measures how long both take, and compares nothing.
pub(crate) fn speed(repo: &Repo) -> Outcome {
    clients::node_modules(repo, FOLDER, "official AsyncAPI tool")?;
    speed::compare(repo)
}

/// Paths of all documents, from the repository root, in order.
pub(crate) fn documents(repo: &Repo) -> Outcome<Vec<String>> {
    let mut documents = Vec::new();
    for (folder, is_deep) in DOCUMENTS {
        if repo.join(folder).is_dir() {
            collect(repo.root(), Path::new(folder), is_deep, &mut documents)?;
        }
    }
    documents.sort();
    Ok(documents)
}

fn collect(root: &Path, folder: &Path, is_deep: bool, documents: &mut Vec<String>) -> Outcome {
    let doing = || format!("list {}", folder.display());
    for entry in fs::read_dir(root.join(folder)).while_doing(doing())? {
        let entry = entry.while_doing(doing())?;
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            // What several documents share is none itself.
            if is_deep && !path.ends_with("common") {
                collect(root, &path, is_deep, documents)?;
            }
            continue;
        }
        let name = path.to_string_lossy();
        let endings = [".yaml", ".yml", ".json"];
        let is_document = endings.iter().any(|ending| name.ends_with(ending));
        if is_document && !name.ends_with(".expect.json") {
            documents.push(name.into_owned());
        }
    }
    Ok(())
}
