"""Superset's configuration on this machine. Every secret and address comes from the environment."""

import os
import sys
from pathlib import Path

from flask import Flask

# Superset's Python is isolated (-I) and reads this file by its path.
sys.path.append(str(Path(__file__).parent))

import csv_for_excel  # noqa: E402
import home  # noqa: E402
import korean  # noqa: E402
import report  # noqa: E402

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DATABASE_URI"]

# An answer is kept until Airflow's task `publish` has it forgotten, or for as long as the bundle's database says
# (`cache_timeout`). One store for both: /api/v1/cachekey/invalidate deletes from the first what Superset keeps in the second
# (superset/cachekeys/api.py). It knows the keys from the metadata.
CACHE_CONFIG = DATA_CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": str(Path(os.environ["SUPERSET_HOME"]) / "cache"),
    "CACHE_THRESHOLD": 2_000,
}
STORE_CACHE_KEYS_IN_METADATA_DB = True

BABEL_DEFAULT_LOCALE = "ko"
BLUEPRINTS = [korean.BLUEPRINT, home.BLUEPRINT, csv_for_excel.BLUEPRINT]
LANGUAGES = {"ko": {"flag": "kr", "name": "한국어"}, "en": {"flag": "us", "name": "English"}}
D3_FORMAT = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", "원"]}
D3_TIME_FORMAT = {
    "dateTime": "%Y-%m-%d %H:%M:%S",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "periods": ["오전", "오후"],
    "days": ["일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"],
    "shortDays": ["일", "월", "화", "수", "목", "금", "토"],
    "months": [f"{month}월" for month in range(1, 13)],
    "shortMonths": [f"{month}월" for month in range(1, 13)],
}

# The editor offers the palettes that the dashboards use. The first is Okabe and Ito's, which people with colour-blindness can
# tell apart. The other two have none of its colours, nor each other's: Superset gives a company the colour that it has in another
# chart of the dashboard, so that charts of one palette would show two companies in one colour (apache/superset#43180).
_PALETTES = {
    "okabeIto": ("Okabe-Ito", ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#A69F00", "#5B5B5B"]),
    "importers": ("수입사", ["#332288", "#CC6677", "#117733", "#DDCC77", "#882255", "#44AA99", "#AA4499", "#661100"]),
    "producers": ("제작사", ["#8C510A", "#F1A7C0", "#1B2A49", "#B8DE29", "#7B3FE4", "#80CDC1", "#F4C542", "#A50026"]),
}
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {"id": name, "description": "", "label": label, "isDefault": name == "okabeIto", "colors": colors}
    for name, (label, colors) in _PALETTES.items()
]


# A chart that grows into its place shows its figures a second later, and keeps the browser busy until then. Two buttons beside a
# legend ("all", "inverse") take the room of its names. On a telephone, the figures of the lower axis run into one another.
_LEGEND = {"legend": {"selector": False}}
_AXIS = {"xAxis": {"axisLabel": {"hideOverlap": True, "minMargin": 4}}}
_CHARTS = {
    "echartsOptionsOverrides": {"animation": False},
    "echartsOptionsOverridesByChartType": {
        **dict.fromkeys(("mixed_timeseries", "pie"), _LEGEND),
        **dict.fromkeys(("echarts_timeseries_bar", "echarts_timeseries_line", "bubble_v2"), {**_LEGEND, **_AXIS}),
    },
}


def _adapt(app: Flask) -> None:
    for theme in ("THEME_DEFAULT", "THEME_DARK"):
        app.config[theme] = {**app.config[theme], **_CHARTS}
    # What is registered last runs first: before the compression, which is registered after all blueprints.
    app.after_request(korean.date_in_korean)


FLASK_APP_MUTATOR = _adapt

# The page on one's own account, which a reader may neither see nor change, is in no menu.
_reports = report.configuration()
FEATURE_FLAGS = {"MENU_HIDE_USER_INFO": True, "ALERT_REPORTS": bool(_reports)}
globals().update(_reports)

# A session of its own name: cookies of one host are shared by all its ports.
SESSION_COOKIE_NAME = "box_office_superset"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
WTF_CSRF_ENABLED = True
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    # `img-src` keeps the browser from the tracking pixel that is built into every page (apachesuperset.gateway.scarf.sh).
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
# One browser requests a page's hundred files concurrently; the limit on log-ins stays Superset's default.
RATELIMIT_APPLICATION = "1000 per second"
SUPERSET_WEBSERVER_TIMEOUT = 60
SQLLAB_TIMEOUT = 60
