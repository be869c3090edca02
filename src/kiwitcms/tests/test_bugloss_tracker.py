import json
import sys
import types
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from servers import Bugloss as BuglossServer  # noqa: E402


class IssueTrackerType:
    """As much of Kiwi's own base class as counts here."""

    def __init__(self, bug_system, request):
        self.bug_system = bug_system
        self.request = request

    @property
    def rpc_credentials(self):
        return self.bug_system.api_username, self.bug_system.api_password


BASE = types.ModuleType("tcms.issuetracker.base")
BASE.IssueTrackerType = IssueTrackerType
MODULES = {name: types.ModuleType(name) for name in ("tcms", "tcms.issuetracker")}
with patch.dict(sys.modules, {**MODULES, "tcms.issuetracker.base": BASE}):
    import bugloss_tracker  # noqa: E402

BUG = "https://bugs.example/show?id=1&x=y"
DETAILS = {
    "url": BUG,
    "id": "117",
    "title": "Crash & <burn>",
    "description": "<p>Save <b>twice</b></p>",
    "excerpt": "Save twice",
    "status": "open",
    "from_open_graph": False,
    "restricted": False,
}


class BuglossTrackerTest(unittest.TestCase):
    def setUp(self):
        self.bugloss = BuglossServer()
        self.addCleanup(self.bugloss.close)

    def details(self, api_url=None, token=BuglossServer.token):
        system = SimpleNamespace(
            api_url=api_url or self.bugloss.url + "/bugloss/", api_username="", api_password=token
        )
        return bugloss_tracker.Bugloss(system, None).details(BUG)

    def knows(self, **different):
        body = json.dumps({**DETAILS, **different})
        self.bugloss.details[BUG] = 200, [("Content-Type", "application/json")], body

    def nothing(self, title, description):
        return {
            "id": "?",
            "title": title,
            "description": description,
            "status": "",
            "url": BUG,
            "from_open_graph": True,
        }

    def test_details_are_those_of_bugloss_with_a_description_in_plain_text(self):
        self.knows()
        self.assertEqual(
            {
                "id": "117",
                "title": "Crash & <burn>",
                "description": "Save twice",
                "status": "open",
                "url": BUG,
                "from_open_graph": False,
            },
            self.details(),
        )

    def test_no_member_is_missing_or_none(self):
        self.knows(id=None, status=None, from_open_graph=True)
        details = self.details()
        self.assertEqual(("", "", True), (details["id"], details["status"], details["from_open_graph"]))

    def test_a_bug_that_the_token_may_not_see_says_so(self):
        self.knows(title=None, excerpt=None, status=None, from_open_graph=None, restricted=True)
        self.assertEqual(
            {
                "id": "117",
                "title": "you may not see this bug",
                "description": "",
                "status": "",
                "url": BUG,
                "from_open_graph": False,
            },
            self.details(),
        )

    def test_where_there_is_no_such_bug_the_title_says_so(self):
        self.assertEqual(self.nothing("Not Found", "there is no such bug"), self.details())

    def test_a_wrong_token_is_told_but_not_shown(self):
        self.assertEqual(self.nothing("Unauthorized", "a valid token is needed"), self.details(token="wrong"))
        self.assertEqual(
            self.nothing("Bugloss gave an unexpected answer", "Is the API URL where Bugloss is?"),
            self.details(token="wrong\nX-Header: y"),
        )

    def test_a_bugloss_that_is_away_is_told(self):
        self.bugloss.close()
        details = self.details()
        self.assertEqual(("?", "Bugloss does not answer"), (details["id"], details["title"]))

    def test_what_is_not_bugloss_is_told(self):
        self.assertEqual(self.nothing("Bugloss answered 404", ""), self.details(self.bugloss.url))
        self.bugloss.details[BUG] = 200, [("Content-Type", "text/html")], "<p>Please sign in</p>"
        self.assertEqual("Bugloss gave an unexpected answer", self.details()["title"])
        self.bugloss.details[BUG] = 302, [("Location", self.bugloss.url + "/elsewhere")], ""
        self.assertEqual(self.nothing("Bugloss answered 302", ""), self.details())
        self.assertNotIn(("GET", "/elsewhere"), self.bugloss.asked)

    def test_kiwi_offers_no_comments_and_no_reports(self):
        self.assertTrue(bugloss_tracker.Bugloss(None, None).is_adding_testcase_to_issue_disabled())


if __name__ == "__main__":
    unittest.main()
