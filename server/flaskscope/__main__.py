"""``python -m flaskscope`` is the ``flaskscope`` command."""

from flaskscope.cli import main

if __name__ == "__main__":
    main(prog_name="flaskscope")
