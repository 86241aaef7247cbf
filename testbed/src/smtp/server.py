"""A real SMTP server (aiosmtpd) for tests: keeps what it took as JSON lines, refuses as it is told.

usage: server.py <folder> [<port>]
Prints its port. With a port of its own for people, it shows what it took there. Before taking a message it reads <folder>/refuse: lines of answers such as "451 Try later"; it gives the
first and removes it. Messages go to <folder>/mails.
"""

import asyncio
import email
import email.policy
import json
import os
import sys

from aiosmtpd.smtp import SMTP

import page

folder = sys.argv[1]


def text(message, kind):
    """The part of this kind; a message of both offers them as alternatives."""
    if message.is_multipart() and message.get_content_type() != "multipart/alternative":
        raise ValueError(message.get_content_type())
    part = message.get_body(preferencelist=(kind,))
    return part.get_content().replace("\r\n", "\n") if part else None


class Handler:
    async def handle_DATA(self, server, session, envelope):
        refuse = os.path.join(folder, "refuse")
        if os.path.exists(refuse):
            with open(refuse) as file:
                answers = file.read().splitlines()
            if answers:
                with open(refuse, "w") as file:
                    file.write("\n".join(answers[1:]))
                return answers[0]
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "id": message["Message-ID"],
            "subject": message["Subject"],
            "body": text(message, "plain"),
            "html": text(message, "html"),
            "unsubscribe": message["List-Unsubscribe"],
            "unsubscribe_post": message["List-Unsubscribe-Post"],
        }
        with open(os.path.join(folder, "mails"), "a") as file:
            file.write(json.dumps(mail) + "\n")
        return "250 OK"


async def main():
    if len(sys.argv) > 2:
        page.serve(folder, int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler()), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
