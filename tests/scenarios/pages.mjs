// A generated page in a browser: filled in, sent, acknowledged, and what is wrong shown at its
// field. Arguments: folder of the built app, folder for screenshots.

import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

// The browser's driver is installed where the pages are built.
const require = createRequire(new URL("../pages/vite/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [app, shots] = process.argv.slice(2);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** Serves the built app; every path without a file is the app's own. */
async function serve() {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://app").pathname);
    const file = extname(path) && existsSync(join(app, path)) ? path : "index.html";
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    createReadStream(join(app, file)).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const server = await serve();
const profile = await mkdtemp(join(tmpdir(), "fs7-browser-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: QUIET,
  viewport: { width: 1000, height: 900 },
});
const said = [];
const page = await browser.newPage();
page.on("pageerror", (error) => said.push(String(error)));
page.on("console", (message) => message.type() === "error" && said.push(message.text()));

await page.goto(`http://127.0.0.1:${server.address().port}/user_signed_up`);
await page.getByText("connected", { exact: true }).waitFor();
const send = page.getByRole("button", { name: "Send UserSignedUp" });
const output = (label) => page.locator(".fs7-output", { hasText: label }).locator("pre");
const shot = (name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

await page.getByLabel("user_id").fill("12345");
await page.getByLabel("email").fill("user@example.com");
await send.click();
const acknowledged = JSON.parse(await output("Acknowledgement:").textContent());
const called = JSON.parse(await output("Callback Data:").textContent());
const observed = JSON.parse(await output("Observable Data:").textContent());
await shot("sent");

const violation = (pointer) => page.locator(`[data-pointer="${pointer}"] .fs7-violation code`);

// What the handler refuses: the contract lets it be missing.
await page.getByLabel("email").fill("");
await send.click();
const missing = await violation("/email").textContent();
assert.equal(await output("Acknowledgement:").count(), 0, "the old acknowledgement is gone");
await shot("missing");

// What the contract refuses, and no form would send.
await page.getByLabel("Edit as JSON").check();
await page.locator("textarea").fill('{"user_id": 5, "email": "user@example.com"}');
await send.click();
await page.getByRole("link", { name: "/user_id" }).waitFor();
await shot("mistyped-as-json");
await page.getByLabel("Edit as JSON").uncheck();
const mistyped = await violation("/user_id").textContent();
await page.setViewportSize({ width: 390, height: 844 });
await shot("mistyped-on-a-phone");
const phone = await page.evaluate(() => document.documentElement.scrollWidth);

await page.getByLabel("user_id").fill("12345");
await send.click();
await output("Acknowledgement:").waitFor();
assert.equal(await page.locator(".fs7-violation").count(), 0, "what was wrong is gone");
await shot("sent-on-a-phone");

assert.deepEqual(said, [], "the page complained");
await browser.close();
await rm(profile, { recursive: true, force: true });
server.close();
const seen = { acknowledged, called, observed, missing, mistyped, phone };
process.stdout.write(`${JSON.stringify(seen)}\n`);
