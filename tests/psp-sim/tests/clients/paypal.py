"""paypal-server-sdk against the simulator: orders, authorisations, captures, refunds, keys, errors."""

import os

import requests
from paypalserversdk.configuration import Configuration
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.capture_request import CaptureRequest
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
from sim import KEY, URL, act, refused, webhooks

Configuration.get_base_uri = lambda self, server=None: URL
credentials = ClientCredentialsAuthCredentials(o_auth_client_id=KEY, o_auth_client_secret=os.environ["SIM_SECRET"])
client = PaypalServersdkClient(client_credentials_auth_credentials=credentials)
orders, payments = client.orders, client.payments
WHOLE = "return=representation"


def create(custom_id, intent=CheckoutPaymentIntent.CAPTURE, value="10.00", currency="USD", key=None):
    unit = PurchaseUnitRequest(
        amount=AmountWithBreakdown(currency_code=currency, value=value), custom_id=custom_id, invoice_id=custom_id
    )
    body = OrderRequest(intent=intent, purchase_units=[unit])
    return orders.create_order({"body": body, "paypal_request_id": key, "prefer": WHOLE}).body


def capture(order, **more):
    return orders.capture_order({"id": order.id, "prefer": WHOLE, **more}).body


def issue(error):
    assert isinstance(error, ApiException), repr(error)
    return error.details[0].issue


# Captured at once, once.
order = create("order-1", key="key-1")
assert create("order-1", key="key-1").id == order.id
assert order.status == "CREATED" and any(link.rel == "approve" for link in order.links)
assert issue(refused(capture, order)) == "ORDER_NOT_APPROVED"
act(order.id, "pay")
assert orders.get_order({"id": order.id}).body.status == "APPROVED"
taken = capture(order, paypal_request_id="capture-1").purchase_units[0].payments.captures[0]
assert (taken.status, taken.amount.value) == ("COMPLETED", "10.00")
again = capture(order, paypal_request_id="capture-1").purchase_units[0].payments.captures[0]
assert again.id == taken.id
assert issue(refused(capture, order)) == "ORDER_ALREADY_CAPTURED"

# Given back in parts, and never more than was taken.
def give_back(value=None, key=None):
    body = RefundRequest(amount=Money(currency_code="USD", value=value)) if value else None
    request = {"capture_id": taken.id, "prefer": WHOLE, "body": body, "paypal_request_id": key}
    return payments.refund_captured_payment(request).body


part = give_back("4.00", key="refund-1")
assert part.status == "COMPLETED" and part.seller_payable_breakdown.total_refunded_amount.value == "4.00"
assert give_back("4.00", key="refund-1").id == part.id
assert issue(refused(give_back, "7.00")) == "REFUND_AMOUNT_EXCEEDED"
assert give_back().amount.value == "6.00"
assert issue(refused(give_back)) == "CAPTURE_FULLY_REFUNDED"
assert payments.get_refund({"refund_id": part.id}).body.amount.value == "4.00"
assert payments.get_captured_payment({"capture_id": taken.id}).body.status == "REFUNDED"

# Set aside, then taken in part, or let go.
def authorized(custom_id):
    order = create(custom_id, intent=CheckoutPaymentIntent.AUTHORIZE)
    act(order.id, "pay")
    body = orders.authorize_order({"id": order.id, "prefer": WHOLE}).body
    return body.purchase_units[0].payments.authorizations[0]


held = authorized("order-2")
assert held.status == "CREATED"
request = CaptureRequest(amount=Money(currency_code="USD", value="2.50"), final_capture=True)
got = payments.capture_authorized_payment({"authorization_id": held.id, "body": request, "prefer": WHOLE}).body
assert got.amount.value == "2.50" and got.final_capture
assert payments.get_authorized_payment({"authorization_id": held.id}).body.status == "CAPTURED"
assert issue(refused(payments.void_payment, {"authorization_id": held.id})) == "PREVIOUSLY_CAPTURED"
other = authorized("order-3")
assert payments.void_payment({"authorization_id": other.id, "prefer": WHOLE}).body.status == "VOIDED"
assert payments.void_payment({"authorization_id": authorized("order-4").id}).status_code == 204

# Refused by the instrument, or for a while not sure.
declined = create("order-5")
act(declined.id, "fail")
assert issue(refused(capture, declined)) == "INSTRUMENT_DECLINED"
waiting = create("order-6")
act(waiting.id, "challenge")
assert capture(waiting).purchase_units[0].payments.captures[0].status == "PENDING"
act(waiting.id, "settle")
mocked = create("order-7")
act(mocked.id, "pay")
mock = '{"mock_application_codes":"INSTRUMENT_DECLINED"}'
assert issue(refused(capture, mocked, paypal_mock_response=mock)) == "INSTRUMENT_DECLINED"

# Errors.
assert issue(refused(create, "order-8", currency="IDR")) == "INVALID_CURRENCY_CODE"
assert issue(refused(create, "order-9", value="1.001")) == "DECIMAL_PRECISION"
assert refused(orders.get_order, {"id": "5O190127TN364715T"}).response_code == 404

# Webhooks are genuine for whoever asks, and no longer when a byte differs.
told = [webhook["event"] for webhook in webhooks()]
assert {"CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.AUTHORIZATION.CREATED", "PAYMENT.AUTHORIZATION.VOIDED"} <= set(told), told
bearer = requests.post(
    f"{URL}/v1/oauth2/token", auth=(KEY, os.environ["SIM_SECRET"]), data={"grant_type": "client_credentials"}, timeout=10
).json()["access_token"]
webhook = webhooks()[0]
sent = dict(webhook["headers"])
question = {
    "auth_algo": sent["paypal-auth-algo"],
    "cert_url": sent["paypal-cert-url"],
    "transmission_id": sent["paypal-transmission-id"],
    "transmission_sig": sent["paypal-transmission-sig"],
    "transmission_time": sent["paypal-transmission-time"],
    "webhook_id": "1SIMULATOR0WEBHOOK",
    "webhook_event": requests.models.complexjson.loads(webhook["body"]),
}


def verified():
    answer = requests.post(
        f"{URL}/v1/notifications/verify-webhook-signature",
        json=question,
        headers={"authorization": f"Bearer {bearer}"},
        timeout=10,
    )
    return answer.json()["verification_status"]


assert verified() == "SUCCESS"
question["webhook_event"]["summary"] += "!"
assert verified() == "FAILURE"
