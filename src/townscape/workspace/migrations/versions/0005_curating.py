"""Collecting and curating: sources, fingerprints, measures, features, pairs, redactions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("listed_at", sa.Float(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("kind", "address", name=op.f("uq_sources_kind_address")),
    )
    op.create_table(
        "features",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("encoder", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=True),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_features_image_id_images")),
        sa.PrimaryKeyConstraint("image_id", "encoder", name=op.f("pk_features")),
    )
    op.create_table(
        "fingerprints",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=True),
        sa.Column("pixels_sha256", sa.Text(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("flipped", sa.LargeBinary(), nullable=False),
        sa.Column("crops", sa.LargeBinary(), nullable=False),
        sa.Column("is_flat", sa.Boolean(), nullable=False),
        sa.Column("compared", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_fingerprints_image_id_images")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_fingerprints")),
    )
    op.create_index(op.f("ix_fingerprints_pixels_sha256"), "fingerprints", ["pixels_sha256"], unique=False)
    op.create_table(
        "image_pairs",
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["first"], ["images.id"], name=op.f("fk_image_pairs_first_images")),
        sa.ForeignKeyConstraint(["second"], ["images.id"], name=op.f("fk_image_pairs_second_images")),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_image_pairs")),
    )
    op.create_index(op.f("ix_image_pairs_second"), "image_pairs", ["second"], unique=False)
    op.create_table(
        "measures",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_measures_image_id_images")),
        sa.PrimaryKeyConstraint("image_id", "measure", name=op.f("pk_measures")),
    )
    op.create_index(op.f("ix_measures_measure_value"), "measures", ["measure", "value"], unique=False)
    op.create_table(
        "redactions",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("doubt", sa.Float(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("original_sha256", sa.Text(), nullable=False),
        sa.Column("original_blob", sa.Text(), nullable=True),
        sa.Column("redacted_sha256", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("reviewed_at", sa.Float(), nullable=True),
        sa.Column("destroyed_at", sa.Float(), nullable=True),
        sa.Column("audit", sa.Text(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_redactions_image_id_images")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_redactions")),
    )
    op.create_index(op.f("ix_redactions_state_doubt"), "redactions", ["state", "doubt"], unique=False)
    op.create_index(op.f("ix_redactions_audit"), "redactions", ["audit"], unique=False)
    op.create_table(
        "source_entries",
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("modified_at", sa.Float(), nullable=True),
        sa.Column("sequence", sa.Text(), nullable=True),
        sa.Column("sequence_s", sa.Float(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("image_id", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name=op.f("fk_source_entries_image_id_images")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_source_entries_source_id_sources")
        ),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_source_entries")),
    )
    op.create_index(op.f("ix_source_entries_image_id"), "source_entries", ["image_id"], unique=False)
    op.create_index(
        op.f("ix_source_entries_source_id_state"), "source_entries", ["source_id", "state"], unique=False
    )
    op.add_column("images", sa.Column("camera", sa.Text(), nullable=True))
