"""What kiwi.md tells to write, taken from its text, so that it stays right."""

import ast
import os
import re
import subprocess
import sys
import types
import unittest
from pathlib import Path
from unittest.mock import patch

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent
PAGE = (SCRIPTS.parent / "site" / "markdown" / "kiwi.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(r"^```%s\n(.*?)^```$" % language, PAGE, re.DOTALL | re.MULTILINE)


def classes(name):
    tree = ast.parse((SCRIPTS / (name + ".py")).read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


class DocumentationTest(unittest.TestCase):
    def test_the_settings_name_classes_that_there_are(self):
        common = types.ModuleType("tcms.settings.common")
        common.CACHES = {"default": {"BACKEND": "of Kiwi's", "TIMEOUT": 3600}}
        common.EXTERNAL_BUG_TRACKERS = ["tcms.issuetracker.types.GitHub"]
        common.INSTALLED_APPS = ["tcms.bugs.apps.AppConfig"]
        settings = {}
        with patch.dict(sys.modules, {
            "tcms": types.ModuleType("tcms"),
            "tcms.settings": types.ModuleType("tcms.settings"),
            "tcms.settings.common": common,
        }):
            for block in blocks("python"):
                exec(block, settings)  # pylint: disable=exec-used
        self.assertEqual({"BACKEND": "of Kiwi's", "TIMEOUT": 60}, common.CACHES["default"])
        for names in (common.EXTERNAL_BUG_TRACKERS, common.INSTALLED_APPS):
            self.assertEqual(2, len(names))
            module, name = names[1].split(".")
            self.assertIn(name, classes(module))
        self.assertEqual("https://bugloss.example", settings["BUGLOSS_URL"])
        used = (SCRIPTS / "bugloss_signals.py").read_text(encoding="utf-8")
        for name in ("BUGLOSS_URL", "BUGLOSS_TOKEN_FILE", "BUGLOSS_PREFIX"):
            self.assertIn(name, used)
            self.assertIn(name, PAGE)

    def test_the_files_that_are_mounted_are_there(self):
        mounted = re.findall(r"^ +- \./(\S+?):\S+:ro$", blocks("yaml")[0], re.MULTILINE)
        self.assertEqual(["bugloss_tracker.py", "local_settings.py"], mounted)
        for name in re.findall(r"\]\(../../kiwitcms/(\S+?)\)", PAGE):
            self.assertTrue((SCRIPTS / name).is_file(), name)

    def test_where_kiwis_python_finds_modules(self):
        program = re.search(r"python3 -c '(.*?)'", PAGE).group(1)
        said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        self.assertTrue(os.path.isabs(said.strip()), said)

    def test_the_options_and_variables_are_those_of_the_script(self):
        script = str(SCRIPTS / "import_links.py")
        told = subprocess.run([sys.executable, script, "--help"], check=True, capture_output=True, text=True).stdout
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE))
        self.assertEqual({"--watch", "--prefix", "--compare", "--force", "--adopt"}, options)
        cron = [block for block in blocks("") if "import_links.py" in block][0]
        for name in options | set(re.findall(r"^([A-Z_]+)=", cron, re.MULTILINE)):
            self.assertIn(name, told)

    def test_the_command_that_runs_these_tests(self):
        self.assertIn("`python3 -m unittest discover -s src/kiwitcms/tests`", PAGE)


if __name__ == "__main__":
    unittest.main()
