"""Superset beside the stack: its server, the dashboards' bundle in it, and the way there and back."""
