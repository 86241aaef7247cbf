"""A shop with one of everything, so that calls reach what is there: made through the gateway's door, over HTTP alone."""

import os
import re
import time
import uuid

import requests

ADDRESS = {
    "recipient": "Siti Rahma", "phone": "+62811111111", "line1": "Jl. Braga 1", "city": "Bandung",
    "province": "Jawa Barat", "postal_code": "40111", "country": "ID",
}
PASSWORD = "kopi gayo setiap pagi"
PRICE = {"amount_minor": 1_500_000, "currency": "IDR"}
# Seconds until an order has gone through.
PATIENCE = 60


class Caller:
    """Somebody, by the headers that say who."""

    def __init__(self, url, **headers):
        self.url = url
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @classmethod
    def known(cls, url, email, password):
        """Somebody with an account."""
        login = cls(url).ask("POST", "/api/v1/login", {"email": email, "password": password})
        return cls(url, Authorization=f"Bearer {login['access_token']}")

    def ask(self, method, path, body=None):
        """The body of the answer, which must be a success."""
        headers = {"Idempotency-Key": str(uuid.uuid4()), **self.headers}
        answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=20)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        # A guest's cart is known by what its first answer says.
        if "X-Cart-Token" in answer.headers:
            self.headers["X-Cart-Token"] = answer.headers["X-Cart-Token"]
        return answer.json() if answer.content else None


def register(url, name):
    """A new account's address."""
    email = f"{name}@example.com"
    body = {"email": email, "password": PASSWORD, "name": name, "locale": "en"}
    requests.post(f"{url}/api/v1/register", json=body, timeout=20).raise_for_status()
    return email


def wait(what, look):
    """What `look` finds, once it finds anything."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not happen within {PATIENCE} s")


def verify(url, email):
    """Opens the link that was sent to an address, as its owner does: `testbed dev --mailbox` shows mails where text messages go."""
    def link():
        mails = requests.get(f"{os.environ['WARUNG_TWILIO_URL']}/mails.json", timeout=20).json()
        bodies = [mail["body"] or "" for mail in mails if any(email in to for to in mail["to"])]
        return next(filter(None, (re.search(r"verify-email\?token=([\w-]+)", body) for body in bodies)), None)

    token = wait(f"a link for {email}", link)[1]
    Caller.known(url, email, PASSWORD).ask("POST", "/api/v1/email/verify", {"token": token})


def people(url, admin_email, admin_password):
    """A caller of each role, by its name, one whose account may be deleted, one who may be logged out, a guest, and nobody."""
    admin = Caller.known(url, admin_email, admin_password)
    staff = register(url, "staff")
    verify(url, staff)
    found = admin.ask("GET", f"/api/v1/admin/accounts?email={staff}")["items"][0]
    admin.ask("PUT", f"/api/v1/admin/accounts/{found['id']}/role", {"role": "staff"})
    known = {name: Caller.known(url, register(url, name), PASSWORD) for name in ("customer", "doomed", "leaving")}
    others = {"guest": Caller(url), "nobody": Caller(url)}
    return {"admin": admin, "staff": Caller.known(url, staff, PASSWORD), **known, **others}


def furnish(callers):
    """Makes one of everything; returns the value of each path's parameter, by the path up to it."""
    admin, siti = callers["admin"], callers["customer"]
    category = admin.ask("POST", "/api/v1/categories", {"slug": "kopi", "name": "Kopi"})
    product = admin.ask("POST", "/api/v1/products", {
        "sku": "GAYO", "name": "Kopi Gayo", "price": PRICE, "status": "active", "stock": 1000,
    })
    location = admin.ask("POST", "/api/v1/locations", {"code": "bandung", "name": "Bandung"})
    prices = admin.ask("POST", "/api/v1/price-lists", {"name": "Sale"})
    coupon = admin.ask("POST", "/api/v1/admin/coupons", {
        "code": "KOPI10", "benefit": {"kind": "percent", "ppm": 100_000},
    })
    tax = admin.ask("PUT", "/api/v1/admin/tax-rates", {"tax_class": "standard", "rate_ppm": 110_000})
    # Whom administrators may do anything to.
    subject = admin.ask("GET", f"/api/v1/admin/accounts?email={register(siti.url, 'subject')}")["items"][0]
    # A log-in that nobody asks by, to be ended.
    Caller.known(siti.url, "customer@example.com", PASSWORD)
    session = siti.ask("GET", "/api/v1/account/sessions")["items"][-1]["id"]
    wait("a profile", lambda: requests.get(f"{siti.url}/api/v1/me", headers=siti.headers, timeout=20).ok)
    address = siti.ask("POST", "/api/v1/me/addresses", ADDRESS)
    device = siti.ask("POST", "/api/v1/me/devices", {"fcm_token": "fcm-token-of-a-phone"})
    order = buy(siti, product["id"])
    given_back = siti.ask("POST", f"/api/v1/orders/{order['id']}/returns", {
        "lines": [{"line": 0, "quantity": 1}], "reason": "too dark",
    })
    payment = siti.ask("GET", f"/api/v1/payments/{order['id']}")
    siti.ask("POST", "/api/v1/cart/items", {"product_id": product["id"], "quantity": 2})
    there = {
        "/api/v1/categories/": category["id"],
        "/api/v1/products/": product["id"],
        "/api/v1/admin/products/": product["id"],
        "/api/v1/variants/": product["variants"][0]["id"],
        "/api/v1/cart/items/": product["id"],
        "/api/v1/locations/": location["id"],
        "/api/v1/price-lists/": prices["id"],
        "/api/v1/admin/coupons/": coupon["id"],
        "/api/v1/admin/tax-rates/": tax["id"],
        "/api/v1/admin/accounts/": subject["id"],
        "/api/v1/account/sessions/": session,
        "/api/v1/me/addresses/": address["id"],
        "/api/v1/me/devices/": device["id"],
        "/api/v1/orders/": order["id"],
        "/api/v1/orders/{id}/returns/": given_back["id"],
        "/api/v1/admin/orders/": order["id"],
        "/api/v1/admin/returns/": given_back["id"],
        "/api/v1/payments/": order["id"],
        "/sandbox/pay/": payment["id"],
        "/api/v1/shipments/": order["id"],
        "/api/v1/webhooks/": "sandbox",
        "/api/v1/carriers/": "sandbox",
        "/api/v1/notifications/templates/": "warung.order.confirmed.v1",
    }
    return there, {**there, **furnish_guest(callers["guest"], product["id"])}


def furnish_guest(guest, product):
    """Lets a guest buy; returns what of the paths' parameters is the guest's."""
    order = buy(guest, product, contact={"email": "tamu@example.com", "name": "Tamu"})
    guest.ask("POST", "/api/v1/cart/items", {"product_id": product, "quantity": 2})
    return {f"/api/v1/{what}/": order["id"] for what in ("orders", "payments", "shipments")}


def buy(caller, product, **more):
    """A completed order of three."""
    caller.ask("POST", "/api/v1/cart/items", {"product_id": product, "quantity": 3})
    order = caller.ask("POST", "/api/v1/checkout", {
        "payment": {"provider": "sandbox", "token": "tok_success"}, "shipping_address": ADDRESS, **more,
    })
    if "access_token" in order:
        caller.headers["Order-Token"] = order["access_token"]
    path = f"/api/v1/orders/{order['id']}"
    wait("an order's completion", lambda: caller.ask("GET", path)["state"] == "completed")
    return order
