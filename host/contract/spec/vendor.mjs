// Makes the `asyncapi-*.json` beside this file out of the JSON Schemas of the AsyncAPI Initiative:
//
//     npm pack @asyncapi/specs@6.11.1 && tar xzf asyncapi-specs-*.tgz
//     node host/contract/spec/vendor.mjs package
//
// What validates is kept as it is, with one exception that is named below; what only describes is
// left out, and definitions that nothing reaches are too.

import { readFileSync, writeFileSync, copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSIONS = ["2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0", "3.1.0"];
const WORDS = new Set(["description", "title", "examples", "example", "default", "deprecated", "$comment"]);
const NAMED = new Set(["properties", "patternProperties", "definitions", "dependencies"]);
const DATA = new Set(["enum", "const", "required"]);

/** A schema without its words. */
function slim(schema) {
    if (Array.isArray(schema)) return schema.map(slim);
    if (typeof schema !== "object" || schema === null) return schema;
    const kept = {};
    for (const [key, value] of Object.entries(schema)) {
        if (WORDS.has(key)) continue;
        if (DATA.has(key)) kept[key] = value;
        else if (NAMED.has(key)) kept[key] = mapValues(value, slim);
        else kept[key] = slim(value);
    }
    return kept;
}

function mapValues(object, change) {
    return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** The definitions that the schema reaches. */
function reached(schema) {
    const names = new Set();
    const visit = (value) => {
        if (typeof value !== "object" || value === null) return;
        for (const [key, child] of Object.entries(value)) {
            const name = key === "$ref" && typeof child === "string" && child.match(/^#\/definitions\/([^/]+)/)?.[1];
            if (name && !names.has(name)) {
                names.add(name);
                visit(schema.definitions[name]);
            }
            visit(child);
        }
    };
    const { definitions: _, ...root } = schema;
    visit(root);
    return names;
}

const source = process.argv[2];
if (!source) {
    console.error("usage: node vendor.mjs FOLDER-OF-@asyncapi/specs");
    process.exit(2);
}
const here = dirname(fileURLToPath(import.meta.url));
for (const version of VERSIONS) {
    const schema = slim(JSON.parse(readFileSync(join(source, "schemas", `${version}-without-$id.json`), "utf8")));
    // A JSON pointer may hold characters that a URI must not, and the official parser takes them.
    delete schema.definitions.ReferenceObject.format;
    const names = reached(schema);
    schema.definitions = Object.fromEntries(Object.entries(schema.definitions).filter(([name]) => names.has(name)));
    writeFileSync(join(here, `asyncapi-${version}.json`), `${JSON.stringify(schema)}\n`);
}
for (const file of ["LICENSE", "NOTICE"]) copyFileSync(join(source, file), join(here, file));
