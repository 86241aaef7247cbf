"""The mails that server.py took, as pages for people: a list, and each mail as text and as it looks."""

import html
import http.server
import json
import os
import re
import threading

STYLE = """<!doctype html><meta charset="utf-8"><title>Mailbox</title><style>
:root { color-scheme: light dark } body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
td { padding: .2rem 1rem .2rem 0; vertical-align: top } pre { white-space: pre-wrap } iframe { width: 100%; height: 30rem; border: 1px solid #8884; background: #fff }
</style>"""
# A mail's HTML is shown, and may load and run nothing.
SHOWN = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def listed(mails):
    rows = (
        f'<tr><td>{html.escape(", ".join(mail["to"]))}</td><td><a href="/{n}">{html.escape(mail["subject"])}</a></td></tr>'
        for n, mail in reversed(list(enumerate(mails)))
    )
    return f'{STYLE}<h1>Mailbox</h1><p>{len(mails)} mails, newest first. <a href="/mails.json">As JSON</a></p><table>{"".join(rows)}</table>'


def linked(text):
    return re.sub(r"https?://[^\s<]+", lambda match: f'<a href="{match[0]}">{match[0]}</a>', html.escape(text))


def shown(n, mail):
    to = html.escape(", ".join(mail["to"]))
    looks = f'<h2>As it looks</h2><iframe sandbox="allow-popups" src="/{n}.html"></iframe>' if mail["html"] else ""
    return f'{STYLE}<p><a href="/">All mails</a></p><h1>{html.escape(mail["subject"])}</h1><p>To {to}</p><pre>{linked(mail["body"] or "")}</pre>{looks}'


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        mails = read(self.server.folder)
        if self.path == "/":
            return self.answer(listed(mails), "text/html")
        if self.path == "/mails.json":
            return self.answer(json.dumps(mails), "application/json")
        found = re.fullmatch(r"/(\d+)(\.html)?", self.path)
        if not found or int(found[1]) >= len(mails):
            return self.send_error(404)
        mail = mails[int(found[1])]
        self.answer(mail["html"] or "" if found[2] else shown(int(found[1]), mail), "text/html")

    def answer(self, text, kind):
        self.send_response(200)
        self.send_header("content-type", f"{kind}; charset=utf-8")
        if self.path.endswith(".html"):
            self.send_header("content-security-policy", SHOWN)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Says nothing: the page shares its terminal with the services."""


def read(folder):
    path = os.path.join(folder, "mails")
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def serve(folder, port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
    server.folder = folder
    threading.Thread(target=server.serve_forever, daemon=True).start()
