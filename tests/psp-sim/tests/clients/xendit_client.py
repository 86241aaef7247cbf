"""xendit-python against the simulator: invoices and refunds, and their errors."""

import json

import xendit
from sim import KEY, URL, act, advance, refused, webhooks
from xendit.apis import InvoiceApi, RefundApi
from xendit.exceptions import XenditSdkException
from xendit.invoice.model.create_invoice_request import CreateInvoiceRequest
from xendit.refund.model.create_refund import CreateRefund

configuration = xendit.Configuration(host=URL)
configuration.api_key = KEY
client = xendit.ApiClient(configuration)
invoices, refunds = InvoiceApi(client), RefundApi(client)


def create(external_id, amount=150000.0, **more):
    return invoices.create_invoice(CreateInvoiceRequest(external_id=external_id, amount=amount, **more))


def give_back(key, **fields):
    return refunds.create_refund(create_refund=CreateRefund(reason="REQUESTED_BY_CUSTOMER", **fields), idempotency_key=key)


invoice = create("order-1", description="Order 1", currency="IDR", success_redirect_url="http://127.0.0.1/")
assert str(invoice.status) == "PENDING" and invoice.amount == 150000
assert invoice.invoice_url.startswith(URL)
act(invoice.id, "pay", method="OVO")
paid = invoices.get_invoice_by_id(invoice.id)
assert str(paid.status) == "PAID" and str(paid.payment_method) == "EWALLET"
act(invoice.id, "settle")
assert str(invoices.get_invoice_by_id(invoice.id).status) == "SETTLED"

# By the shop's own id.
found = invoices.get_invoices(external_id="order-1")
assert [one.id for one in found] == [invoice.id]
assert invoices.get_invoices(external_id="order-2") == []

# Ended by the shop, and by the clock.
other = create("order-2")
assert str(invoices.expire_invoice(other.id).status) == "EXPIRED"
short = create("order-3", invoice_duration=60.0)
advance(61)
assert str(invoices.get_invoice_by_id(short.id).status) == "EXPIRED"

# A wallet's refund is pending first; the same key gives the same refund.
part = give_back("key-1", invoice_id=invoice.id, amount=50000.0, currency="IDR", reference_id="refund-1")
again = give_back("key-1", invoice_id=invoice.id, amount=50000.0, currency="IDR", reference_id="refund-1")
assert again.id == part.id and part.amount == 50000
assert isinstance(refused(give_back, "key-1", invoice_id=invoice.id, amount=1.0), XenditSdkException)
assert refused(give_back, "key-2", invoice_id=invoice.id, amount=1.0).errorCode == "REFUND_IN_PROGRESS"
advance(6)
assert refunds.get_refund(part.id).id == part.id
assert refused(give_back, "key-3", invoice_id=invoice.id, amount=150000.0).errorCode == "REFUND_AMOUNT_EXCEEDED"

# Errors.
assert int(refused(create, "order-4", amount=10.5, currency="IDR").status) == 400
assert int(refused(invoices.get_invoice_by_id, "0" * 24).status) == 404
stranger = xendit.Configuration(host=URL)
stranger.api_key = "wrong"
assert int(refused(InvoiceApi(xendit.ApiClient(stranger)).get_invoices).status) == 401

told = [webhook["event"] for webhook in webhooks()]
assert told.count("invoice.paid") == 1 and told.count("refund.succeeded") == 1, told
assert all(dict(webhook["headers"])["x-callback-token"] for webhook in webhooks())
assert json.loads(webhooks()[0]["body"])["external_id"] == "order-1"
