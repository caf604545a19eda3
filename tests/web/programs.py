"""Programs that serve an app as people do, on the port that is their first argument."""

from __future__ import annotations

#: A factory, a blueprint, an extension object made before the app, as in the books.
FACTORY = """
from flask import Blueprint, Flask, g
from flaskscope import FlaskScope

scope = FlaskScope(enabled=True)
shop = Blueprint("shop", __name__, url_prefix="/shop")


@shop.get("/")
def index():
    g.user = "ada"
    return "the shop"


def create_app(name="made"):
    app = Flask(name)
    scope.init_app(app)
    app.register_blueprint(shop)
    return app
"""

WAITRESS = """
import sys
import waitress
from shop import create_app

waitress.serve(create_app(), host="127.0.0.1", port=int(sys.argv[1]), threads=4)
"""

GEVENT = """
import sys
from gevent import monkey
if "bare" not in sys.argv:
    monkey.patch_all()
from gevent.pywsgi import WSGIServer
from shop import create_app

WSGIServer(("127.0.0.1", int(sys.argv[1])), create_app()).serve_forever()
"""

OWN_RUN = """
import sys
from flask import Flask
from flaskscope import FlaskScope

app = Flask("own")
FlaskScope(app)


@app.get("/")
def index():
    return "its own server"


if __name__ == "__main__":
    how = {} if "as-it-is" in sys.argv else {"debug": True}
    app.run(port=int(sys.argv[1]), use_reloader="reload" in sys.argv, **how)
"""

TWO_APPS = """
import sys
from shop import create_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple

one, two = create_app("one"), create_app("two")
run_simple("127.0.0.1", int(sys.argv[1]), DispatcherMiddleware(one, {"/two": two}), threaded=True)
"""
