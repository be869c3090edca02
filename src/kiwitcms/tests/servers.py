"""Servers that play a Kiwi TCMS, as recorded from 16.2, and a Bugloss."""

import html
import json
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Server:
    """Answers on the loopback address with what `answer` returns: status, headers, body."""

    def __init__(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, headers, text = server.answer(self.command, self.path, self.headers, body)
                data = text.encode()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = answer  # pylint: disable=invalid-name

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.http.server_port
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class Kiwi(Server):
    """Escapes every string, answers errors with status 200, knows callers by their cookie."""

    def __init__(self):
        super().__init__()
        self.links = {}
        self.sessions = set()
        self.calls = []
        self.permitted = True
        self.sign_ins = 0

    def add(self, number, url, execution=12, name=None, is_defect=True):
        self.links[number] = {
            "id": number,
            "name": name,
            "url": url,
            "execution": execution,
            "created_on": "2026-08-21T07:32:11",
            "is_defect": is_defect,
        }

    def answer(self, method, path, headers, body):
        if path != "/json-rpc/":
            return 404, [("Content-Type", "text/html")], "<h1>Not Found</h1>"
        if method != "POST":
            return 405, [("Content-Type", "text/html")], ""
        asked = json.loads(body)
        self.calls.append((asked["method"], asked["params"]))
        more, answer = [], {"id": asked["id"], "jsonrpc": "2.0"}
        try:
            result, more = self.carry_out(asked["method"], asked["params"], SimpleCookie(headers.get("Cookie")))
            answer["result"] = escaped(result)
        except PermissionError:
            message = 'Authentication failed when calling "%s"' % asked["method"]
            answer["error"] = {"code": -32098, "message": message}
        except ValueError as problem:
            answer["error"] = {"code": -32603, "message": "Internal error: %s" % problem}
        return 200, [("Content-Type", "application/json"), *more], json.dumps(answer)

    def carry_out(self, method, params, cookies):
        if method == "Auth.login":
            if params != ["ann", "kiwi-secret"]:
                raise ValueError("Wrong username or password")
            self.sign_ins += 1
            session = "session%d" % self.sign_ins
            self.sessions.add(session)
            return session, [
                ("Set-Cookie", "csrftoken=abc; Path=/; SameSite=Lax"),
                ("Set-Cookie", "sessionid=%s; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax" % session),
            ]
        session = cookies["sessionid"].value if "sessionid" in cookies else None
        if session not in self.sessions or (method == "TestExecution.get_links" and not self.permitted):
            raise PermissionError
        if method == "Auth.logout":
            self.sessions.discard(session)
            return None, []
        (query,) = params
        unknown = set(query) - {"is_defect", "id__gt", "id__lte"}
        if method != "TestExecution.get_links" or unknown:
            raise ValueError("Cannot resolve keyword %s" % unknown)
        # There is no order: the newest comes first here.
        return [
            link
            for link in reversed(list(self.links.values()))
            if link["is_defect"] == query["is_defect"]
            and query["id__gt"] < link["id"] <= query.get("id__lte", link["id"])
        ], []


def escaped(value):
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, list):
        return [escaped(one) for one in value]
    if isinstance(value, dict):
        return {name: escaped(one) for name, one in value.items()}
    return value


class Bugloss(Server):
    """As much of its REST interface as is used here."""

    token = "bugloss-secret"

    def __init__(self):
        super().__init__()
        self.links = {}
        self.details = {}
        self.asked = []
        self.bodies = []
        self.next_id = 500

    def record(self, link):
        for number, there in self.links.items():
            if (there["execution_id"], there["url"]) == (link["execution_id"], link["url"]):
                return 200, number
        self.next_id += 1
        self.links[self.next_id] = link
        return 201, self.next_id

    def answer(self, method, path, headers, body):
        if headers.get("Authorization") != "Bearer " + self.token:
            return problem(401, "Unauthorized", "a valid token is needed")
        address = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.asked.append((method, path))
        if address.path == "/bugloss/api/details":
            return self.details.get(query["url"], problem(404, "Not Found", "there is no such bug"))
        if not address.path.startswith("/bugloss/api/link-references"):
            return 404, [("Content-Type", "text/html")], "<h1>Not Found</h1>"
        if method == "POST" and headers["Content-Type"] == "application/x-ndjson":
            self.bodies.append(body)
            lines = []
            for number, line in enumerate(body.splitlines(), 1):
                link = json.loads(line)
                if "@" in link["url"]:
                    lines.append({"line": number, "status": 400, "title": "Bad Request", "detail": "url: no user info"})
                else:
                    status, there = self.record(link)
                    lines.append({"line": number, "url": link["url"], "status": status, "id": there})
            text = "".join(json.dumps(line) + "\n" for line in lines)
            return 200, [("Content-Type", "application/x-ndjson")], text
        if method == "POST":
            status, there = self.record(json.loads(body))
            return status, [("Content-Type", "application/json")], json.dumps({"id": there})
        if address.path == "/bugloss/api/link-references":
            items = [
                {"id": number, **link}
                for number, link in self.links.items()
                if all(link[name] == value for name, value in query.items())
            ]
            return 200, [("Content-Type", "application/json")], json.dumps({"items": items, "next": None})
        number = int(address.path.rpartition("/")[2])
        if number not in self.links:
            return problem(404, "Not Found", "there is no link reference %d" % number)
        if method == "DELETE":
            del self.links[number]
            return 204, [], ""
        return 200, [("Content-Type", "application/json")], json.dumps({"id": number, **self.links[number]})


def problem(status, title, detail):
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return status, [("Content-Type", "application/problem+json")], json.dumps(body)
