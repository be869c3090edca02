import io
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import import_links  # noqa: E402
from servers import Bugloss, Kiwi  # noqa: E402

SCRIPT = HERE.parent / "import_links.py"


class ImportLinksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.kiwi = Kiwi()
        self.addCleanup(self.kiwi.close)
        self.bugloss = Bugloss()
        self.addCleanup(self.bugloss.close)
        paces = patch.multiple(import_links, PAUSE=0)
        paces.start()
        self.addCleanup(paces.stop)

    def run_import(self, *options, **environment):
        """One run, in this process. Returns exit code and what it printed and complained of."""
        settings = {
            "KIWI_URL": self.kiwi.url + "/",
            "KIWI_USERNAME": "ann",
            "KIWI_PASSWORD": "kiwi-secret",
            "BUGLOSS_URL": self.bugloss.url + "/bugloss",
            "BUGLOSS_TOKEN": self.bugloss.token,
            "BUGLOSS_STATE": str(self.folder / "state.sqlite"),
            **environment,
        }
        out, err = io.StringIO(), io.StringIO()
        opened, connect = [], sqlite3.connect

        def connected(*arguments, **more):
            opened.append(connect(*arguments, **more))
            return opened[-1]

        with patch.dict(os.environ, settings, clear=True), patch.object(sys, "argv", [str(SCRIPT), *options]):
            with patch("sqlite3.connect", connected), redirect_stdout(out), redirect_stderr(err):
                try:
                    code = import_links.main()
                except SystemExit as stopped:
                    code = stopped.code
                finally:
                    for database in opened:
                        database.close()
        for secret in ("kiwi-secret", "bugloss-secret"):
            self.assertNotIn(secret, out.getvalue() + err.getvalue())
        return code, out.getvalue(), err.getvalue()

    def urls(self):
        return sorted(link["url"] for link in self.bugloss.links.values())

    def test_links_are_recorded_as_they_were_before_kiwi_escaped_them(self):
        self.kiwi.add(7, "https://bugs.example/show?id=1&x='y'", 12, 'Crash & "burn"')
        self.kiwi.add(8, "https://bugs.example/2", 13)
        self.kiwi.add(9, "https://wiki.example/", 13, is_defect=False)
        self.assertEqual((0, "2 added, 0 removed, 0 refused\n", ""), self.run_import())
        self.assertEqual(
            {
                501: {
                    "execution_id": "TE-12",
                    "url": "https://bugs.example/show?id=1&x='y'",
                    "is_defect": True,
                    "name": 'Crash & "burn"',
                },
                502: {"execution_id": "TE-13", "url": "https://bugs.example/2", "is_defect": True},
            },
            self.bugloss.links,
        )

    def test_it_signs_in_by_position_and_out_again(self):
        self.run_import()
        self.assertEqual(("Auth.login", ["ann", "kiwi-secret"]), self.kiwi.calls[0])
        self.assertEqual(("Auth.logout", []), self.kiwi.calls[-1])
        self.assertEqual(set(), self.kiwi.sessions)

    def test_only_what_is_new_is_sent_again(self):
        self.kiwi.add(5000, "https://bugs.example/1")
        self.run_import()
        self.kiwi.add(5001, "https://bugs.example/2")
        self.assertEqual((0, "1 added, 0 removed, 0 refused\n", ""), self.run_import())
        self.assertEqual(["https://bugs.example/1", "https://bugs.example/2"], self.urls())
        self.assertEqual([1, 1], [body.count("\n") for body in self.bugloss.bodies])
        first = [call for call in self.kiwi.calls if call[0] == "TestExecution.get_links"]
        self.assertIn({"is_defect": True, "id__gt": 4000, "id__lte": 5000}, [params[0] for _, params in first])

    def test_a_link_that_was_committed_late_is_found(self):
        self.kiwi.add(30, "https://bugs.example/30")
        self.run_import()
        self.kiwi.add(29, "https://bugs.example/29")
        self.run_import()
        self.assertEqual(["https://bugs.example/29", "https://bugs.example/30"], self.urls())

    def test_gaps_between_ids_are_crossed_with_few_calls(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.kiwi.add(2_000_000, "https://bugs.example/2")
        self.kiwi.add(2**31 + 5, "https://bugs.example/3")
        self.assertEqual((0, "3 added, 0 removed, 0 refused\n", ""), self.run_import())
        self.assertLess(len(self.kiwi.calls), 25)

    def test_an_answer_that_is_too_long_is_asked_for_in_parts(self):
        for number in range(1, 101):
            self.kiwi.add(number, "https://bugs.example/%d" % number)
        with patch.multiple(import_links, MOST_BYTES=12_000):
            self.assertEqual((0, "100 added, 0 removed, 0 refused\n", ""), self.run_import())

    def test_many_links_are_sent_in_parts(self):
        for number in range(1, 1001):
            self.kiwi.add(number, "https://bugs.example/%d" % number)
        with patch.multiple(import_links, MOST_LINES=400):
            self.run_import()
        self.assertEqual([400, 400, 200], [body.count("\n") for body in self.bugloss.bodies])

    def test_what_was_removed_in_kiwi_is_removed(self):
        for number in range(1, 21):
            self.kiwi.add(number, "https://bugs.example/%d" % number)
        self.run_import()
        del self.kiwi.links[3], self.kiwi.links[4]
        self.assertEqual((0, "0 added, 0 removed, 0 refused\n", ""), self.run_import())
        self.assertEqual((0, "0 added, 2 removed, 0 refused\n", ""), self.run_import("--compare"))
        self.assertEqual(18, len(self.bugloss.links))
        self.assertNotIn("https://bugs.example/3", self.urls())

    def test_everything_is_compared_once_a_day(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.run_import()
        self.kiwi.links.clear()
        tomorrow = import_links.time.time() + import_links.DAY
        with patch.object(import_links.time, "time", lambda: tomorrow):
            self.assertEqual((0, "0 added, 1 removed, 0 refused\n", ""), self.run_import())
        self.assertEqual({}, self.bugloss.links)

    def test_no_more_than_a_tenth_is_removed_without_force(self):
        for number in range(1, 21):
            self.kiwi.add(number, "https://bugs.example/%d" % number)
        self.run_import()
        for number in (1, 2, 3):
            del self.kiwi.links[number]
        code, out, err = self.run_import("--compare")
        self.assertEqual((1, "0 added, 0 removed, 0 refused\n"), (code, out))
        self.assertIn("3 of 20 links are no longer in Kiwi", err)
        self.assertEqual(20, len(self.bugloss.links))
        self.assertEqual((0, "0 added, 3 removed, 0 refused\n", ""), self.run_import("--compare", "--force"))
        self.assertEqual(17, len(self.bugloss.links))

    def test_what_others_recorded_stays(self):
        self.bugloss.record({"execution_id": "TE-12", "url": "https://bugs.example/1"})
        self.bugloss.record({"execution_id": "TE-99", "url": "https://bugs.example/by-hand"})
        self.kiwi.add(1, "https://bugs.example/1")
        self.run_import()
        self.kiwi.links.clear()
        self.assertEqual((0, "0 added, 0 removed, 0 refused\n", ""), self.run_import("--compare", "--force"))
        self.assertEqual(["https://bugs.example/1", "https://bugs.example/by-hand"], self.urls())

    def test_after_its_file_was_lost_what_is_there_can_be_adopted(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.run_import()
        (self.folder / "state.sqlite").unlink()
        self.run_import("--adopt")
        self.kiwi.links.clear()
        self.run_import("--compare")
        self.assertEqual({}, self.bugloss.links)

    def test_the_same_id_in_another_database_of_bugloss_stays(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.run_import()
        self.kiwi.links.clear()
        self.bugloss.links[501] = {"execution_id": "TE-1", "url": "https://bugs.example/another"}
        self.assertEqual((0, "0 added, 0 removed, 0 refused\n", ""), self.run_import("--compare"))
        self.assertEqual(["https://bugs.example/another"], self.urls())

    def test_a_link_that_kiwi_has_twice_goes_with_the_second(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.kiwi.add(2, "https://bugs.example/1")
        self.run_import()
        del self.kiwi.links[1]
        self.run_import("--compare")
        self.assertEqual(["https://bugs.example/1"], self.urls())
        del self.kiwi.links[2]
        self.run_import("--compare")
        self.assertEqual([], self.urls())

    def test_two_kiwis_are_told_apart_by_prefix(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.run_import("--prefix", "shop-")
        self.run_import("--prefix", "bank-", BUGLOSS_STATE=str(self.folder / "bank.sqlite"))
        self.assertEqual(
            ["shop-TE-12", "bank-TE-12"], [link["execution_id"] for link in self.bugloss.links.values()]
        )
        code, _, err = self.run_import("--prefix", "bank-")
        self.assertEqual(2, code)
        self.assertIn("belongs to another Kiwi, Bugloss or prefix", err)

    def test_a_link_that_bugloss_refuses_is_named_and_stops_no_other(self):
        self.kiwi.add(1, "https://ann@bugs.example/1")
        self.kiwi.add(2, "https://bugs.example/2")
        self.assertEqual(
            (1, "1 added, 0 removed, 1 refused\n", "import_links.py: link 1 of Kiwi: url: no user info\n"),
            self.run_import(),
        )
        self.assertEqual((0, "0 added, 0 removed, 0 refused\n", ""), self.run_import())

    def test_a_session_that_ended_is_begun_again(self):
        kiwi = import_links.Kiwi(self.kiwi.url, "ann", "kiwi-secret")
        self.assertEqual([], kiwi.defects(0, 10))
        self.kiwi.sessions.clear()
        self.assertEqual([], kiwi.defects(0, 10))
        self.assertEqual(2, self.kiwi.sign_ins)

    def test_a_missing_permission_is_named(self):
        self.kiwi.permitted = False
        code, _, err = self.run_import()
        self.assertEqual(3, code)
        self.assertEqual(
            "import_links.py: Kiwi lets ann see no link references: linkreference.view_linkreference is needed\n", err
        )
        self.assertEqual(2, self.kiwi.sign_ins)

    def test_a_wrong_password_is_told_as_kiwi_tells_it(self):
        self.assertEqual(
            (3, "", "import_links.py: Kiwi refused Auth.login: Internal error: Wrong username or password\n"),
            self.run_import(KIWI_PASSWORD="wrong"),
        )

    def test_a_wrong_token_is_told(self):
        self.kiwi.add(1, "https://bugs.example/1")
        self.assertEqual(
            (3, "", "import_links.py: Bugloss refused: a valid token is needed\n"),
            self.run_import(BUGLOSS_TOKEN="wrong"),
        )
        self.assertEqual((0, "1 added, 0 removed, 0 refused\n", ""), self.run_import())

    def test_wrong_urls_are_told(self):
        self.kiwi.add(1, "https://bugs.example/1")
        _, _, err = self.run_import(KIWI_URL=self.kiwi.url + "/kiwi")
        self.assertEqual("import_links.py: Kiwi gave an unexpected answer with status 404: is its URL right?\n", err)
        _, _, err = self.run_import(BUGLOSS_URL=self.bugloss.url, BUGLOSS_STATE=str(self.folder / "b.sqlite"))
        self.assertEqual("import_links.py: Bugloss gave an unexpected answer with status 404: is its URL right?\n", err)

    def test_what_is_given_wrongly_is_told(self):
        for options, environment in (
            (["--prefix", "a b"], {}),
            (["--watch", "0"], {}),
            (["--force"], {}),
            ([], {"KIWI_URL": "https://ann:kiwi-secret@tcms.example"}),
            ([], {"KIWI_PASSWORD": ""}),
            ([], {"BUGLOSS_TOKEN": "bugloss-secret\nX: y"}),
            (["--token-file", "/nowhere"], {"BUGLOSS_TOKEN": ""}),
        ):
            with self.subTest(options=options, environment=environment):
                self.assertEqual(2, self.run_import(*options, **environment)[0])

    def test_watching_it_goes_on_whatever_happens(self):
        class Enough(Exception):
            pass

        rounds = []

        def sleep(seconds):
            if seconds:
                rounds.append(seconds)
                self.kiwi.permitted = len(rounds) != 1
                self.kiwi.add(len(rounds), "https://bugs.example/%d" % len(rounds))
                if len(rounds) == 3:
                    raise Enough

        with patch.object(import_links.time, "sleep", sleep), self.assertRaises(Enough):
            self.run_import("--watch", "60")
        self.assertEqual([60, 60, 60], rounds)
        self.assertEqual(["https://bugs.example/1", "https://bugs.example/2"], self.urls())

    def test_the_script_runs_by_itself_with_secrets_in_files(self):
        self.kiwi.add(1, "https://bugs.example/1")
        (self.folder / "password").write_text("kiwi-secret\n")
        (self.folder / "token").write_text("bugloss-secret\n")
        command = [sys.executable, str(SCRIPT), "--kiwi", self.kiwi.url, "--kiwi-user", "ann"]
        command += ["--kiwi-password-file", str(self.folder / "password"), "--bugloss", self.bugloss.url + "/bugloss"]
        command += ["--token-file", str(self.folder / "token"), "--state", str(self.folder / "state.sqlite")]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((0, "1 added, 0 removed, 0 refused\n", ""), (ran.returncode, ran.stdout, ran.stderr))
        help_ = subprocess.run([*command[:2], "--help"], capture_output=True, text=True, timeout=60, check=False)
        self.assertIsNone(re.search("secret", help_.stdout))


if __name__ == "__main__":
    unittest.main()
