"""`townscape datasets`."""

from collections import Counter

from townscape.cli.common import Common, CommonFlags, opened


def datasets(dataset: str | None = None, /, *, common: CommonFlags = Common()) -> int:
    """List frozen datasets, or show one dataset's card.

    Parameters
    ----------
    dataset
        Id, or the beginning of one.
    """
    from townscape.cli.console import print_json, print_table, say

    with opened(common) as workspace:
        if dataset is not None:
            found = workspace.datasets.get(dataset)
            parts = Counter(item.part for item in found.items)
            groups = {part: len({i.group for i in found.items if i.part == part}) for part in parts}
            card = {
                "id": found.id,
                "content_hash": found.content_hash,
                "taxonomy": f"{found.taxonomy} version {found.taxonomy_version}",
                "windows": dict(parts),
                "groups": groups,
                "official": sum(item.is_official for item in found.items),
                "options": found.options,
                "warnings": list(found.warnings),
            }
            if common.json:
                print_json(card)
                return 0
            for key in ("id", "content_hash", "taxonomy", "options"):
                say(f"{key.replace('_', ' ')}: {card[key]}")
            print_table(
                ["part", "windows", "groups"],
                [[p, str(n), str(groups[p])] for p, n in parts.items()],
                right=(1, 2),
            )
            say(f"{card['official']} windows keep the part of a published split.")
            for warning in found.warnings:
                say(f"Note: {warning}")
            return 0
        listed = [workspace.datasets.get(d.id) for d in workspace.datasets.find()]
    if common.json:
        print_json({"datasets": [{"id": d.id, "content_hash": d.content_hash} for d in listed]})
        return 0
    if not listed:
        say("No dataset has been frozen yet; training freezes one.")
        return 0
    rows = [
        [d.id[:13], d.taxonomy, ", ".join(f"{n} {p}" for p, n in Counter(i.part for i in d.items).items())]
        for d in listed
    ]
    print_table(["dataset", "taxonomy", "windows"], rows)
    return 0
