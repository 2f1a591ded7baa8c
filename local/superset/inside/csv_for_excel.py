"""CSV downloads begin with the mark by which Excel knows UTF-8; without it Korean Excel reads them as CP949.

Superset 6.1 has a setting for this, `CSV_EXPORT`, whose default names the mark, and which has no effect: Werkzeug 3 removed
`Response.charset`, through which it worked (apache/superset#40801).
"""

from itertools import chain

from flask import Blueprint, Response

MARK = "\ufeff".encode()
BLUEPRINT = Blueprint("csv_for_excel", __name__)


@BLUEPRINT.after_app_request
def marked(response: Response) -> Response:
    """The response, begun with the mark if it is CSV without one."""
    if response.mimetype != "text/csv":
        return response
    if response.is_streamed:
        response.response = chain([MARK], response.response)
    elif not response.get_data().startswith(MARK):
        response.set_data(MARK + response.get_data())
    return response
