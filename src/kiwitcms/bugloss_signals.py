"""Tells Bugloss at once which link references a Kiwi TCMS records and removes. Optional, beside import_links.py.

Goes where Kiwi's Python finds it, and into Kiwi's settings:

    from tcms.settings.common import INSTALLED_APPS
    INSTALLED_APPS.append("bugloss_signals.BuglossSignals")
    BUGLOSS_URL = "https://bugloss.example"
    BUGLOSS_TOKEN_FILE = "/run/secrets/bugloss"  # of an editor
    BUGLOSS_PREFIX = ""  # as import_links.py has it

Written for Kiwi TCMS 16.2.
"""

import json
import logging
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.apps import AppConfig
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save

SECONDS = 3  # the tester waits for it: there may be no threads below uWSGI


class BuglossSignals(AppConfig):
    name = "bugloss_signals"

    def ready(self):
        from tcms.core.contrib.linkreference.models import LinkReference  # there are no models before

        post_save.connect(recorded, LinkReference, dispatch_uid="bugloss")
        post_delete.connect(removed, LinkReference, dispatch_uid="bugloss")


def recorded(instance, **_):
    if instance.is_defect:
        body = {**link(instance), "name": instance.name or None, "is_defect": True}
        transaction.on_commit(lambda: quietly(lambda: call("POST", "", body)))


def removed(instance, **_):
    def remove():
        # Kiwi may have the same link twice.
        twins = type(instance).objects.filter(execution_id=instance.execution_id, url=instance.url, is_defect=True)
        if not twins.exists():
            for there in call("GET", "?" + urlencode(link(instance)))["items"]:
                if there["url"] == instance.url:
                    call("DELETE", "/%d" % there["id"])

    if instance.is_defect:
        transaction.on_commit(lambda: quietly(remove))


def link(instance):
    prefix = getattr(settings, "BUGLOSS_PREFIX", "")
    return {"execution_id": "%sTE-%d" % (prefix, instance.execution_id), "url": instance.url}


def quietly(work):
    """Kiwi must go on without Bugloss; import_links.py makes up for what is lost."""
    try:
        work()
    except Exception as problem:  # pylint: disable=broad-except
        # Other exceptions than those of input and output may quote the token.
        reason = problem if isinstance(problem, OSError) else type(problem).__name__
        logging.getLogger(__name__).warning("Bugloss was not told of a link reference: %s", reason)


def call(method, path, body=None):
    request = Request(
        settings.BUGLOSS_URL.rstrip("/") + "/api/link-references" + path,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    token = Path(settings.BUGLOSS_TOKEN_FILE).read_text(encoding="ascii").strip()
    request.add_unredirected_header("Authorization", "Bearer " + token)
    with urlopen(request, timeout=SECONDS) as answer:
        return json.loads(answer.read() or b"null")
