"""The dashboard: a small Flask app of its own, behind a guard, and its WebSocket."""
