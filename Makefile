# `make demo` shows what Backout does, `make test` checks everything. Both install what is missing.

# `dev` builds in half the time and shares its work with the tests; `release` is what ships.
PROFILE ?= dev
# Arguments for the demo, such as `make demo ARGS=--keep`.
ARGS ?=

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build release demo compile test check fmt tidy deny

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing (Debian, Ubuntu) or say what to install
	@scripts/setup.sh

build: setup ## Build the binary
	cargo build --locked --profile $(PROFILE) --bin backout

# A debugger finds the second file by the link in the first one, as long as both lie in one folder.
release: setup ## Build what ships: target/dist/backout, and backout.debug beside it
	cargo build --locked --profile dist --bin backout
	cd target/dist && cp backout unstripped && objcopy --only-keep-debug unstripped backout.debug \
	  && objcopy --strip-all --add-gnu-debuglink=backout.debug unstripped backout && rm unstripped

demo: setup ## Migrate, undo, watch and go back on a PostgreSQL started for it
	cargo run --locked --profile $(PROFILE) --bin backout -- demo $(ARGS)

# One set of packages for building and testing, so that nothing is compiled twice. clippy's driver is the compiler with
# the lints: our crates are built by it, instead of being checked once and built again. The tests hold the tree against tidy.
compile test: export RUSTC_WORKSPACE_WRAPPER = clippy-driver
compile test: export CLIPPY_ARGS = -D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
compile: setup ## Build everything that is tested, with the lints
	cargo build --locked --workspace --all-targets

# Tests wait for servers, processes and clocks about as long as they compute. BACKOUT_TEST_PG_ALSO names folders of programs
# of other servers, with colons between them: round trips run there as well.
test: export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
test: compile ## Formatting, lints, tidy and all tests
	cargo fmt --all --check
	cargo test --locked --workspace
	target/debug/xtask property --cases 40 --seed 3
	@runs=(); for bin in $(subst :, ,$(BACKOUT_TEST_PG_ALSO)); do echo "round trips on $$("$$bin/postgres" --version)"; \
	  BACKOUT_TEST_PG_BIN=$$bin cargo test --quiet --locked --workspace --test all migrations_and_their_way_back & runs+=($$!); \
	  done; for run in "$${runs[@]}"; do wait "$$run"; done
	@if command -v cargo-deny >/dev/null; then $(MAKE) --no-print-directory deny; fi

check: ## Formatting, lints and tidy only
	cargo fmt --all --check
	cargo xtask tidy
	cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: ## Format the source
	cargo fmt --all

tidy: ## Check crate arrows, file heads and lengths, names and words
	cargo xtask tidy

deny: ## Check licences, sources and banned crates (needs cargo-deny)
	cargo deny --offline check bans licenses sources
