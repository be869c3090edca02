#!/usr/bin/env python3
"""Tells Bugloss what another system knows of the bugs that link references refer to. For cron; Python 3.9 or later.

The other system answers {"title": ...} and perhaps "description" (HTML), "status", "resolved", "image", "fields"; 404
or 204 where it knows nothing of the bug. Tokens come from files or from the environment: BUGLOSS_TOKEN, SOURCE_TOKEN.

Exit code: 0 done; 1 some bugs or overrides failed, the others were done; 2 called wrongly; 3 Bugloss could not be asked
or told.
"""

import argparse
import http.client
import json
import os
import re
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

MEMBERS = ("title", "description", "status", "resolved", "image", "fields")
NDJSON = "application/x-ndjson"
MOST_BYTES = 1024 * 1024  # of one answer of the other system


class Stop(Exception):
    """Nothing can be done; the message says why."""


class NoRedirects(HTTPRedirectHandler):
    """A redirect would take the token to wherever it points."""

    def redirect_request(self, *_):
        return None


OPENER = build_opener(NoRedirects)


def main():
    options = arguments()
    failures = []
    bugs = defects(options.bugloss, options.bugloss_token)
    overrides = []
    for bug in bugs:
        try:
            known = ask(options.source.replace("{url}", quote(bug, safe="")), options.source_token)
        except Stop as problem:
            failures.append(f"{bug}: {problem}")
            continue
        if known is not None:
            overrides.append({**known, "url": bug, "supplied_by": options.supplied_by, "ttl": options.ttl})
    if overrides:
        failures += send(options.bugloss, options.bugloss_token, overrides)
    for failure in failures:
        complain(failure)
    print(f"{len(bugs)} bugs, {len(overrides)} overrides sent, {len(failures)} failed")
    return 1 if failures else 0


def defects(bugloss, token):
    """The URLs of all link references to defects, page by page."""
    urls, after = set(), None
    while True:
        query = {"is_defect": "true", "limit": 1000, **({"after": after} if after else {})}
        with bugloss_answer(Request(f"{bugloss}/api/link-references?{urlencode(query)}"), token) as answer:
            page = json.load(answer)
        urls.update(link["url"] for link in page["items"])
        after = page["next"]
        if not after:
            return sorted(urls)


def ask(address, token):
    """What the other system knows of a bug, None where it knows nothing."""
    try:
        with call(Request(address, headers={"Accept": "application/json"}), token, timeout=30) as answer:
            body = answer.read(MOST_BYTES + 1)
            if answer.status == 204:
                return None
    except HTTPError as problem:
        if problem.code == 404:
            return None
        raise Stop(f"the source answered {problem.code}") from None
    except (OSError, http.client.HTTPException) as problem:
        raise Stop(f"the source does not answer: {reason(problem)}") from None
    try:
        known = json.loads(body) if len(body) <= MOST_BYTES else None
    except ValueError:
        known = None
    if not isinstance(known, dict) or not isinstance(known.get("title"), str):
        raise Stop("the source's answer is no JSON object with a title")
    return {member: known[member] for member in MEMBERS if member in known}


def send(bugloss, token, overrides):
    """Sends all with one request. Returns what was refused, and why."""
    body = "".join(json.dumps(override) + "\n" for override in overrides).encode()
    request = Request(f"{bugloss}/api/details/overrides", body, {"Content-Type": NDJSON})
    with bugloss_answer(request, token, timeout=600) as answer:
        lines = [json.loads(line) for line in answer]
    return [
        f"{line.get('url') or 'line %d' % line['line']}: {line.get('detail') or line.get('title')}"
        for line in lines
        if line["status"] != 200
    ]


def bugloss_answer(request, token, timeout=60):
    try:
        return call(request, token, timeout)
    except HTTPError as problem:
        try:
            detail = json.loads(problem.read(MOST_BYTES))["detail"]
        except (ValueError, KeyError, TypeError, OSError):
            detail = f"it answered {problem.code}"
        raise Stop(f"Bugloss refused: {detail}") from None
    except (OSError, http.client.HTTPException) as problem:
        raise Stop(f"Bugloss does not answer: {reason(problem)}") from None


def call(request, token, timeout):
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return OPENER.open(request, timeout=timeout)


def reason(problem):
    return problem.reason if isinstance(problem, URLError) else problem


def complain(message):
    print(f"overrides.py: {message}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bugloss", metavar="URL", default=os.environ.get("BUGLOSS_URL", ""),
                        help="where Bugloss is, with its context path; BUGLOSS_URL")
    parser.add_argument("--token-file", default=os.environ.get("BUGLOSS_TOKEN_FILE"),
                        help="a file with an editor's token; BUGLOSS_TOKEN_FILE")
    parser.add_argument("--source", metavar="TEMPLATE", default=os.environ.get("SOURCE_URL", ""),
                        help="where the other system tells of a bug: https://notes.example/bugs?url={url}; SOURCE_URL")
    parser.add_argument("--source-token-file", default=os.environ.get("SOURCE_TOKEN_FILE"),
                        help="a file with a bearer token for it, where it needs one; SOURCE_TOKEN_FILE")
    parser.add_argument("--supplied-by", default=os.environ.get("SUPPLIED_BY"),
                        help="who supplies it, shown in the tooltip; the other system's host where it is not given")
    parser.add_argument("--ttl", metavar="SECONDS", default=os.environ.get("OVERRIDE_TTL", "7200"),
                        help="until an override ends: longer than between two runs; 7200 where it is not given")
    options = parser.parse_args()
    for name, url in (("--bugloss", options.bugloss), ("--source", options.source)):
        # The values are not shown: an address may have a key in it.
        if not re.fullmatch(r"https?://[^/@?#\s]+([/?#]\S*)?", url):
            parser.error(f"{name} must be an http or https URL, without a user name and blanks")
    if "{url}" not in options.source:
        parser.error("--source must have {url} where the bug's URL goes")
    if not re.fullmatch("[1-9][0-9]{0,8}", options.ttl):
        parser.error(f"--ttl {options.ttl}: whole seconds from 1 up")
    options.ttl = int(options.ttl)
    options.bugloss = options.bugloss.rstrip("/")
    options.supplied_by = options.supplied_by or urlsplit(options.source).netloc
    options.bugloss_token = token(parser, "BUGLOSS_TOKEN", options.token_file)
    options.source_token = token(parser, "SOURCE_TOKEN", options.source_token_file)
    return options


def token(parser, variable, file):
    value = os.environ.get(variable, "")
    if not value and file:
        try:
            with open(file, encoding="ascii") as lines:
                value = lines.read(10_000).strip()
        except (OSError, ValueError) as problem:
            parser.error(f"{file}: {getattr(problem, 'strerror', None) or 'no token'}")
    if not re.fullmatch("[A-Za-z0-9._~+/=-]*", value):
        parser.error(f"{variable}: a token has letters, digits and ._~+/=- only")
    return value


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stop as problem:
        complain(problem)
    except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException) as problem:
        complain(f"Bugloss gave an answer that could not be read to its end: {type(problem).__name__}")
    sys.exit(3)
