"""`townscape taxonomies`."""

from townscape.cli.common import Common, CommonFlags, opened


def taxonomies(taxonomy: str | None = None, /, *, common: CommonFlags = Common()) -> int:
    """List the built-in taxonomies and those of this workspace, or show one's classes.

    Parameters
    ----------
    taxonomy
        Name of the taxonomy to show, or a file.
    """
    from townscape.cli.console import print_json, print_table, say
    from townscape.core.errors import NotAWorkspace
    from townscape.core.taxonomy import builtin_names, read_taxonomy

    own = {}
    try:
        with opened(common) as workspace:
            own = {name: workspace.taxonomies.get(name) for name in workspace.taxonomies.names()}
    except NotAWorkspace:
        if common.workspace is not None:
            raise
    if taxonomy is not None:
        found = own.get(taxonomy) or read_taxonomy(taxonomy)
        if common.json:
            print_json(found)
            return 0
        say(f"{found.name} version {found.version}: {found.title}")
        if found.source:
            say(found.source)
        rows = [
            [str(c.number), c.key, c.name, c.color, c.kind, ", ".join(found.traits_of(c))]
            for c in found.active
        ]
        print_table(["number", "key", "name", "colour", "kind", "traits"], rows, right=(0,))
        return 0
    listed = {name: (read_taxonomy(name), "built in") for name in builtin_names()}
    listed |= {name: (found, f"here, version {found.version}") for name, found in own.items()}
    if common.json:
        print_json(
            {
                "taxonomies": [
                    {"name": n, "classes": len(t.channels), "where": w} for n, (t, w) in listed.items()
                ]
            }
        )
        return 0
    rows = [[name, str(len(t.channels)), t.title, where] for name, (t, where) in sorted(listed.items())]
    print_table(["taxonomy", "classes", "", ""], rows, right=(1,))
    return 0
