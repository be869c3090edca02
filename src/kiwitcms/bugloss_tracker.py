"""Lets the pages of a Kiwi TCMS show what Bugloss knows of a bug.

Goes where Kiwi's Python finds it, and into Kiwi's settings:

    from tcms.settings.common import EXTERNAL_BUG_TRACKERS
    EXTERNAL_BUG_TRACKERS.append("bugloss_tracker.Bugloss")

Written for Kiwi TCMS 16.2.
"""

import json
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tcms.issuetracker.base import IssueTrackerType

SECONDS = 10  # the page waits; Bugloss itself answers within bugloss.details.deadline, 5 seconds
MOST_BYTES = 4 * 1024 * 1024


class NoRedirects(HTTPRedirectHandler):
    """A redirect would take the token to wherever it points."""

    def redirect_request(self, *_):
        return None


OPENER = build_opener(NoRedirects)


class Bugloss(IssueTrackerType):
    """
    A bug tracker's entry in Kiwi has as base URL where the bugs are, as API URL where Bugloss is, with its context path,
    and as API password the token of a reader.
    """

    def is_adding_testcase_to_issue_disabled(self):
        """Bugloss reads only: there are no comments and no reports with one click."""
        return True

    def details(self, url):
        """What is known of the bug. Where there is nothing, its title says why: the page has no other place for it."""
        try:
            details = self._ask(url)
            return {
                # Kiwi's page shows a member that is missing as "undefined".
                "id": details["id"] or "",
                "title": details["title"] or ("you may not see this bug" if details.get("restricted") else ""),
                # Text, since Kiwi escapes what it sends to the page.
                "description": details["excerpt"] or "",
                "status": details["status"] or "",
                "url": url,
                "from_open_graph": bool(details["from_open_graph"]),
            }
        except HTTPError as problem:
            return self._nothing(url, *self._told(problem))
        except (OSError, HTTPException) as problem:
            return self._nothing(url, "Bugloss does not answer", str(getattr(problem, "reason", problem)))
        except (ValueError, KeyError, TypeError):
            return self._nothing(url, "Bugloss gave an unexpected answer", "Is the API URL where Bugloss is?")

    def _ask(self, url):
        _, token = self.rpc_credentials
        address = self.bug_system.api_url.rstrip("/") + "/api/details?" + urlencode({"url": url})
        request = Request(address, headers={"Accept": "application/json"})
        if token:
            request.add_unredirected_header("Authorization", "Bearer " + token)
        with OPENER.open(request, timeout=SECONDS) as answer:
            return json.loads(answer.read(MOST_BYTES))

    @staticmethod
    def _told(problem):
        try:
            told = json.loads(problem.read(MOST_BYTES))
            return str(told["title"]), str(told["detail"])
        except (ValueError, KeyError, TypeError, OSError, HTTPException):
            return "Bugloss answered %d" % problem.code, ""

    @staticmethod
    def _nothing(url, title, description):
        # from_open_graph makes the health check of Kiwi's admin pages warn.
        return {
            "id": "?",
            "title": title,
            "description": description,
            "status": "",
            "url": url,
            "from_open_graph": True,
        }
