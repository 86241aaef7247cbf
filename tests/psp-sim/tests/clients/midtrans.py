"""midtransclient against the simulator: Snap, every method of the Core API, and its errors."""

import json

import midtransclient
from midtransclient.config import ApiConfig
from midtransclient.error_midtrans import MidtransAPIError
from sim import KEY, URL, act, advance, refused, webhooks

ApiConfig.CORE_SANDBOX_BASE_URL = URL
ApiConfig.SNAP_SANDBOX_BASE_URL = URL + "/snap/v1"
core = midtransclient.CoreApi(is_production=False, server_key=KEY, client_key="SB-Mid-client-simulator")
snap = midtransclient.Snap(is_production=False, server_key=KEY, client_key="SB-Mid-client-simulator")


def order(order_id, amount=150000):
    return {"transaction_details": {"order_id": order_id, "gross_amount": amount}}


def charge(order_id, payment_type, **method):
    return core.charge({"payment_type": payment_type, **order(order_id), **method})


def status(order_id):
    return core.transactions.status(order_id)["transaction_status"]


def code(error):
    assert isinstance(error, MidtransAPIError), repr(error)
    return error.api_response_dict.get("status_code")


# Snap: no transaction until the customer picks a method.
page = snap.create_transaction({**order("snap-1"), "item_details": [{"price": 75000, "quantity": 2, "name": "Kopi"}]})
assert page["token"] and page["redirect_url"].startswith(URL)
assert code(refused(status, "snap-1")) == "404"
act(page["token"], "pay", method="gopay")
assert status("snap-1") == "settlement"
assert snap.create_transaction_token(order("snap-2"))
assert refused(snap.create_transaction, order("snap-2")).http_status_code == 400

# Each method, its instructions, and what becomes of it.
va = charge("va-1", "bank_transfer", bank_transfer={"bank": "bca"})
assert (va["status_code"], va["transaction_status"], va["gross_amount"]) == ("201", "pending", "150000.00")
assert va["va_numbers"][0]["bank"] == "bca"
act("va-1", "pay")
assert status(va["transaction_id"]) == "settlement"
assert code(refused(core.transactions.refund, "va-1", {"amount": 1000})) == "412"

gopay = charge("gopay-1", "gopay")
assert {"generate-qr-code", "deeplink-redirect"} <= {action["name"] for action in gopay["actions"]}
act("gopay-1", "pay")
part = core.transactions.refundDirect("gopay-1", {"refund_key": "part-1", "amount": 50000, "reason": "late"})
assert part["refund_amount"] == "50000.00" and part["transaction_status"] == "partial_refund"
assert code(refused(core.transactions.refund, "gopay-1", {"refund_key": "part-1", "amount": 50000})) == "406"
assert code(refused(core.transactions.refund, "gopay-1", {"refund_key": "part-2", "amount": 150000})) == "414"
assert core.transactions.refund("gopay-1", {"refund_key": "rest", "amount": 100000})["transaction_status"] == "refund"

assert charge("qris-1", "qris")["qr_string"]
advance(16 * 60)
assert status("qris-1") == "expire"  # 407 is no error
assert charge("shopee-1", "shopeepay", shopeepay={"callback_url": "http://127.0.0.1/"})["actions"]
act("shopee-1", "deny")
assert status("shopee-1") == "deny"
assert core.transactions.expire(charge("echannel-1", "echannel", echannel={})["order_id"])["status_code"] == "407"

# Cards: accepted, refused, looked at, reserved.
card = charge("card-1", "credit_card", credit_card={"token_id": "481111-1114-x"})
assert (card["transaction_status"], card["fraud_status"]) == ("capture", "accept")
assert core.transactions.cancel("card-1")["transaction_status"] == "cancel"
assert charge("card-2", "credit_card", credit_card={"token_id": "491111-1113-x"})["transaction_status"] == "deny"
charge("card-3", "credit_card", credit_card={"token_id": "511111-1118-x"})
assert core.transactions.approve("card-3")["fraud_status"] == "accept"
charge("card-4", "credit_card", credit_card={"token_id": "511111-1118-x"})
assert core.transactions.deny("card-4")["transaction_status"] == "deny"
held = charge("card-5", "credit_card", credit_card={"token_id": "481111-1114-x", "type": "authorize"})
assert held["transaction_status"] == "authorize"
taken = core.capture({"transaction_id": held["transaction_id"], "gross_amount": 90000})
assert (taken["transaction_status"], taken["gross_amount"]) == ("capture", "90000.00")

# Errors, by body and by HTTP status.
assert code(refused(charge, "va-1", "gopay")) == "406"
assert code(refused(charge, "bad-1", "gopay", transaction_details={"order_id": "bad-1", "gross_amount": "1.50"})) == "400"
assert code(refused(core.transactions.cancel, "card-2")) == "412"
stranger = midtransclient.CoreApi(is_production=False, server_key="wrong", client_key="x")
assert code(refused(stranger.transactions.status, "va-1")) == "401"

# A notification is confirmed by the client's own question.
sent = [json.loads(webhook["body"]) for webhook in webhooks()]
settled = [body for body in sent if body["order_id"] == "va-1" and body["transaction_status"] == "settlement"]
assert core.transactions.notification(settled[0])["transaction_status"] == "settlement"
