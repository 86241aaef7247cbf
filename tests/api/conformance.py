"""Each service's API against the OpenAPI document it serves: no 5xx, no undocumented status, media type, header or
schema, and nothing taken that the document forbids. Schemathesis makes the requests.

Run beside the services of `testbed dev`, which names them by variables: `make test-api`. Names of services as arguments
choose among them.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import shop

MANIFESTS = Path(__file__).parents[2] / "services/contracts/manifests"
# Who asks, and whether by ids of what is there. Made-up ids are for whoever may do most with the others.
PASSES = [("customer", True), ("staff", True), ("admin", False), ("admin", True)]


def check(service, caller, known):
    """Runs Schemathesis against a service; its findings, empty when there are none."""
    document = os.environ[f"WARUNG_{service.upper()}_URL"] + "/openapi.json"
    here = Path(__file__).parent
    program = Path(sys.executable).parent / "schemathesis"
    variables = {
        **os.environ,
        "PYTHONPATH": str(here),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CALLER_TOKEN": caller.token,
        "KNOWN_IDS": json.dumps(known),
    }
    command = [program, "--config-file", here / "schemathesis.toml", "run", document, "--no-color"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def main(services):
    """Asks all services as everybody."""
    url, started = os.environ["WARUNG_PUBLIC_URL"], time.monotonic()
    callers = shop.people(url, os.environ["WARUNG_ADMIN_EMAIL"], os.environ["WARUNG_ADMIN_PASSWORD"])
    there = shop.furnish(callers)
    failed = []
    for service in services:
        for role, known in PASSES:
            began = time.monotonic()
            findings = check(service, callers[role], there if known else {})
            name = f"{service} as {role}, {'ids of what is there' if known else 'made-up ids'}"
            print(f"{'FAIL' if findings else 'ok'} {name}: {time.monotonic() - began:.1f} s", flush=True)
            if findings:
                failed.append(name)
                print(findings, flush=True)
    print(f"{time.monotonic() - started:.0f} s, failed: {failed or 'nothing'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or sorted(path.stem for path in MANIFESTS.glob("*.toml"))))
