"""A whole application with Flask-SQLAlchemy, whose sessions are kept by the app context."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click
import flask
from flask import Flask, g

from tests.transparency.driving import send
from tests.transparency.scenario import Watch, raised, scenario


def _app() -> tuple[Flask, Any, Any]:
    """A shelf of books, in a database in memory."""
    # Here, not above: the tests themselves run where they are not installed.
    flask_sqlalchemy: Any = import_module("flask_sqlalchemy")
    sqlalchemy: Any = import_module("sqlalchemy")

    app = Flask("app")
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SQLALCHEMY_RECORD_QUERIES=True,
        SQLALCHEMY_TRACK_MODIFICATIONS=True,
    )
    database = flask_sqlalchemy.SQLAlchemy(app)

    class Book(database.Model):  # type: ignore[misc,name-defined]
        number = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
        title = sqlalchemy.Column(sqlalchemy.String, unique=True, nullable=False)

    @app.post("/books/<title>")
    def add(title: str) -> Any:
        book = Book(title=title)
        database.session.add(book)
        database.session.commit()
        return {"number": book.number}, 201

    @app.get("/books")
    def books() -> Any:
        page = database.paginate(sqlalchemy.select(Book).order_by(Book.title), per_page=2)
        return {"titles": [book.title for book in page.items], "total": page.total, "pages": page.pages}

    @app.get("/books/<int:number>")
    def book(number: int) -> Any:
        found = database.get_or_404(Book, number)
        again = database.session.get(Book, number)
        return {"title": found.title, "same": found is again, "g": sorted(g)}

    @app.delete("/books/<int:number>")
    def remove(number: int) -> str:
        database.session.delete(database.get_or_404(Book, number))
        database.session.commit()
        return "removed"

    @app.get("/queries")
    def queries() -> Any:
        database.session.execute(sqlalchemy.select(Book)).all()
        recorded = import_module("flask_sqlalchemy.record_queries").get_recorded_queries()
        return {"statements": [query.statement.split() for query in recorded], "g": sorted(g)}

    @app.get("/stream")
    def stream() -> Any:
        rows = (
            row.title + "\n"
            for row in database.session.scalars(sqlalchemy.select(Book).order_by(Book.number))
        )
        return flask.Response(flask.stream_with_context(rows))

    @app.get("/forgotten")
    def forgotten() -> str:
        database.session.add(Book(title="never committed"))
        database.session.flush()
        return "forgotten"

    @app.cli.command("create")
    def create() -> None:
        database.create_all()
        click.echo(f"created {sorted(database.metadata.tables)}")

    return app, database, Book


@scenario
def a_shelf_of_books(watch: Watch) -> Any:
    app, database, _ = _app()
    changed: list[Any] = []
    tracking: Any = import_module("flask_sqlalchemy.track_modifications")

    def receive(sender: Any, changes: Any) -> None:
        changed.append([[model.title, operation] for model, operation in changes])

    tracking.models_committed.connect(receive, app)
    watch(app)
    created = app.test_cli_runner().invoke(args=["create"])
    answers = [[created.output, created.exit_code, created.exception]]
    for method, path in (
        ("GET", "/books"),
        ("POST", "/books/b"),
        ("POST", "/books/a"),
        ("POST", "/books/a"),
        ("POST", "/books/c"),
        ("GET", "/books"),
        ("GET", "/books?page=2"),
        ("GET", "/books?page=9"),
        ("GET", "/books/1"),
        ("GET", "/books/9"),
        ("GET", "/forgotten"),
        ("GET", "/stream"),
        ("GET", "/queries"),
        ("DELETE", "/books/1"),
        ("GET", "/books/1"),
    ):
        answers.append(
            [
                method,
                path,
                raised(lambda path=path, method=method: send(app.wsgi_app, path, method=method).plain),
            ]
        )
        answers.append(["sessions left", len(database.session.registry.registry)])
    # Up to 3.1.3, Flask tears down before it streams, and the session is gone.
    answers.append(raised(lambda: send(app.wsgi_app, "/stream", chunks=1).plain))
    answers.append(["sessions left", len(database.session.registry.registry)])
    tracking.models_committed.disconnect(receive, app)
    return [answers, changed]


@scenario
def sessions_of_nested_contexts(watch: Watch) -> Any:
    app, database, book = _app()
    watch(app)
    seen: list[Any] = [raised(lambda: database.session.add)["text"]]
    with app.app_context():
        database.create_all()
        outer = database.session()
        database.session.add(book(title="outer"))
        with app.app_context():
            seen.append(database.session() is outer)
            with app.test_request_context():
                seen.append(database.session() is outer)
        seen.append([database.session() is outer, len(database.session.new)])
        database.session.commit()
        seen.append([entry.title for entry in database.session.query(book)])
        seen.append(database.engine.pool.status())
    seen.append(
        [len(database.session.registry.registry), raised(lambda: database.session.query(book))["type"]]
    )
    return seen
