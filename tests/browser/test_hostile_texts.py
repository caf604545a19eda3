"""Whatever an app, its visitors or another process say, on the page it is text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

TRAP = "<img src=x onerror=alert(1)>"

APP = f"""
import threading
from flask import Flask, g, session

TRAP = {TRAP!r}
app = Flask("<b>shop</b>")
app.secret_key = "for the tests only"


@app.get("/", defaults={{"path": ""}})
@app.get("/<path:path>")
def index(path):
    setattr(g, TRAP, TRAP)
    session[TRAP] = TRAP

    def work():
        with app.app_context():
            g.job = TRAP

    thread = threading.Thread(target=work, name=TRAP)
    thread.start()
    thread.join()
    raise ValueError(TRAP)
"""


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "shop.py").write_text(APP, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "flaskscope", "run", "--app", "shop", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    address = next(line.strip() for line in process.stdout if "http://" in line)
    yield address
    process.terminate()
    process.wait(30)
    process.stdout.close()


def test_nothing_of_it_becomes_markup_or_runs(page: Page, dashboard: str) -> None:
    alerts: list[str] = []

    def note(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(dashboard)
    app = dashboard.partition("/_flaskscope")[0]

    # Not by the page itself, whose console would tell of the 500.
    answer = page.context.request.get(f"{app}/{TRAP}?q={TRAP}")

    assert 500 == answer.status
    row = page.get_by_role("row").filter(has_text=re.compile("ValueError"))
    expect(row.first).to_be_visible()
    for each in page.get_by_role("row").filter(has_text="onerror").all()[:5]:
        each.click()
    expect(page.get_by_text(TRAP).first).to_be_attached()
    assert 0 == page.locator("img[src=x]").count()
    assert 0 == page.locator("b", has_text="shop").count()
    assert [] == alerts
