"""`townscape verify`, `backup`, `restore` and `clean`."""

from dataclasses import asdict
from pathlib import Path

from townscape.cli.common import Common, CommonFlags, Output, OutputFlags, opened


def verify(*, common: CommonFlags = Common()) -> int:
    """Check that nothing is damaged or missing: every file and label is hashed again.

    Exit code 1 if something is lost; harmless leftovers are listed and do not count.
    """
    from townscape.cli.console import print_json, print_next, say
    from townscape.core.events import Report
    from townscape.workspace.maintenance import verify as check

    with opened(common) as workspace:
        findings = check(workspace, Report())
    lost = [f for f in findings if not f.is_harmless]
    if common.json:
        print_json({"ok": not lost, "findings": [asdict(f) for f in findings]})
        return 1 if lost else 0
    for finding in findings:
        say(f"{'leftover' if finding.is_harmless else 'LOST'}: {finding.kind}: {finding.what}")
    say("Nothing is damaged or missing." if not lost else f"{len(lost)} things are damaged or missing.")
    if lost:
        print_next("townscape restore BACKUP NEW-FOLDER")
    elif findings:
        print_next("townscape clean")
    return 1 if lost else 0


def backup(folder: Path, /, *, common: CommonFlags = Common()) -> int:
    """Copy the workspace to another folder, consistent while others go on working.

    Parameters
    ----------
    folder
        Folder to make. Images that the workspace only refers to are not copied.
    """
    from townscape.cli.console import print_json, say
    from townscape.core.events import Report
    from townscape.workspace.maintenance import backup as copy

    with opened(common) as workspace:
        target = copy(workspace, folder, Report())
        n_outside = sum(image.blob is None for image in workspace.images.find(current_only=False))
    if common.json:
        print_json({"backup": str(target), "images_outside": n_outside})
        return 0
    say(f"Backup: {target}")
    if n_outside:
        say(f"{n_outside} images lie outside the workspace and are not in it.")
    return 0


def restore(backup_folder: Path, folder: Path, /, *, output: OutputFlags = Output()) -> int:
    """Make a workspace from a backup, and verify it.

    Parameters
    ----------
    backup_folder
        Folder that `townscape backup` made.
    folder
        Folder to make.
    """
    from townscape.cli.console import print_json, print_next, say
    from townscape.core.events import Report
    from townscape.workspace.maintenance import restore as bring_back

    findings = bring_back(backup_folder, folder, Report())
    lost = [f for f in findings if not f.is_harmless]
    if output.json:
        print_json(
            {"workspace": str(folder.resolve()), "ok": not lost, "findings": [asdict(f) for f in findings]}
        )
        return 1 if lost else 0
    for finding in lost:
        say(f"LOST: {finding.kind}: {finding.what}")
    say(f"Restored to {folder.resolve()}." if not lost else "The backup itself is damaged.")
    print_next(f"cd {folder}")
    return 1 if lost else 0


def clean(*, common: CommonFlags = Common()) -> int:
    """Remove what nothing uses, and pack labels. No revision is ever removed."""
    from townscape.cli.console import print_json, say
    from townscape.core.events import Report
    from townscape.workspace.maintenance import clean as tidy

    with opened(common) as workspace:
        done = tidy(workspace, Report())
    if common.json:
        print_json(asdict(done))
        return 0
    say(
        f"Removed {done.blobs} files ({done.blob_bytes / 1e6:.1f} MB), {done.tiles} unused label tiles and "
        f"{done.run_files} files of finished runs ({done.run_bytes / 1e6:.1f} MB)."
    )
    say(f"Packed {done.repacked_tiles} label tiles.")
    return 0
