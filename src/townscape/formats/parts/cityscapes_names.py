"""Names as Cityscapes has them, `<city>_<sequence>_<frame>`, for pictures that are called otherwise.

`frame_names.txt` says which picture a made-up name stands for; files of Cityscapes need none.
"""

from collections.abc import Mapping

from townscape.formats.files import Files

FRAME_NAMES = "frame_names.txt"
_NO_NUMBER = "000000"


def frame_name(name: str) -> str:
    """The name in three parts; different names stay different.

    One or two parts are filled up with zeros. Where that could be taken for another name, and for more
    than three parts, underscores become `%5F`, which no name of one or two parts has.
    """
    parts = name.split("_")
    is_plain = all(parts) and parts[-1] != _NO_NUMBER
    if is_plain and len(parts) == 3:
        return name
    if is_plain and len(parts) < 3 and "%" not in name:
        return "_".join(parts + [_NO_NUMBER] * (3 - len(parts)))
    escaped = name.replace("%", "%25").replace("_", "%5F")
    return f"{escaped}_{_NO_NUMBER}_{_NO_NUMBER}"


def read_names(files: Files, base: str) -> Mapping[str, str]:
    """Made-up name → the picture's own, as far as they are listed."""
    if not files.has(base + FRAME_NAMES):
        return {}
    lines = (line.partition("\t") for line in files.read_text(base + FRAME_NAMES).splitlines())
    return {made_up: name for made_up, tab, name in lines if tab and name}
