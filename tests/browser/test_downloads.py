"""What a reader downloads from a chart and opens in a spreadsheet."""

import csv
import io

from local.superset.api import SupersetApi

FORMULAS = ("=cmd|'/c calc'!A1", "@SUM(1+1)*cmd", "+1+cmd", "-2+3+cmd")


def test_a_formula_in_a_title_is_no_formula_in_a_download(superset: SupersetApi) -> None:
    (dataset,) = (each["id"] for each in superset.listed("dataset") if each["table_name"] == "film_performance")
    # Added to a column, because PostgreSQL groups by no constant.
    titles = [
        {
            "expressionType": "SQL",
            "label": f"title {n}",
            "sqlExpression": "'" + formula.replace("'", "''") + "' || substring(movie_nm, 1, 0)",
        }
        for n, formula in enumerate(FORMULAS)
    ]
    text = superset.download_csv(dataset, {"columns": titles, "metrics": [], "row_limit": 1})
    _, row = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    assert [cell[-3:] for cell in row] == [formula[-3:] for formula in FORMULAS], "the text itself is there"
    assert [cell for cell in row if cell[0] in "=@+-"] == []
