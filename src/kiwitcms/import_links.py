#!/usr/bin/env python3
"""Records the link references of a Kiwi TCMS that are defects in Bugloss, and removes there what was removed in Kiwi.

For cron, or with --watch as a service. Needs Python 3.9 or later, written for Kiwi TCMS 16.2. Secrets come from files
or from the environment: KIWI_PASSWORD, BUGLOSS_TOKEN (an editor's). The user of Kiwi needs the permission
linkreference.view_linkreference and no other.

Each run looks for what was added. Once a day, or with --compare, it also compares everything, and removes from Bugloss
what is no longer in Kiwi: only what the file of --state says that this script recorded, and not more than a tenth of it
at once, unless --force is given.

Exit code: 0 done; 1 some links were refused, or too many would have been removed; 2 called wrongly; 3 Kiwi or Bugloss
could not be asked or told, what was done so far is remembered.
"""

import argparse
import html
import http.client
import json
import os
import re
import sqlite3
import sys
import time
from http.cookiejar import CookieJar
from urllib.error import URLError
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, Request, build_opener

SECONDS = 60
MOST_BYTES = 64 * 1024 * 1024  # of one answer
MOST_LINES = 1000  # of one request to Bugloss
WINDOW = 1000  # ids of Kiwi's that are asked for at once
WIDER = 16  # as many windows at once after an empty one
LAST_ID = 2**31 - 1  # of Kiwi's tables; what is behind it, if anything, comes with the last window
OVERLAP = 1000  # ids before the last one that are asked for again: they may have been committed later
PAUSE = 0.12  # seconds between two calls of Kiwi, whose nginx takes ten a second
DAY = 86400
NOT_ALLOWED = -32098


class Failure(Exception):
    """Kiwi or Bugloss can't be asked or told; the message says why."""


class TooLong(Exception):
    """An answer has more than MOST_BYTES."""


class NotAllowed(Exception):
    """Kiwi wants a session, or a permission."""


class AnyStatus(HTTPErrorProcessor):
    """
    No status is an exception, and no redirect is followed: it would make a GET of a POST, and take passwords to wherever
    it points.
    """

    def http_response(self, request, response):
        return response

    https_response = http_response


class Web:
    """Sends requests, and says of whatever goes wrong whose fault it is."""

    def __init__(self, whose, *handlers):
        self.whose = whose
        self.opener = build_opener(AnyStatus, *handlers)

    def send(self, request):
        """Returns status and body."""
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                if 300 <= answer.status < 400:
                    raise Failure(f"{self.whose} redirects to {answer.headers['Location']}: is its URL right?")
                body = answer.read(MOST_BYTES + 1)
                if len(body) > MOST_BYTES:
                    raise TooLong
                return answer.status, body
        except (OSError, http.client.HTTPException) as problem:
            reason = problem.reason if isinstance(problem, URLError) else problem
            raise Failure(f"{self.whose} does not answer: {reason}") from None


class Kiwi:
    """A Kiwi TCMS by its JSON-RPC."""

    def __init__(self, url, username, password):
        self.endpoint = url + "/json-rpc/"  # without the slash it is a 404
        self.username = username
        self.password = password
        self.signed_in = False
        self.web = Web("Kiwi", HTTPCookieProcessor(CookieJar()))

    def defects(self, after, until):
        """Link references that are defects, by id. `until` is None for no end."""
        query = {"is_defect": True, "id__gt": after, **({"id__lte": until} if until else {})}
        if not self.signed_in:
            self.sign_in()
        try:
            links = self.call("TestExecution.get_links", query)
        except NotAllowed:
            self.sign_in()  # the session may have ended
            try:
                links = self.call("TestExecution.get_links", query)
            except NotAllowed:
                raise Failure(
                    f"Kiwi lets {self.username} see no link references: linkreference.view_linkreference is needed"
                ) from None
        return sorted(links, key=lambda link: link["id"])

    def sign_in(self):
        # By position: Kiwi refuses parameters that are named "password".
        self.call("Auth.login", self.username, self.password)
        self.signed_in = True

    def sign_out(self):
        if self.signed_in:
            self.signed_in = False
            try:
                self.call("Auth.logout")
            except (Failure, NotAllowed, TooLong):
                pass  # the session ends by itself after two weeks

    def call(self, method, *parameters):
        time.sleep(PAUSE)
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        request = Request(self.endpoint, json.dumps(body).encode(), {"Content-Type": "application/json"})
        status, answer = self.web.send(request)
        try:
            answer = json.loads(answer)
            if "error" not in answer:
                return unescaped(answer["result"])
            code, message = answer["error"]["code"], html.unescape(answer["error"]["message"])
        except (ValueError, KeyError, TypeError):
            raise unexpected("Kiwi", status) from None
        if code == NOT_ALLOWED:
            raise NotAllowed
        raise Failure(f"Kiwi refused {method}: {message}")


def unexpected(whose, status):
    hint = ": is its URL right?" if status in (200, 404, 405) else ""
    return Failure(f"{whose} gave an unexpected answer with status {status}{hint}")


def unescaped(value):
    """Kiwi escapes every string of a result for HTML."""
    if isinstance(value, str):
        return html.unescape(value)
    if isinstance(value, list):
        return [unescaped(one) for one in value]
    if isinstance(value, dict):
        return {name: unescaped(one) for name, one in value.items()}
    return value


class Bugloss:
    """Bugloss by its REST interface."""

    def __init__(self, url, token):
        self.links = url + "/api/link-references"
        self.token = token
        self.web = Web("Bugloss")

    def record(self, links):
        """Returns a line for each link: `status`, `id` or `detail`."""
        body = "".join(json.dumps(link) + "\n" for link in links).encode()
        answer = self.call("POST", self.links, body, {"Content-Type": "application/x-ndjson"})
        lines = [json.loads(line) for line in answer.splitlines()]
        if [line["line"] for line in lines] != list(range(1, len(links) + 1)):
            raise Failure(f"Bugloss answered {len(links)} links with {len(lines)} lines")
        return lines

    def find(self, number):
        answer = self.call("GET", f"{self.links}/{number}", missing=b"null")
        return json.loads(answer)

    def delete(self, number):
        self.call("DELETE", f"{self.links}/{number}", missing=b"")

    def call(self, method, url, body=None, headers=None, missing=None):
        request = Request(url, body, headers or {}, method=method)
        request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        status, answer = self.web.send(request)
        if status < 300:
            return answer
        try:
            detail = str(json.loads(answer)["detail"])
        except (ValueError, KeyError, TypeError):
            raise unexpected("Bugloss", status) from None
        if status == 404 and missing is not None:
            return missing
        raise Failure(f"Bugloss refused: {detail}")


class State:
    """What this script knows from earlier runs: a file of SQLite, so that a run that is cut off loses nothing."""

    def __init__(self, file, belongs_to):
        self.db = sqlite3.connect(file, timeout=SECONDS)
        with self.db:
            self.db.execute("CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            # bugloss_id is NULL where Bugloss refused the link, or had it from somebody else.
            self.db.execute(
                "CREATE TABLE IF NOT EXISTS link (kiwi_id INTEGER PRIMARY KEY, execution_id TEXT NOT NULL,"
                " url TEXT NOT NULL, bugloss_id INTEGER)"
            )
        self.same = self.note("belongs_to", belongs_to) == belongs_to

    def note(self, name, default):
        """The value of a note, which is made where there is none yet."""
        with self.db:
            self.db.execute("INSERT OR IGNORE INTO note VALUES (?, ?)", (name, default))
        return self.db.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()[0]

    def set_note(self, name, value):
        with self.db:
            self.db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def last_id(self):
        return self.db.execute("SELECT coalesce(max(kiwi_id), 0) FROM link").fetchone()[0]

    def known(self):
        return {row[0] for row in self.db.execute("SELECT kiwi_id FROM link")}

    def recorded(self):
        """What this script recorded: Kiwi's id to execution, URL and Bugloss's id."""
        rows = self.db.execute(
            "SELECT kiwi_id, execution_id, url, bugloss_id FROM link WHERE bugloss_id IS NOT NULL"
        )
        return {row[0]: row[1:] for row in rows}

    def add(self, rows):
        with self.db:
            self.db.executemany(
                "INSERT INTO link VALUES (?, ?, ?, ?) ON CONFLICT (kiwi_id)"
                " DO UPDATE SET bugloss_id = coalesce(link.bugloss_id, excluded.bugloss_id)",
                rows,
            )

    def pairs(self, kiwi_ids):
        """Execution and URL of these links."""
        rows = self.db.execute("SELECT kiwi_id, execution_id, url FROM link")
        return {(execution_id, url) for kiwi_id, execution_id, url in rows if kiwi_id in kiwi_ids}

    def hand_over(self, kiwi_id):
        """Forgets a link that Kiwi has once more, and notes with the other what Bugloss has for both."""
        with self.db:
            self.db.execute(
                "UPDATE link SET bugloss_id = (SELECT bugloss_id FROM link WHERE kiwi_id = :id) WHERE kiwi_id <> :id"
                " AND (execution_id, url) = (SELECT execution_id, url FROM link WHERE kiwi_id = :id)",
                {"id": kiwi_id},
            )
            self.db.execute("DELETE FROM link WHERE kiwi_id = ?", (kiwi_id,))

    def forget(self, kiwi_ids):
        with self.db:
            self.db.executemany("DELETE FROM link WHERE kiwi_id = ?", [(kiwi_id,) for kiwi_id in kiwi_ids])


class Import:
    """One Kiwi, one Bugloss, and what is known of both."""

    def __init__(self, kiwi, bugloss, state, prefix="", adopt=False):
        self.kiwi = kiwi
        self.bugloss = bugloss
        self.state = state
        self.prefix = prefix
        self.adopt = adopt
        self.added = self.removed = self.refused = 0

    def add(self, after):
        """Records what comes after an id and is not known yet. Returns the ids that Kiwi has there."""
        known, there = self.state.known(), set()
        width = WINDOW
        while True:
            until = after + width if after + width < LAST_ID else None
            try:
                links = self.kiwi.defects(after, until)
            except TooLong:
                if width == 1:
                    raise Failure(f"Kiwi's answer for the link {after + 1} has over {MOST_BYTES} bytes") from None
                width = max(1, width // WIDER)
                continue
            there.update(link["id"] for link in links)
            new = [link for link in links if link["id"] not in known]
            for start in range(0, len(new), MOST_LINES):
                self.record(new[start : start + MOST_LINES])
            if until is None:
                return there
            after = until
            width = WINDOW if links else width * WIDER

    def record(self, links):
        bodies = [
            {
                "execution_id": f"{self.prefix}TE-{link['execution']}",
                "url": link["url"],
                "is_defect": True,
                **({"name": link["name"]} if link.get("name") else {}),
            }
            for link in links
        ]
        rows, busy = [], None
        for link, body, line in zip(links, bodies, self.bugloss.record(bodies)):
            status = line["status"]
            if status >= 500 or status == 429:
                busy = line.get("detail") or line.get("title")
                continue  # the next run tries it again
            if status >= 400:
                self.refused += 1
                complain(f"link {link['id']} of Kiwi: {line.get('detail') or line.get('title')}")
            ours = status == 201 or (status == 200 and self.adopt)
            self.added += status == 201
            rows.append((link["id"], body["execution_id"], body["url"], line["id"] if ours else None))
        self.state.add(rows)
        if busy:
            raise Failure(f"Bugloss could not record some links: {busy}")

    def compare(self, force=False):
        """Records and removes whatever differs. Returns whether nothing was left to be removed."""
        there = self.add(0)
        recorded = self.state.recorded()
        kept = self.state.pairs(there)
        gone = {kiwi_id: link for kiwi_id, link in recorded.items() if kiwi_id not in there}
        # One at least, or nobody with fewer than ten could ever remove one.
        allowed = max(1, len(recorded) // 10)
        if len(gone) > allowed and not force:
            complain(
                f"{len(gone)} of {len(recorded)} links are no longer in Kiwi, more than a tenth: nothing was removed;"
                " if that is right, run it once with --compare --force"
            )
            return False
        for kiwi_id, (execution_id, url, bugloss_id) in gone.items():
            if (execution_id, url) in kept:
                self.state.hand_over(kiwi_id)
                continue
            link = self.bugloss.find(bugloss_id)
            # Another database of Bugloss's would have other links under the same ids.
            if link and (link["execution_id"], link["url"]) == (execution_id, url):
                self.bugloss.delete(bugloss_id)
                self.removed += 1
            self.state.forget([kiwi_id])
        self.state.forget(self.state.known() - there)
        self.state.set_note("compared_at", str(int(time.time())))
        return True

    def run(self, compare=False, force=False):
        """One run. Returns whether all went well."""
        self.added = self.removed = self.refused = 0
        complete = True
        if compare or time.time() - int(self.state.note("compared_at", "0")) >= DAY:
            complete = self.compare(force)
        else:
            self.add(max(0, self.state.last_id() - OVERLAP))
        print(f"{self.added} added, {self.removed} removed, {self.refused} refused", flush=True)
        return complete and not self.refused


def main():
    options = arguments()
    kiwi = Kiwi(options.kiwi, options.kiwi_user, options.kiwi_password)
    bugloss = Bugloss(options.bugloss, options.bugloss_token)
    belongs_to = json.dumps([options.kiwi, options.bugloss, options.prefix])
    try:
        state = State(options.state, belongs_to)
    except sqlite3.Error as problem:
        complain(f"--state {options.state}: {problem}")
        return 2
    if not state.same:
        complain(f"--state {options.state} belongs to another Kiwi, Bugloss or prefix: {state.note('belongs_to', '')}")
        return 2
    work = Import(kiwi, bugloss, state, options.prefix, options.adopt)
    if not options.watch:
        try:
            return 0 if run(work, options.compare, options.force) else 1
        except Failure as problem:
            complain(problem)
            return 3
        finally:
            kiwi.sign_out()
    compare = options.compare
    while True:
        try:
            run(work, compare, options.force and compare)
            compare = False
        except Failure as problem:
            complain(problem)
        time.sleep(options.watch)


def run(work, compare, force):
    try:
        return work.run(compare, force)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Failure(f"Kiwi or Bugloss gave an unexpected answer ({type(problem).__name__})") from None
    except TooLong:
        raise Failure(f"an answer has over {MOST_BYTES} bytes") from None
    except sqlite3.Error as problem:
        raise Failure(f"the file of --state: {problem}") from None


def complain(message):
    print(f"import_links.py: {message}", file=sys.stderr, flush=True)


def arguments():
    environment = os.environ.get
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kiwi", metavar="URL", default=environment("KIWI_URL", ""),
                        help="where Kiwi is: https://tcms.example; KIWI_URL")
    parser.add_argument("--kiwi-user", metavar="NAME", default=environment("KIWI_USERNAME"), help="KIWI_USERNAME")
    parser.add_argument("--kiwi-password-file", metavar="FILE", default=environment("KIWI_PASSWORD_FILE"),
                        help="KIWI_PASSWORD_FILE")
    parser.add_argument("--bugloss", metavar="URL", default=environment("BUGLOSS_URL", ""),
                        help="where Bugloss is, with its context path; BUGLOSS_URL")
    parser.add_argument("--token-file", metavar="FILE", default=environment("BUGLOSS_TOKEN_FILE"),
                        help="a file with an editor's token; BUGLOSS_TOKEN_FILE")
    parser.add_argument("--state", metavar="FILE", default=environment("BUGLOSS_STATE", "bugloss-links.sqlite"),
                        help="where it remembers what it did; BUGLOSS_STATE, bugloss-links.sqlite")
    parser.add_argument("--prefix", default="",
                        help="what comes before TE-12, to tell two Kiwis apart: each has its own prefix and state")
    parser.add_argument("--watch", metavar="SECONDS", type=int, help="go on, and look so often")
    parser.add_argument("--compare", action="store_true", help="compare everything now, not only once a day")
    parser.add_argument("--force", action="store_true", help="remove more than a tenth at once; only with --compare")
    parser.add_argument("--adopt", action="store_true",
                        help="what Bugloss has already counts as recorded by this script: after its file was lost")
    options = parser.parse_args()
    for name in ("kiwi", "bugloss"):
        # The value is not shown: it may have a password in it.
        if not re.fullmatch(r"https?://[^/@?#\s]+(/[^?#\s]*)?", getattr(options, name)):
            parser.error(f"--{name} must be an http or https URL, without a user name and a query")
        setattr(options, name, getattr(options, name).rstrip("/"))
    if not re.fullmatch("[A-Za-z0-9._-]{0,40}", options.prefix):
        parser.error(f"--prefix {options.prefix}: at most 40 letters, digits, dots, hyphens and underscores")
    if options.watch is not None and options.watch < 1:
        parser.error(f"--watch {options.watch}: seconds from 1 up")
    if options.force and not options.compare:
        parser.error("--force is only allowed with --compare")
    if not options.kiwi_user:
        parser.error("--kiwi-user must be given")
    options.kiwi_password = secret(parser, "KIWI_PASSWORD", options.kiwi_password_file)
    options.bugloss_token = secret(parser, "BUGLOSS_TOKEN", options.token_file)
    if not re.fullmatch("[A-Za-z0-9._~+/=-]+", options.bugloss_token):
        parser.error("BUGLOSS_TOKEN: a token has letters, digits and ._~+/=- only")
    return options


def secret(parser, variable, file):
    value = os.environ.get(variable, "")
    if not value and file:
        try:
            with open(file, encoding="utf-8") as lines:
                value = lines.read(10_000).rstrip("\r\n")
        except (OSError, ValueError) as problem:
            parser.error(f"{file}: {getattr(problem, 'strerror', None) or 'it is no text'}")
    if not value:
        parser.error(f"{variable} or {variable}_FILE must be given")
    return value


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
