"""What a test does to a simulator beside the official client."""

import os

import requests

URL = os.environ["SIM_URL"]
KEY = os.environ["SIM_KEY"]


def act(payment, what, **body):
    """The customer's step, or the company's."""
    answer = requests.post(f"{URL}/_sim/payments/{payment}/{what}", json=body, timeout=10)
    assert answer.status_code == 204, (what, answer.status_code, answer.text)


def advance(seconds):
    """Moves the company's clock."""
    answer = requests.post(f"{URL}/_sim/clock", json={"advance_seconds": seconds}, timeout=10)
    assert answer.status_code == 204, answer.text


def webhooks():
    """The webhooks that wait at the courier."""
    return requests.get(f"{URL}/_sim/webhooks", timeout=10).json()["waiting"]


def refused(call, *arguments, **named):
    """The error that the client raises; none is a failure."""
    try:
        answer = call(*arguments, **named)
    except Exception as error:  # each client has classes of its own
        return error
    raise AssertionError(f"{call} was not refused: {answer}")
