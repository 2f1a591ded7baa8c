"""The filter sets of box-office requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from include.kofic.errors import BadSetting
from include.kofic.tables import UNFILTERED

_FILTERS = {
    **{code: ("repNationCd", code) for code in "KF"},
    **{code: ("multiMovieYn", code) for code in "YN"},
}


@dataclass(frozen=True)
class FilterSet:
    """The filters of one box-office request: `params` as the API names them, at most one value each."""

    params: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "FilterSet":
        """`ALL`, or codes joined by `+`: K or F (nation), Y or N (diversity), 0105001 to 0105016 (region).

        Raises:
            BadSetting: an unknown code, or two codes of one kind; the API would drop it and answer for the whole country.
        """
        params: dict[str, str] = {}
        for code in () if text.strip() == UNFILTERED else text.strip().split("+"):
            is_region = len(code) == 7 and code.isdigit() and "0105001" <= code <= "0105016"
            name, value = ("wideAreaCd", code) if is_region else _FILTERS.get(code, ("", ""))
            if not name or name in params:
                raise BadSetting(
                    f"'{text}' is not a filter set. Remedy: ALL, or codes joined by +: K F (nation), Y N (diversity), "
                    "0105001 to 0105016 (region); for example ALL, K, Y+0105001."
                )
            params[name] = value
        return cls(MappingProxyType(params))


DEFAULT_FILTER_SETS = (UNFILTERED, "K", "F", "Y", "N")
