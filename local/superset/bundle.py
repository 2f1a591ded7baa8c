"""The dashboards as files: read, pointed at a warehouse, and written back in one form whatever wrote them last."""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from local.state import ROOT, StackError

FOLDER = ROOT / "include" / "superset"
DATABASE_FILE = "databases/warehouse.yaml"
FIRST = "overview"
"""The dashboard to begin with."""
NO_PASSWORD = "XXXXXXXXXX"  # noqa: S105
"""What stands for the password in an address: Superset's own mark."""

RECENT = "Last year"
"""The period that a dashboard shows first, in Superset's words: the twelve months up to yesterday."""

_FIRST_KEYS = (
    "slice_name",
    "dashboard_title",
    "table_name",
    "database_name",
    "metric_name",
    "column_name",
    "verbose_name",
    "slug",
    "viz_type",
    "description",
    "expression",
    "id",
    "name",
    "type",
)
_VOLATILE_PARAMS = frozenset({"datasource", "slice_id", "dashboards", "dashboardId", "url_params", "extra_form_data"})
_VOLATILE_FILTER_KEYS = frozenset({"chartsInScope", "tabsInScope"})


_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "charts": dict.fromkeys(("cache_timeout", "certification_details", "certified_by", "query_context")) | {"version": "1.0.0"},
    "datasets": dict.fromkeys(
        (
            "cache_timeout",
            "catalog",
            "currency_code_column",
            "default_endpoint",
            "extra",
            "fetch_values_predicate",
            "folders",
            "params",
            "sql",
            "template_params",
        )
    )
    | {"always_filter_main_dttm": False, "filter_select_enabled": True, "normalize_columns": False, "offset": 0}
    | {"schema": "analytics", "version": "1.0.0"},
    "columns": dict.fromkeys(("description", "expression", "advanced_data_type", "datetime_format", "python_date_format"))
    | {"extra": {}, "filterable": True, "groupby": True, "is_active": True, "is_dttm": False},
    "metrics": dict.fromkeys(("description", "currency", "d3format", "metric_type", "warning_text")),
}
"""What the files leave out, and an import is given all the same: what it does not name, Superset leaves as an editor made it."""


def read(folder: Path = FOLDER) -> dict[str, str]:
    """The bundle's files by their place in it, with what they leave out."""
    files = {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.yaml"))}
    return {place: as_yaml(_each(place, content, _filled)) for place, content in parsed(files).items()}


def _each(place: str, content: dict[str, Any], change: Callable[[dict[str, Any], str], dict[str, Any]]) -> dict[str, Any]:
    """The file's content, itself and its columns and metrics changed; `change` is passed the kind of each."""
    kind = place.split("/")[0]
    nested = {kind: [change(each, kind) for each in content[kind]] for kind in ("columns", "metrics") if kind in content}
    return change({**content, **nested}, kind)


def _filled(content: dict[str, Any], kind: str) -> dict[str, Any]:
    return {**_DEFAULTS.get(kind, {}), **content}


def _lean(content: dict[str, Any], kind: str) -> dict[str, Any]:
    defaults = _DEFAULTS.get(kind, {})
    return {name: value for name, value in content.items() if name not in defaults or value != defaults[name]}


def parsed(bundle: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The bundle's files as what they say."""
    return {place: yaml.safe_load(text) for place, text in bundle.items()}


def addressed(bundle: Mapping[str, str], address: str) -> dict[str, str]:
    """The bundle with its database at this address, which has no password in it.

    Raises:
        StackError: the address has a password, or names no engine.
    """
    found = re.fullmatch(r"(?P<engine>[\w+]+)://(?P<user>[^:@/]+)(?P<password>:[^@]*)?@(?P<place>[^@]+)", address)
    if not found or found["password"]:
        raise StackError("no address of a warehouse: engine://user@host:port/database, without a password, is needed.")
    database = yaml.safe_load(bundle[DATABASE_FILE])
    database["sqlalchemy_uri"] = f"{found['engine']}://{found['user']}:{NO_PASSWORD}@{found['place']}"
    return {**bundle, DATABASE_FILE: as_yaml(database)}


def until(bundle: Mapping[str, str], newest: date) -> dict[str, str]:
    """The bundle for data that ends on this day, long ago: its dashboards first show the twelve months up to it, and say so."""
    period = f"{newest - timedelta(days=364)} : {newest + timedelta(days=1)}"
    made = dict(bundle)
    for place, content in parsed(bundle).items():
        if place.startswith("dashboards/"):
            for each in content["metadata"]["native_filter_configuration"]:
                if each["defaultDataMask"]["filterState"].get("value") == RECENT:
                    each["defaultDataMask"] = _first_shown(period)
                    each["description"] = f"자료의 마지막 날은 {newest}입니다. 처음에는 그날까지 12개월을 보입니다."
            made[place] = as_yaml(content)
    return made


def _first_shown(period: str) -> dict[str, Any]:
    return {"extraFormData": {"time_range": period}, "filterState": {"value": period}, "ownState": {}}


def database_uuid(bundle: Mapping[str, str]) -> str:
    """The uuid under which every Superset knows the bundle's database."""
    return str(yaml.safe_load(bundle[DATABASE_FILE])["uuid"])


def dataset_uuids(bundle: Mapping[str, str]) -> list[str]:
    """The uuids of the bundle's datasets."""
    return [str(each["uuid"]) for place, each in parsed(bundle).items() if place.startswith("datasets/")]


def chart_number(uuid: str) -> int:
    """The number that stands for a chart inside a dashboard's file, where Superset has its own database's number."""
    return int(uuid.replace("-", "")[:7], 16)


def normalised(exported: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """An export in the bundle's form: the same names of files, the same order, and nothing that differs by server or hour.

    `kept` is the bundle as it is. Its database and metadata stay: where the warehouse is belongs to no bundle.
    """
    names = {str(each["uuid"]): place for place, each in parsed(kept).items() if "uuid" in each}
    made = {place: text for place, text in kept.items() if place in ("metadata.yaml", DATABASE_FILE)}
    inherited = yaml.safe_load(kept[DATABASE_FILE])["cache_timeout"]
    for place, content in sorted(parsed(exported).items()):
        kind = place.split("/")[0]
        if kind not in ("datasets", "charts", "dashboards"):
            continue
        clean = {"datasets": _dataset, "charts": _chart, "dashboards": _dashboard}[kind](content)
        # A dataset without one of its own is exported with its database's (superset/commands/dataset/export.py).
        if kind == "datasets" and clean.get("cache_timeout") == inherited:
            clean["cache_timeout"] = None
        made[names.get(str(content["uuid"])) or _new_place(kind, clean)] = as_yaml(clean)
    return dict(sorted(made.items()))


def write(bundle: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Writes the bundle, without what its files leave out, and removes files that it does not have.

    Returns the places that changed.
    """
    old = read(folder)
    changed = [place for place in {*old, *bundle} if old.get(place) != bundle.get(place)]
    write_whole(
        {place: as_yaml(_each(place, yaml.safe_load(bundle[place]), _lean)) for place in changed if place in bundle}, folder
    )
    for place in old.keys() - bundle.keys():
        (folder / place).unlink()
    return sorted(changed)


def write_whole(bundle: Mapping[str, str], folder: Path) -> None:
    """Writes every file as it is, for a tool that imports a folder."""
    for place, text in bundle.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _new_place(kind: str, content: Mapping[str, Any]) -> str:
    title = content.get("slug") or content.get("table_name") or content.get("slice_name") or content.get("dashboard_title")
    name = re.sub(r"[^\w]+", "-", str(title)).strip("-").lower()
    middle = "warehouse/" if kind == "datasets" else ""
    return f"{kind}/{middle}{name}.yaml"


def _dataset(content: dict[str, Any]) -> dict[str, Any]:
    clean = deepcopy(content)
    for kind, key in (("columns", "column_name"), ("metrics", "metric_name")):
        clean[kind] = sorted(clean.get(kind) or [], key=lambda each: str(each[key]))
    return clean


def _chart(content: dict[str, Any]) -> dict[str, Any]:
    clean = deepcopy(content)
    clean["params"] = {name: value for name, value in clean["params"].items() if name not in _VOLATILE_PARAMS}
    # Superset works the queries out from `params` again when a chart is shown.
    clean["query_context"] = None
    return clean


def _dashboard(content: dict[str, Any]) -> dict[str, Any]:
    clean = deepcopy(content)
    numbers = {}
    for part in clean["position"].values():
        if isinstance(part, dict) and part.get("type") == "CHART":
            numbers[part["meta"]["chartId"]] = chart_number(part["meta"]["uuid"])
            part["meta"]["chartId"] = numbers[part["meta"]["chartId"]]
    metadata = clean["metadata"]
    for name in ("native_filter_configuration", "chart_customization_config"):
        metadata[name] = [_filter(each, numbers) for each in metadata.get(name) or []]
    if not metadata["chart_customization_config"]:
        del metadata["chart_customization_config"]
    # Superset works these out from the scopes each time a dashboard is opened.
    for name in ("global_chart_configuration", "chart_configuration"):
        metadata[name] = _renumbered(metadata.get(name) or {}, numbers)
    for name in ("shared_label_colors", "map_label_colors", "color_scheme_domain"):
        metadata.pop(name, None)
    return clean


def _filter(configuration: dict[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    clean = {name: value for name, value in configuration.items() if name not in _VOLATILE_FILTER_KEYS}
    # What `until` set: it depends on the data, and belongs to no bundle.
    if re.fullmatch(r"\d{4}-\d\d-\d\d : \d{4}-\d\d-\d\d", str(clean["defaultDataMask"].get("filterState", {}).get("value"))):
        clean |= {"defaultDataMask": _first_shown(RECENT), "description": ""}
    scope = clean.get("scope")
    if scope:
        clean["scope"] = {**scope, "excluded": _numbered(scope.get("excluded", []), numbers)}
    return clean


def _renumbered(configuration: Any, numbers: Mapping[int, int]) -> Any:
    if isinstance(configuration, list):
        return _numbered(configuration, numbers)
    if not isinstance(configuration, dict):
        return configuration
    clean = {}
    for name, value in configuration.items():
        if name == "chartsInScope":
            continue
        key = str(numbers.get(int(name), name)) if str(name).isdigit() else name
        clean[key] = numbers.get(value, value) if name == "id" and isinstance(value, int) else _renumbered(value, numbers)
    return clean


def _numbered(values: Iterable[Any], numbers: Mapping[int, int]) -> list[Any]:
    renamed = [numbers.get(value, value) if isinstance(value, int) else value for value in values]
    return sorted(renamed) if all(isinstance(value, int) for value in renamed) else renamed


class _Dumper(yaml.SafeDumper):
    """Lists indented under their key, text of several lines as a block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        first = [key for key in _FIRST_KEYS if key in value]
        rest = sorted((key for key in value if key not in first), key=str)
        return {key: _ordered(value[key]) for key in (*first, *rest)}
    if isinstance(value, list):
        return [_ordered(each) for each in value]
    if isinstance(value, str) and "\n" in value:
        return "\n".join(line.rstrip() for line in value.splitlines())
    return value


def as_yaml(content: Mapping[str, Any]) -> str:
    """YAML in the bundle's one form."""
    return yaml.dump(_ordered(dict(content)), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
