import sys
import tempfile
import types
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from servers import Bugloss  # noqa: E402

SETTINGS = SimpleNamespace()


class Signal:
    def __init__(self):
        self.receivers = []

    def connect(self, receiver, sender, dispatch_uid):
        self.receivers.append((receiver, sender, dispatch_uid))


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    return made


SAVED, DELETED = Signal(), Signal()
# As much of Django as counts here; transactions end at once.
DJANGO = {
    "django": module("django"),
    "django.apps": module("django.apps", AppConfig=object),
    "django.conf": module("django.conf", settings=SETTINGS),
    "django.db": module("django.db", transaction=SimpleNamespace(on_commit=lambda work: work())),
    "django.db.models": module("django.db.models"),
    "django.db.models.signals": module("django.db.models.signals", post_save=SAVED, post_delete=DELETED),
}
with patch.dict(sys.modules, DJANGO):
    import bugloss_signals  # noqa: E402


class LinkReference:
    """As Kiwi's model; `twins` says whether the same link is there once more."""

    twins = False

    def __init__(self, url, name="", is_defect=True):
        self.execution_id = 12
        self.url = url
        self.name = name
        self.is_defect = is_defect

    class objects:  # pylint: disable=invalid-name
        @staticmethod
        def filter(execution_id, url, is_defect):
            return SimpleNamespace(exists=lambda: LinkReference.twins)


class BuglossSignalsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.token = Path(folder.name, "token")
        self.token.write_text(Bugloss.token + "\n")
        self.bugloss = Bugloss()
        self.addCleanup(self.bugloss.close)
        LinkReference.twins = False
        SETTINGS.__dict__.clear()
        SETTINGS.BUGLOSS_URL = self.bugloss.url + "/bugloss/"
        SETTINGS.BUGLOSS_TOKEN_FILE = str(self.token)

    def test_it_listens_to_what_kiwi_saves_and_deletes(self):
        model = module("tcms.core.contrib.linkreference.models", LinkReference=LinkReference)
        parents = ("tcms", "tcms.core", "tcms.core.contrib", "tcms.core.contrib.linkreference")
        with patch.dict(sys.modules, {**{name: module(name) for name in parents}, model.__name__: model}):
            bugloss_signals.BuglossSignals().ready()
        self.assertEqual([(bugloss_signals.recorded, LinkReference, "bugloss")], SAVED.receivers)
        self.assertEqual([(bugloss_signals.removed, LinkReference, "bugloss")], DELETED.receivers)

    def test_a_defect_is_recorded_and_removed_at_once(self):
        SETTINGS.BUGLOSS_PREFIX = "shop-"
        link = LinkReference("https://bugs.example/1?a=1&b=2", "crash")
        bugloss_signals.recorded(instance=link, created=True)
        there = {"execution_id": "shop-TE-12", "url": link.url, "name": "crash", "is_defect": True}
        self.assertEqual([there], list(self.bugloss.links.values()))
        bugloss_signals.removed(instance=link)
        self.assertEqual({}, self.bugloss.links)

    def test_a_link_that_is_there_twice_stays(self):
        link = LinkReference("https://bugs.example/1")
        bugloss_signals.recorded(instance=link)
        LinkReference.twins = True
        bugloss_signals.removed(instance=link)
        self.assertEqual(1, len(self.bugloss.links))

    def test_what_is_no_defect_is_not_told(self):
        link = LinkReference("https://wiki.example/", is_defect=False)
        bugloss_signals.recorded(instance=link)
        bugloss_signals.removed(instance=link)
        self.assertEqual([], self.bugloss.asked)

    def test_kiwi_goes_on_without_bugloss(self):
        self.bugloss.close()
        with self.assertLogs("bugloss_signals", "WARNING"):
            bugloss_signals.recorded(instance=LinkReference("https://bugs.example/1"))

    def test_a_token_that_no_header_can_have_is_not_logged(self):
        self.token.write_text("secret\nX-Header: secret")
        with self.assertLogs("bugloss_signals", "WARNING") as logs:
            bugloss_signals.recorded(instance=LinkReference("https://bugs.example/1"))
        self.assertEqual(
            ["WARNING:bugloss_signals:Bugloss was not told of a link reference: ValueError"], logs.output
        )


if __name__ == "__main__":
    unittest.main()
