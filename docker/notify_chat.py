#!/usr/bin/env python3
"""Takes changes from Bugloss and writes them into a chat room: Slack, Mattermost, Rocket.Chat, whatever takes {"text": ...}.

NOTIFY_SECRET or NOTIFY_SECRET_FILE: the secret of bugloss.notify.NAME (whsec_...)
CHAT_URL or CHAT_URL_FILE: the room's incoming webhook
LISTEN: host:port, 127.0.0.1:8090 where it is not given; port 0 for any that is free

Python's standard library only. What is not signed, or older than five minutes, is refused; what the room does not take is a 502, so
that Bugloss tries again, in order.
"""
import base64
import binascii
import collections
import hashlib
import hmac
import http.server
import json
import os
import sys
import time
import urllib.error
import urllib.request

MAX_BYTES = 1_000_000
TOLERANCE_SECONDS = 300
REMEMBERED = 1_000
WORDS = {"resolved": "is resolved", "reopened": "is open again", "status": "has another status", "title": "has another title",
         "assignee": "has another assignee", "gone": "is gone", "moved": "has moved"}


def setting(name):
    """The value of a variable, or the first line of the file that NAME_FILE names."""
    value = os.environ.get(name)
    path = os.environ.get(name + "_FILE")
    if not value and path:
        with open(path, encoding="utf-8") as file:
            value = file.readline()
    if not value or not value.strip():
        sys.exit(f"{name} or {name}_FILE must be given")
    return value.strip()


def key_of(secret):
    """The key of a secret as Standard Webhooks writes it."""
    try:
        if not secret.startswith("whsec_"):
            raise ValueError
        return base64.b64decode(secret[len("whsec_"):], validate=True)
    except (ValueError, binascii.Error):
        sys.exit("NOTIFY_SECRET must be whsec_ and a key in base64")


def is_genuine(key, headers, body, now):
    """Whether a message is signed with the key, and new."""
    identity = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not identity or not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{identity}.{stamp}.".encode("utf-8", "replace") + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = headers.get("webhook-signature", "").encode("utf-8", "replace").split(b" ")
    return any([hmac.compare_digest(expected, one) for one in given])


def harmless(text):
    """What strangers wrote, so that it neither links nor calls anybody in the room."""
    text = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
    return " ".join(text.split())[:300]


def text_of(message):
    """The line for the room."""
    data = message.get("data") or {}
    if message.get("type") == "bugloss.test":
        return "A test of Bugloss: changes of bugs will be told here."
    executions = [harmless(one) for one in data.get("executions") or []]
    more = int(data.get("executions_total") or 0) - len(executions)
    status = (data.get("after") or {}).get("status")
    return "".join([
        harmless(data.get("bug_id") or data.get("url")), " ", WORDS.get(data.get("kind"), "has changed"),
        f" ({harmless(status)})" if status else "",
        ": ", harmless(data.get("title") or ""), " ", harmless(data.get("url")),
        f" – retest {', '.join(executions)}" if executions and data.get("kind") == "resolved" else "",
        f" and {more} more" if executions and more > 0 and data.get("kind") == "resolved" else ""])


class Hook(http.server.BaseHTTPRequestHandler):
    """Answers one message."""
    key = b""
    room = ""
    seen = collections.OrderedDict()
    timeout = 30

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BYTES:
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not is_genuine(self.key, self.headers, body, time.time()):
            return self.answer(401)
        identity = self.headers["webhook-id"]
        if identity in self.seen:
            return self.answer(204)
        try:
            text = text_of(json.loads(body))
        except (ValueError, AttributeError, TypeError):
            return self.answer(400)
        if not self.tell(text):
            return self.answer(502)
        self.seen[identity] = True
        while len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)
        return self.answer(204)

    def tell(self, text):
        """Whether the room took it."""
        request = urllib.request.Request(self.room, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status < 300
        except (OSError, ValueError) as failure:
            # Never the URL: it is the room's secret.
            print(f"the room did not take it: {getattr(failure, 'code', type(failure).__name__)}", file=sys.stderr, flush=True)
            return False

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    Hook.key = key_of(setting("NOTIFY_SECRET"))
    Hook.room = setting("CHAT_URL")
    host, _, port = os.environ.get("LISTEN", "127.0.0.1:8090").rpartition(":")
    server = http.server.ThreadingHTTPServer((host, int(port)), Hook)
    print(f"listening on {server.server_address[0]}:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
