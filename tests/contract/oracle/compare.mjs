// Holds what fs7 found against what the official AsyncAPI command line finds:
//
//     node tests/contract/oracle/compare.mjs FINDINGS
//
// FINDINGS is what `cargo run -p fs7-contract --example findings -- DOCUMENT …` printed. A document
// that only one of the two takes for wrong (an error; warnings are not compared) needs a reason in
// `reasons.json`; one without a reason fails, and so does a reason that nothing needs any more.
// `cargo xtask oracle` does all of it.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The official tool takes half a second for a document. */
const PROCESSES = 2;

const beside = (name) => fileURLToPath(new URL(name, import.meta.url));
const lines = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
const short = (document) => document.replace(/^tests\/contract\//, "");

/** Rules of the errors, by document. */
function errors(found) {
    const rules = (findings) => findings.filter(({ severity }) => severity === "error").map(({ rule }) => rule);
    return new Map(found.map(({ document, findings }) => [short(document), [...new Set(rules(findings))].sort()]));
}

function official(documents) {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [beside("official.mjs"), ...documents], {
            // What it says about its own configuration.
            stdio: ["ignore", "pipe", "ignore"],
        });
        let text = "";
        child.stdout.setEncoding("utf8").on("data", (part) => (text += part));
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve(lines(text)) : reject(new Error(`official.mjs: ${code}`))));
    });
}

const found = lines(readFileSync(process.argv[2], "utf8"));
for (const { document, findings } of found) {
    // The documents of this example share a folder beside theirs. Its folder has to be opened for
    // them, as the tests of the crate do; here each is opened alone.
    if (document.includes("/social-media/")) {
        findings.forEach((finding) => {
            if (finding.rule === "reference-outside-folder") finding.severity = "warning";
        });
    }
}
const documents = found.map(({ document }) => document);
const parts = Array.from({ length: PROCESSES }, (_, part) => documents.filter((_, at) => at % PROCESSES === part));
const ours = errors(found);
const theirs = errors((await Promise.all(parts.map(official))).flat());
const reasons = new Map();
for (const { finds, documents, reason } of JSON.parse(readFileSync(beside("reasons.json"), "utf8"))) {
    for (const document of documents) reasons.set(`${finds} ${document}`, reason);
}

const counts = { "find no error, both": 0, "find errors, both": 0, "only fs7 finds errors": 0, "only the official tool finds errors": 0 };
const unexplained = [];
const used = new Set();
for (const document of documents.map(short)) {
    const [fs7, other] = [ours.get(document), theirs.get(document)];
    if (fs7.length === 0 && other.length === 0) counts["find no error, both"] += 1;
    else if (fs7.length > 0 && other.length > 0) counts["find errors, both"] += 1;
    else {
        const finds = fs7.length > 0 ? "fs7" : "official";
        counts[fs7.length > 0 ? "only fs7 finds errors" : "only the official tool finds errors"] += 1;
        const key = `${finds} ${document}`;
        used.add(key);
        if (!reasons.has(key)) unexplained.push(key);
        const rules = [...fs7, ...other].join(", ");
        console.log(`only ${finds}: ${document}: ${rules}\n    ${reasons.get(key) ?? "NO REASON IS WRITTEN"}`);
    }
}
const stale = [...reasons.keys()].filter((key) => !used.has(key));

console.log(`\n${String(documents.length).padStart(5)}  documents`);
for (const [what, count] of Object.entries(counts)) console.log(`${String(count).padStart(5)}  ${what}`);
console.log(`${String(used.size - unexplained.length).padStart(5)}  disagreements with a written reason`);
for (const key of unexplained) console.log(`error: no reason is written: ${key}`);
for (const key of stale) console.log(`error: a reason is written, and both agree: ${key}`);
process.exitCode = unexplained.length + stale.length > 0 ? 1 : 0;
