# The few words people type; what they do is in the programs they call. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SHOP ?= examples/minimal.yaml
INSTALL := testbed/tools/install
TESTBED := cargo run --quiet --package warung-testbed --bin testbed --
# Warnings are errors where the project is checked, not while it is written.
CARGO_TEST := cargo test --quiet

.PHONY: help up demo down dev test test-unit test-integration test-operator test-e2e lint bench image

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## A shop that sells: on KUBE_CONTEXT, a running minikube or kind, or a node of its own (Debian, root)
	@testbed/tools/require cargo
	@$(TESTBED) shop up --shop $(SHOP)

demo: ## Buy something in the shop of `make up`, step by step
	@testbed/tools/require cargo
	@$(TESTBED) shop run --shop $(SHOP) -- cargo run --quiet --package warung-e2e --bin demo

down: ## Remove everything that `make up` made
	@testbed/tools/require cargo
	@$(TESTBED) shop down --shop $(SHOP)

dev: ## All services in one process, without Kubernetes, until Ctrl-C
	@$(INSTALL) stores
	@cargo build --package warung --bin warung
	@$(TESTBED) dev --warung "$${CARGO_TARGET_DIR:-target}/debug/warung"

test: test-unit test-integration test-operator test-e2e ## The whole suite

test-unit: ## Tests that need no server
	@testbed/tools/require cargo
	@$(CARGO_TEST) --workspace --lib --bins

test-integration: ## The services on real PostgreSQL, NATS and Redis
	@$(INSTALL) stores
	@$(TESTBED) with-stores -- $(CARGO_TEST) --workspace --exclude warung-operator --exclude warung-testbed --exclude warung-e2e --test '*'

test-operator: ## The operator, the charts and the testbed on a real API server
	@$(INSTALL) control-plane stores
	@$(CARGO_TEST) --package warung-operator --package warung-testbed --test '*'

test-e2e: ## A whole node, the charts, a Shop, and an order through the gateway (Debian, root)
	@trap '$(TESTBED) shop down --shop $(SHOP)' EXIT; set -e; \
	$(TESTBED) shop up --shop $(SHOP); \
	$(TESTBED) shop run --shop $(SHOP) -- $(CARGO_TEST) --package warung-e2e

lint: ## Formatting, clippy, charts, rendered objects, rules, workflows, Dockerfile, scripts
	@$(INSTALL) control-plane lint
	@.ci/lint

bench: ## Requests per second, latencies and memory on the services of `make dev`
	@$(INSTALL) control-plane stores
	@cargo build --release --bin warung --bin warung-operator --bin bench
	@$(TESTBED) dev --warung "$${CARGO_TARGET_DIR:-target}/release/warung" -- "$${CARGO_TARGET_DIR:-target}/release/bench"

image: ## Build the release image, and print the path of its archive
	@$(TESTBED) images --release
