"""`townscape formats`: which formats there are, and what each can hold."""

from townscape.cli.common import Output, OutputFlags


def formats(*, output: OutputFlags = Output()) -> int:
    """List the exchange formats: what can be read and written, and what each cannot hold."""
    from townscape.cli.console import print_json, print_table
    from townscape.formats.kinds import format_names, get_format

    listed = [
        {
            "name": name,
            "title": kind.TITLE,
            "variants": list(kind.VARIANTS),
            "cannot_hold": sorted({loss.what for losses in kind.LOSSES.values() for loss in losses}),
            "specification": kind.SPEC,
        }
        for name, kind in ((name, get_format(name)) for name in format_names())
    ]
    if output.json:
        print_json({"formats": listed})
        return 0
    rows = [
        [
            str(f["name"]),
            str(f["title"]),
            ", ".join(f["variants"]) or "read only",
            ", ".join(f["cannot_hold"]),
        ]
        for f in listed
    ]
    print_table(["format", "", "written as", "has no place for"], rows)
    return 0
