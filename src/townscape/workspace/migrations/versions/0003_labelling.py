"""People, selections, counts per class, time at work, removed images."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("images") as images:
        images.add_column(sa.Column("removed_at", sa.Float(), nullable=True))
        images.create_index(op.f("ix_images_name"), ["name"], unique=False)
        images.create_index(op.f("ix_images_replaces"), ["replaces"], unique=False)
    with op.batch_alter_table("annotations") as annotations:
        annotations.add_column(sa.Column("labelled_px", sa.BigInteger(), nullable=False, server_default="0"))
        annotations.create_index(
            op.f("ix_annotations_taxonomy_layer_state"), ["taxonomy", "layer", "state"], unique=False
        )
    with op.batch_alter_table("revisions") as revisions:
        revisions.add_column(sa.Column("active_s", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "annotation_classes",
        sa.Column("annotation_id", sa.Text(), nullable=False),
        sa.Column("class_number", sa.Integer(), nullable=False),
        sa.Column("pixels", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotations.id"],
            name=op.f("fk_annotation_classes_annotation_id_annotations"),
        ),
        sa.PrimaryKeyConstraint("annotation_id", "class_number", name=op.f("pk_annotation_classes")),
    )
    op.create_index(
        op.f("ix_annotation_classes_class_number"), "annotation_classes", ["class_number"], unique=False
    )
    op.create_table(
        "people",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_people")),
    )
    op.create_table(
        "selections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
    )
    op.create_table(
        "selection_windows",
        sa.Column("selection_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("x", sa.Integer(), nullable=False),
        sa.Column("y", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["selection_id"], ["selections.id"], name=op.f("fk_selection_windows_selection_id_selections")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_selection_windows_image_id_images")
        ),
        sa.PrimaryKeyConstraint("selection_id", "position", name=op.f("pk_selection_windows")),
    )
    op.create_index(op.f("ix_selection_windows_image_id"), "selection_windows", ["image_id"], unique=False)
    _count_classes()


def _count_classes() -> None:
    """Pixels per class of what was labelled before these counts were kept."""
    import numpy as np

    connection = op.get_bind()
    heads = connection.execute(sa.text("SELECT id, head FROM annotations WHERE head > 0")).all()
    tiles = sa.text(
        "SELECT t.histogram FROM revision_tiles r JOIN tiles t ON t.sha256 = r.sha256 "
        "WHERE r.annotation_id = :a AND r.level = 0 AND r.revision = ("
        "SELECT max(n.revision) FROM revision_tiles n WHERE n.annotation_id = r.annotation_id "
        "AND n.level = 0 AND n.tile_row = r.tile_row AND n.tile_column = r.tile_column)"
    )
    objects = sa.text(
        "SELECT object_id, class_number FROM objects o WHERE annotation_id = :a AND revision = ("
        "SELECT max(n.revision) FROM objects n WHERE n.annotation_id = o.annotation_id "
        "AND n.object_id = o.object_id)"
    )
    for annotation_id, _ in heads:
        class_of = {row[0]: row[1] for row in connection.execute(objects, {"a": annotation_id})}
        counts: dict[int, int] = {}
        for (packed,) in connection.execute(tiles, {"a": annotation_id}):
            for segment, pixels in np.frombuffer(packed, dtype="<u4").reshape(-1, 2).tolist():
                number = class_of.get(segment) if segment >= 65_536 else segment
                if number:
                    counts[number] = counts.get(number, 0) + pixels
        for number, pixels in counts.items():
            connection.execute(
                sa.text("INSERT INTO annotation_classes VALUES (:a, :c, :p)"),
                {"a": annotation_id, "c": number, "p": pixels},
            )
        connection.execute(
            sa.text("UPDATE annotations SET labelled_px = :p WHERE id = :a"),
            {"p": sum(counts.values()), "a": annotation_id},
        )
