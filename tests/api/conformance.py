"""Each service's API against the OpenAPI document it serves: no 5xx, no undocumented status, media type, header or
schema, and nothing taken that the document forbids. Schemathesis makes the requests.

Run beside the services of `testbed dev --mailbox`, which names them by variables: `make test-api`. Names of services as arguments
choose among them.

  API_EXAMPLES  requests made up for each operation and caller, 8, besides those that cover its schema
  API_SEED      of what is made up, 42: the same requests each time; another finds other things
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import shop

HERE = Path(__file__).parent
SERVICES = sorted(path.stem for path in (HERE.parents[1] / "services/contracts/manifests").glob("*.toml"))
# Who asks, and whether by ids of what is there. Made-up ids are for whoever may do most with the others.
PASSES = [
    ("nobody", True), ("guest", True), ("customer", True), ("staff", True), ("admin", False), ("admin", True),
]
# Services asked at once: what is asked takes longer to make up than to answer.
AT_ONCE = 2


def check(service, caller, callers, known):
    """Runs Schemathesis against a service; its findings, empty when there are none."""
    document = os.environ[f"WARUNG_{service.upper()}_URL"] + "/openapi.json"
    variables = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DOOMED": callers["doomed"].headers["Authorization"],
        "LEAVING": callers["leaving"].headers["Authorization"],
        "KNOWN_IDS": json.dumps(known),
    }
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    command += ["run", document, "--no-color", "--max-examples", os.environ.get("API_EXAMPLES", "8")]
    command += ["--seed", os.environ.get("API_SEED", "42")]
    for name, value in caller.headers.items():
        command += ["--header", f"{name}: {value}"]
    # It keeps notes in the folder it runs in.
    with tempfile.TemporaryDirectory() as notes:
        done = subprocess.run(command, cwd=notes, env=variables, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def ask(service, callers, there, guests):
    """Asks a service as everybody; the passes that failed."""
    failed = []
    for role, known in PASSES:
        began = time.monotonic()
        ids = guests if role == "guest" else there
        findings = check(service, callers[role], callers, ids if known else {})
        name = f"{service} as {role}, {'ids of what is there' if known else 'made-up ids'}"
        told = f"{'FAIL' if findings else 'ok'} {name}: {time.monotonic() - began:.1f} s\n{findings}"
        sys.stdout.write(told)
        sys.stdout.flush()
        if findings:
            failed.append(name)
    return failed


def main(services):
    """Asks all services."""
    strange = set(services) - set(SERVICES)
    if strange:
        print(f"no service {', '.join(sorted(strange))}: take {', '.join(SERVICES)}", file=sys.stderr)
        return 2
    url, started = os.environ["WARUNG_PUBLIC_URL"], time.monotonic()
    callers = shop.people(url, os.environ["WARUNG_ADMIN_EMAIL"], os.environ["WARUNG_ADMIN_PASSWORD"])
    there, guests = shop.furnish(callers)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = pool.map(lambda service: ask(service, callers, there, guests), services or SERVICES)
        failed = [name for names in asked for name in names]
    print(f"{time.monotonic() - started:.0f} s, failed: {failed or 'nothing'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
