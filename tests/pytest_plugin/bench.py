"""What the plugin costs a suite: `python tests/pytest_plugin/bench.py [rounds]` prints how much longer it takes.

The suite has 500 tests of a blog in the manner of Flask's tutorial: an app and a SQLite file for each test, logging
in, writing, editing, reading. Runs without the plugin, with it off, and with ``--flaskscope`` take turns, so that
whatever else the machine does meets all of them. On a machine that is shared, CPU time is what counts.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BLOG = '''
import sqlite3
from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template_string, request, session
from werkzeug.security import check_password_hash, generate_password_hash

SCHEMA = """
CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT UNIQUE, password TEXT);
CREATE TABLE post (id INTEGER PRIMARY KEY, author INTEGER, title TEXT, body TEXT,
                   created TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
"""
PAGE = "{% for post in posts %}<article><h1>{{ post.title }}</h1>{{ post.body }}</article>{% endfor %}{{ g.user.name }}"
HASH = "pbkdf2:sha256:50000"
blog = Blueprint("blog", __name__)

def database():
    if "database" not in g:
        g.database = sqlite3.connect(current_app.config["DATABASE"])
        g.database.row_factory = sqlite3.Row
    return g.database

def close(error=None):
    opened = g.pop("database", None)
    if opened is not None:
        opened.close()

@blog.before_app_request
def who():
    number = session.get("user")
    g.user = number and database().execute("SELECT * FROM user WHERE id = ?", (number,)).fetchone()

@blog.post("/login")
def login():
    user = database().execute("SELECT * FROM user WHERE name = ?", (request.form["name"],)).fetchone()
    if user is None or not check_password_hash(user["password"], request.form["password"]):
        flash("wrong")
        return "wrong", 403
    session.clear()
    session["user"] = user["id"]
    return redirect("/")

@blog.get("/")
def index():
    posts = database().execute("SELECT * FROM post ORDER BY created DESC").fetchall()
    return render_template_string(PAGE, posts=posts)

@blog.post("/create")
def create():
    if g.user is None:
        abort(401)
    database().execute("INSERT INTO post (author, title, body) VALUES (?, ?, ?)",
                       (g.user["id"], request.form["title"], request.form["body"]))
    database().commit()
    return redirect("/")

@blog.post("/<int:number>/update")
def update(number):
    if g.user is None:
        abort(401)
    database().execute("UPDATE post SET title = ? WHERE id = ?", (request.form["title"], number))
    database().commit()
    return redirect("/")

def create_app(path):
    app = Flask(__name__)
    app.config.update(TESTING=True, SECRET_KEY="only for tests", DATABASE=path)
    app.register_blueprint(blog)
    app.teardown_appcontext(close)
    return app
'''

TESTS = """
import os, tempfile
import pytest
from flask import g, session
from blog import HASH, SCHEMA, create_app, database, generate_password_hash

PASSWORD = generate_password_hash("secret", HASH)

@pytest.fixture
def app():
    handle, path = tempfile.mkstemp()
    app = create_app(path)
    with app.app_context():
        database().executescript(SCHEMA)
        database().execute("INSERT INTO user (name, password) VALUES ('anna', ?)", (PASSWORD,))
        database().execute("INSERT INTO post (author, title, body) VALUES (1, 'first', 'text')")
        database().commit()
    yield app
    os.close(handle)
    os.unlink(path)

@pytest.fixture
def client(app): return app.test_client()

@pytest.fixture
def login(client):
    def log_in(password="secret"): return client.post("/login", data={"name": "anna", "password": password})
    return log_in

@pytest.mark.parametrize("number", range(100))
class TestBlog:
    def test_index(self, client, number): assert b"first" in client.get("/").data
    def test_login(self, client, login, number):
        assert login().status_code == 302
        with client:
            client.get("/")
            assert session["user"] == 1 and g.user["name"] == "anna"
    def test_wrong_password(self, login, number): assert login("guess").status_code == 403
    def test_create(self, app, client, login, number):
        login()
        client.post("/create", data={"title": "second", "body": "more"})
        with app.app_context():
            assert database().execute("SELECT COUNT(*) FROM post").fetchone()[0] == 2
    def test_update(self, client, login, number):
        assert client.post("/1/update", data={"title": "no"}).status_code == 401
        login()
        client.post("/1/update", data={"title": "edited"})
        assert b"edited" in client.get("/").data
"""

#: How a run is started, by its name.
WAYS = {
    "without the plugin": ["-p", "no:flaskscope"],
    "installed, off": [],
    "--flaskscope": ["--flaskscope"],
}


def cpu_and_wall_seconds(folder: Path, args: Sequence[str]) -> tuple[float, float]:
    """Return how long a run of the suite with *args* took the processor, and the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:flask",
        "-p",
        "no:asyncio",
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run([*command, *args], cwd=folder, env=environment, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if "500 passed" not in done.stdout or "warning" in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main(rounds: int) -> None:
    """Run the suite in each way, *rounds* times, and print the ratios."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "blog.py").write_text(BLOG, encoding="utf-8")
        (folder / "test_blog.py").write_text(TESTS, encoding="utf-8")
        cpu_and_wall_seconds(folder, [])  # writes the bytecode, so that all find the same
        for number in range(rounds):
            ways = list(WAYS.items())
            for way, args in ways if number % 2 else reversed(ways):
                taken[way].append(cpu_and_wall_seconds(folder, args))
    (bare, *_) = WAYS
    for way in WAYS:
        cpu = [mine[0] / base[0] for mine, base in zip(taken[way], taken[bare], strict=True)]
        wall = [mine[1] / base[1] for mine, base in zip(taken[way], taken[bare], strict=True)]
        seconds = statistics.median(each[0] for each in taken[way])
        print(
            f"{way:20} {seconds:6.2f} s CPU  × {statistics.median(cpu):.3f} "
            f"[{min(cpu):.3f} … {max(cpu):.3f}]   clock × {statistics.median(wall):.3f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
