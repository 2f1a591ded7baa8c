"""A user's first page.

Superset keeps a first dashboard for each user (`user_attribute.welcome_dashboard_id`) and answers /superset/welcome/ with it. Its
front end goes by the address alone, and draws the list of a user's own work there, with buttons that make dashboards.
"""

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user

BLUEPRINT = Blueprint("home", __name__)


@BLUEPRINT.before_app_request
def first_dashboard() -> Response | None:
    """Leads from the welcome page to the user's first dashboard, if there is one."""
    if request.endpoint != "Superset.welcome" or current_user.is_anonymous:
        return None
    from superset import db
    from superset.models.user_attributes import UserAttribute

    kept = db.session.query(UserAttribute).filter_by(user_id=current_user.id).one_or_none()
    if not kept or not kept.welcome_dashboard:
        return None
    return redirect(url_for("Superset.dashboard", dashboard_id_or_slug=kept.welcome_dashboard.slug))
