"""An app that is asked for as many requests a second as it is told, by threads of its own.

``GET /busy?requests=500&seconds=5`` answers when they are made, with their number. They are real requests to the app
below its server, so that what a benchmark measures is the recording, the stream and the page, and no client.
"""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor, wait

from flask import Flask, g, request, session
from werkzeug.test import EnvironBuilder, run_wsgi_app

app = Flask(__name__)
app.secret_key = "benchmark"
app.logger.disabled = True  # of exceptions that are meant

#: Threads that make requests, each a lane of the page.
LANES = 4

_lanes = ThreadPoolExecutor(LANES, "Shopper")


@app.get("/orders/<int:number>")
def order(number: int) -> str:
    g.user = "ada"
    g.order = number
    session["seen"] = number
    if number % 100 == 7:
        raise KeyError("order")
    return "ok"


@app.get("/busy")
def busy() -> str:
    count = int(request.args["requests"]) * int(request.args["seconds"])
    pause = 1 / int(request.args["requests"])
    numbers = itertools.count()
    began = time.monotonic()

    def shop() -> None:
        while (number := next(numbers)) < count:
            early = began + number * pause - time.monotonic()
            if early > 0:
                time.sleep(early)
            environ = EnvironBuilder(f"/orders/{number % 1_000}").get_environ()
            run_wsgi_app(app.wsgi_app, environ, buffered=True)

    wait([_lanes.submit(shop) for _ in range(LANES)])
    return f"{count / (time.monotonic() - began):.0f}"
