// Runs the `validate` command of the official AsyncAPI command line over many documents, and
// prints for each one line of JSON with everything it found:
//
//     node official.mjs DOCUMENT …
//
// It is the command's own class with its own arguments, as `asyncapi validate DOCUMENT
// --diagnostics-format json` runs it; starting the program anew takes seconds for each document.
// Two things differ: nothing is told to the makers (the command would parse each document a second
// time for that), and no connection is made, so that what is found does not depend on the network.
// There are documents over which it never ends; it is stopped then, and begun again behind them.

import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** Longest time for one document in milliseconds; most take a tenth of a second. */
const TIME_MAX = 20_000;
const WORDS = ["error", "warning", "information", "hint"];

const failed = (code, message) => [{ rule: code, severity: "error", message, path: [] }];

/** The list in what the command said; what it said where it ended before there was one. */
function findings(told) {
    const list = told.map((text) => text.trim()).find((text) => text.startsWith("["));
    if (list === undefined) return failed("failed", told.join("\n"));
    return JSON.parse(list).map(({ code, severity, message, path }) => ({
        rule: code,
        severity: WORDS[severity],
        message,
        path,
    }));
}

/** In a thread: one document after the other. */
async function work(documents) {
    net.Socket.prototype.connect = function connect() {
        queueMicrotask(() => this.destroy(new Error("no connections are made here")));
        return this;
    };
    globalThis.fetch = async () => {
        throw new Error("no connections are made here");
    };
    const require = createRequire(import.meta.url);
    const folder = path.dirname(require.resolve("@asyncapi/cli/package.json"));
    const { Config } = require("@oclif/core");
    const { default: Validate } = require(path.join(folder, "lib/apps/cli/commands/validate.js"));
    class Told extends Validate {
        told = [];

        log(text) {
            this.told.push(text ?? "");
        }

        logToStderr(text) {
            this.told.push(text ?? "");
        }

        async recordActionInvoked() {}

        async recordActionFinished() {}
    }
    const config = await Config.load(folder);
    parentPort.postMessage({ ready: true });
    for (const document of documents) {
        const command = new Told([document, "--diagnostics-format", "json"], config);
        try {
            await command._run();
        } catch (error) {
            command.told.push(error.message);
        }
        parentPort.postMessage({ document, findings: findings(command.told) });
    }
}

/** Runs a thread until it has done all documents, or does not come back from one. */
function run(documents) {
    return new Promise((resolve) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: documents, stderr: true });
        let done = 0;
        let turn = 0;
        const stop = (reason) => {
            turn = -1;
            worker.removeAllListeners();
            worker.on("error", () => {});
            worker.terminate().then(() => resolve({ done, reason }));
        };
        const wait = () => {
            turn += 1;
            const mine = turn;
            AbortSignal.timeout(TIME_MAX).addEventListener("abort", () => {
                if (mine === turn) {
                    stop("does-not-end");
                }
            });
        };
        worker.on("message", (message) => {
            if (message.document !== undefined) {
                done += 1;
                console.log(JSON.stringify(message));
            }
            wait();
        });
        worker.on("error", (error) => stop(`fails: ${error.message}`));
        worker.on("exit", () => stop("ends"));
        wait();
    });
}

if (isMainThread) {
    let rest = process.argv.slice(2);
    while (rest.length > 0) {
        const { done, reason } = await run(rest);
        if (done < rest.length) {
            console.log(JSON.stringify({ document: rest[done], findings: failed("failed", reason) }));
        }
        rest = rest.slice(done + 1);
    }
    process.exit(0);
} else {
    await work(workerData);
}
