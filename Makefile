# The few words people type; what they do is in the programs they call. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
SHOP ?= examples/minimal.yaml
INSTALL := testbed/tools/install
# Always the whole workspace, with one suite picked by its test targets' name: crates picked by name would be built again
# with other features, and so would programs that are built without tests. The programs that tests start are built with them.
COMPILE := testbed/tools/compile
TESTBED := $(COMPILE) "the testbed's command" build --bin testbed && cargo run --quiet --bin testbed --
CARGO_TEST := cargo test --quiet --workspace
COMPILE_TEST := $(COMPILE) "the tests" test --no-run --workspace
# Where testbed/tools/install puts Python's programs.
PYTHON := $(or $(WARUNG_CACHE),$(HOME)/.cache/warung)/venv/bin/python3
# Where the programs of the image are built, which bench measures too.
RELEASE := $(shell uname -m)-unknown-linux-gnu

PRODUCTS ?= 200
USERS ?= 20
API_EXAMPLES ?= 8
API_SEED ?= 42
export API_EXAMPLES API_SEED

# Said before anything is compiled for it.
NUMBER = @[[ "$($(1))" =~ ^[1-9][0-9]*$$ ]] || { echo "$(1)=$($(1)): not a whole number from 1" >&2; exit 2; }
SHOP_THERE = @[[ -f "$(SHOP)" ]] || { echo "SHOP=$(SHOP): there is no such file" >&2; exit 2; }

.PHONY: able help up demo down dev seed test test-unit test-integration test-api test-operator test-e2e test-mesh storm fuzz lint bench docs freeze image

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## A shop that sells: on KUBE_CONTEXT, a running minikube or kind, or a node of its own (Debian, root)
	$(SHOP_THERE)
	@testbed/tools/own-node --early
	@$(TESTBED) shop up --shop $(SHOP)

demo: ## Buy something in the shop of `make up`, step by step
	$(SHOP_THERE)
	@$(COMPILE) "the demo" build --bin demo
	@$(TESTBED) shop run --shop $(SHOP) -- cargo run --quiet --bin demo

down: ## Remove everything that `make up` made
	$(SHOP_THERE)
	@$(TESTBED) shop down --shop $(SHOP)

dev: ## All services in one process, without Kubernetes, until Ctrl-C
	@$(INSTALL) stores
	@$(COMPILE) "the services" build --bin warung --bin psp-sim
	@folder="$${CARGO_TARGET_DIR:-target}/debug"; $(TESTBED) dev --warung "$$folder/warung" --simulators "$$folder/psp-sim"

seed: ## Products and people for `make dev`, from another shell; PRODUCTS=N (200), USERS=N (20)
	$(call NUMBER,PRODUCTS)
	$(call NUMBER,USERS)
	@file="$$(ls -t "$${TMPDIR:-/tmp}"/warung-dev-*.env 2>/dev/null | head -1)"; \
	    [[ -n "$$file" ]] || { echo "make seed: no shop of \`make dev\` runs here" >&2; exit 2; }; \
	    . "$$file" && "$${CARGO_TARGET_DIR:-target}/debug/warung" seed --products $(PRODUCTS) --users $(USERS)

test: able test-unit test-integration test-api test-operator test-e2e ## The whole suite

# Told before the first test, not after those that could be run.
able:
	@$(INSTALL) --check stores faults clients messages api node

test-unit: ## Tests that need no server, and of the documents
	@$(COMPILE_TEST) --lib --bins --test docs
	@$(CARGO_TEST) --lib --bins --test docs

test-integration: ## The services on real PostgreSQL, NATS and Redis, alone and together, also while they are killed; the simulators of payment companies under the companies' own clients
	@$(INSTALL) stores faults clients messages
	@$(COMPILE_TEST) --test it --test clients
	@$(TESTBED) with-stores -- $(CARGO_TEST) --test it --test clients

test-api: ## Each service's API against its OpenAPI document, by requests that Schemathesis makes; API_EXAMPLES=N (8) makes more, API_SEED=N others
	$(call NUMBER,API_EXAMPLES)
	$(call NUMBER,API_SEED)
	@$(INSTALL) stores api
	@$(COMPILE_TEST) --test it
	@export WARUNG_LOG="$${WARUNG_LOG:-warn}"; folder="$${CARGO_TARGET_DIR:-target}/debug"; \
	    $(TESTBED) dev --warung "$$folder/warung" --mailbox -- "$(PYTHON)" tests/api/conformance.py

test-operator: ## The operator, the gateway, the testbed on real API servers, Envoys and stores
	@$(INSTALL) control-plane stores
	@$(COMPILE_TEST) --test control_plane --test gateway
	@$(CARGO_TEST) --test control_plane --test gateway

test-e2e: ## A whole node, the charts, a Shop, orders through the gateway (Debian, root)
	@testbed/tools/own-node
	@$(INSTALL) node
	@$(COMPILE) "the testbed's command" build --bin testbed
	@$(COMPILE_TEST) --test node
	@$(CARGO_TEST) --test node -- --nocapture

test-mesh: ## A Shop in a real Istio on a whole node: builds Istio from its module the first time (Debian, root)
	@testbed/tools/own-node
	@$(INSTALL) mesh
	@$(COMPILE) "the testbed's command" build --bin testbed
	@$(COMPILE_TEST) --test mesh
	@$(CARGO_TEST) --test mesh -- --nocapture

storm: ## Orders in bad weather; WARUNG_STORM_ORDERS=N makes it longer, WARUNG_STORM_SEED=N another
	@$(INSTALL) stores faults
	@$(CARGO_TEST) --test it in_bad_weather -- --nocapture

fuzz: ## What strangers can send, under libFuzzer; FUZZ_SECONDS=N for each target (30)
	@fuzz/run

lint: ## Formatting, clippy, charts, rendered objects, rules, workflows, Dockerfile, scripts
	@$(INSTALL) control-plane lint
	@.ci/lint

bench: ## Requests per second, latencies and memory on the services of `make dev`
	@$(INSTALL) control-plane stores
	@testbed/image/build --bin bench
	@folder="$${CARGO_TARGET_DIR:-target}/$(RELEASE)/release"; $(TESTBED) dev --warung "$$folder/warung" -- "$$folder/bench"

docs: ## The API as a page that works offline, and the events as AsyncAPI, in target/docs
	@$(COMPILE) "the services" build --bin warung
	@mkdir -p target/docs
	@"$${CARGO_TARGET_DIR:-target}/debug/warung" openapi all --html >target/docs/api.html
	@"$${CARGO_TARGET_DIR:-target}/debug/warung" openapi all >target/docs/openapi.json
	@"$${CARGO_TARGET_DIR:-target}/debug/warung" asyncapi >target/docs/asyncapi.json
	@ls target/docs/*

freeze: ## Keep the schemas of this version's events for ever, before it is tagged
	@FREEZE=1 cargo test --quiet --package warung-contracts --lib released
	@git status --short services/contracts/released

image: ## Build the release image, and print the path of its archive
	@$(TESTBED) images --release
