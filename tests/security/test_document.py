"""docs/security.md names a test for each threat: they exist."""

import re

from tests.aws.template import ROOT


def test_every_test_that_the_document_names_is_there():
    text = (ROOT / "docs" / "security.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "|---"))]
    assert len(rows) >= 15
    file = ""
    for row in rows:
        cited = re.findall(r"`([\w/.…]+?)(?:::(test_\w+)(…?))?`", row.rpartition(" | ")[2])
        assert cited, f"no test: {row}"
        for path, name, cut in cited:
            file = file if path == "…" else path
            source = (ROOT / "tests" / file).read_text()
            end = "" if cut else r"\("
            assert not name or re.search(f"def {name}{end}", source), f"{file} has no {name}"
