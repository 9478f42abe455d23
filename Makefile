# Every command that a person or CI types. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

# What survives a clean checkout: RocksDB, compiled crates, the Python clients.
# (No HOPLINE_ variable: the server would take it for a setting.)
export XDG_CACHE_HOME ?= $(HOME)/.cache
export CARGO_TARGET_DIR ?= $(XDG_CACHE_HOME)/hopline/target

UI_SOURCES := $(shell find ui/src ui/index.html ui/package-lock.json ui/vite.config.ts -type f 2>/dev/null)

## help: list the commands
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-17s %s\n", $$1, $$2 }'

## run: set up, build and start Hopline on http://127.0.0.1:9411 with its data in ./hopline-data
run: setup ui/dist/index.html
	eval "$$(scripts/rocksdb)"
	cargo build --release --locked -p collector
	exec "$$CARGO_TARGET_DIR/release/hopline"

## demo: live traffic of a small shop against a running Hopline, until stopped
demo:
	cargo run --locked -p benches --bin demo

## check: format, lints, types and the fast tests on the memory store (the inner loop)
check: setup-ui
	cargo fmt --all --check
	cargo clippy --locked --workspace --no-default-features --features benches/codecs --all-targets -- -D warnings
	cargo test --locked -q -p storage -p collector --no-default-features --lib --test memory --test dependency --test calls --test rollup --test hops --test api --test tidy
	cd ui && npm run --silent types && npm run --silent lint && npm run --silent format && npm test --silent

## test: everything: Rust, RocksDB, crashes, real clients, the UI in a real Chromium
test: setup ui/dist/index.html
	scripts/test

## test-long: what needs longer: many more kills and random histories
test-long: setup ui/dist/index.html
	eval "$$(scripts/rocksdb)"
	HOPLINE_CRASH_CYCLES=1000 PROPTEST_CASES=2000 cargo test --locked -p storage -p collector --test local --test crash -- --nocapture

## fuzz: any bytes to every decoder, to packings and framing, ten minutes each (SECONDS_EACH=, TARGET= for one)
fuzz: setup
	scripts/fuzz $(or $(SECONDS_EACH),600) $(TARGET)

## zipkin-scenarios: the same requests to Hopline and to the real Zipkin server, answers compared
zipkin-scenarios: setup
	eval "$$(scripts/rocksdb)"
	ZIPKIN_JAR="$$(scripts/zipkin-jar)" cargo test --locked -p collector --test api -- scenario:: from_the_real_zipkin --nocapture

## differential: generated lists of spans to both, answers compared (LISTS=20000, SEED= repeats one)
differential: setup
	eval "$$(scripts/rocksdb)"
	ZIPKIN_JAR="$$(scripts/zipkin-jar)" DIFFERENTIAL_LISTS=$(or $(LISTS),20000) DIFFERENTIAL_SEED=$(or $(SEED),$$(date +%s)) \
		cargo test --locked -p collector --test api -- differential::hopline --nocapture

## bench: the figures of the README: a million spans, bars and aims, beside the real Zipkin server
bench: setup
	$(MEASURE)

## bench-full: the same, and ten million spans
bench-full: setup
	$(MEASURE) --full

# The release binaries, and what `bench` and `bench-full` share of the command line.
define MEASURE
eval "$$(scripts/rocksdb)"
cargo build --release --locked -p collector -p benches
"$$CARGO_TARGET_DIR/release/bench" --hopline "$$CARGO_TARGET_DIR/release/hopline" --zipkin
endef

## ui: build the window into ui/dist
ui: setup-ui ui/dist/index.html

## ui-shots: screenshots of every page into ui/shots, from the real binary
ui-shots: setup ui/dist/index.html
	scripts/setup test
	eval "$$(scripts/rocksdb)"
	cargo build --locked -p collector -p benches
	cd ui && HOPLINE_BINARY="$$CARGO_TARGET_DIR/debug/hopline" npm run --silent shots

## setup: install what building and testing need, or say exactly what is missing
setup:
	@scripts/setup

setup-ui: ui/node_modules/.package-lock.json

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund

ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	cd ui && npm run build

## clean: remove what was built in this checkout (the cache outside stays)
clean:
	rm -rf ui/dist ui/node_modules

.PHONY: help run demo check test test-long fuzz zipkin-scenarios differential bench bench-full ui ui-shots setup setup-ui clean
