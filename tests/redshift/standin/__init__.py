"""A server with Amazon Redshift's dialect in front of a PostgreSQL, so that unmodified clients run their production path.

It refuses what Redshift refuses and, where it does not know, refuses too: what passes here need not be doubted for its SQL.
What it cannot prove stands in docs/redshift-ledger.md.
"""
