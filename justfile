# Names for what the repository can do; each is one command that works without `just`.

# List these names.
default:
    @just --list

# Build the example handlers and the host, and start it in the foreground.
start *ARGS:
    cargo xtask start -- {{ARGS}}

# Build what the tests need, then run them all, or those that match.
test *FILTER:
    cargo xtask test {{FILTER}}

# Form, lints, tests, and both ways to build a handler.
ci:
    cargo xtask ci

# Which lines of host and SDK the tests reach.
coverage *FILTER:
    cargo xtask coverage {{FILTER}}

# Build the example handlers into events/.
plugins:
    cargo xtask plugins

# Build the tests' guests into target/guests/.
guests:
    cargo xtask guests

# Install the JavaScript and Python clients of the tests.
clients:
    cargo xtask clients

# Hold the rules of contracts against the official AsyncAPI tool.
oracle:
    cargo xtask oracle

# Build and test everything that `fs7 handlers` makes of the documents of the tests.
generated:
    cargo xtask generated

# Find or make the wasm targets.
toolchain *ARGS:
    cargo xtask toolchain {{ARGS}}

# The way of one event, in figures.
bench *ARGS:
    cargo bench -p fs7 --bench dispatch -- {{ARGS}}
