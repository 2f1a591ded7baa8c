"""Superset on the local stack: its server, and the import and export of the dashboards."""
