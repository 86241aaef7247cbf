"""The mails that server.py took, as pages for people: a list, and each mail as text and as it looks. Text messages, too:
what a Twilio-compatible client posts here (Programmable Messaging, 2010-04-01) is shown and goes nowhere."""

import html
import http.server
import json
import os
import re
import threading
import urllib.parse
import uuid

STYLE = """<!doctype html><meta charset="utf-8"><title>Mailbox</title><style>
:root { color-scheme: light dark } body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
td { padding: .2rem 1rem .2rem 0; vertical-align: top } pre { white-space: pre-wrap } iframe { width: 100%; height: 30rem; border: 1px solid #8884; background: #fff }
</style>"""
# A mail's HTML is shown, and may load and run nothing.
SHOWN = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# Where the API takes a message; longer ones than it cuts into ten parts are refused (error 21617).
MESSAGES = r"/2010-04-01/Accounts/[^/]+/Messages\.json"
BODY_MAX = 1600


def table(rows):
    return f'<table>{"".join(rows)}</table>'


def texted(texts):
    rows = (f'<tr><td>{html.escape(text["to"])}</td><td>{linked(text["body"])}</td></tr>' for text in reversed(texts))
    return f'{STYLE}<p><a href="/">All mails</a></p><h1>Text messages</h1><p>{len(texts)} messages, newest first. <a href="/texts.json">As JSON</a></p>{table(rows)}'


def listed(mails):
    rows = (
        f'<tr><td>{html.escape(", ".join(mail["to"]))}</td><td><a href="/{n}">{html.escape(mail["subject"])}</a></td></tr>'
        for n, mail in reversed(list(enumerate(mails)))
    )
    return f'{STYLE}<h1>Mailbox</h1><p>{len(mails)} mails, newest first. <a href="/mails.json">As JSON</a> · <a href="/texts">Text messages</a></p>{table(rows)}'


def linked(text):
    return re.sub(r"https?://[^\s<]+", lambda match: f'<a href="{match[0]}">{match[0]}</a>', html.escape(text))


def shown(n, mail):
    to = html.escape(", ".join(mail["to"]))
    looks = f'<h2>As it looks</h2><iframe sandbox="allow-popups" src="/{n}.html"></iframe>' if mail["html"] else ""
    return f'{STYLE}<p><a href="/">All mails</a></p><h1>{html.escape(mail["subject"])}</h1><p>To {to}</p><pre>{linked(mail["body"] or "")}</pre>{looks}'


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mails = read(self.server.folder, "mails")
        if self.path == "/":
            return self.answer(listed(mails), "text/html")
        if self.path == "/mails.json":
            return self.answer(json.dumps(mails), "application/json")
        if self.path == "/texts":
            return self.answer(texted(read(self.server.folder, "texts")), "text/html")
        if self.path == "/texts.json":
            return self.answer(json.dumps(read(self.server.folder, "texts")), "application/json")
        found = re.fullmatch(r"/(\d+)(\.html)?", self.path)
        if not found or int(found[1]) >= len(mails):
            return self.send_error(404)
        mail = mails[int(found[1])]
        self.answer(mail["html"] or "" if found[2] else shown(int(found[1]), mail), "text/html")

    def do_POST(self):
        if not re.fullmatch(MESSAGES, self.path):
            return self.send_error(404)
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        missing = next((name for name in ("To", "From", "Body") if name not in form), None)
        if missing or len(form["Body"][0]) > BODY_MAX:
            message = f"{missing} is missing" if missing else f"Body is longer than {BODY_MAX} characters"
            refusal = {"code": 21604 if missing else 21617, "message": message, "status": 400}
            return self.answer(json.dumps(refusal), "application/json", 400)
        text = {"sid": f"SM{uuid.uuid4().hex}", **{name.lower(): form[name][0] for name in ("To", "From", "Body")}}
        with open(os.path.join(self.server.folder, "texts"), "a") as file:
            file.write(json.dumps(text) + "\n")
        self.answer(json.dumps({**text, "status": "queued"}), "application/json", 201)

    def answer(self, text, kind, status=200):
        self.send_response(status)
        self.send_header("content-type", f"{kind}; charset=utf-8")
        if self.path.endswith(".html"):
            self.send_header("content-security-policy", SHOWN)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Says nothing: the page shares its terminal with the services."""


def read(folder, kind):
    path = os.path.join(folder, kind)
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def serve(folder, port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
    server.folder = folder
    threading.Thread(target=server.serve_forever, daemon=True).start()
