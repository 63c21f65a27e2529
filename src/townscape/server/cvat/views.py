"""What CVAT's client is told of things, field by field as it checks them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.server.cvat.errands import Errand
from townscape.server.cvat.frames import Frame
from townscape.server.cvat.labels import Labels, special_color
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.tasks import Task
from townscape.version import __version__

CVAT_VERSION = "2.80.0"
"""The version of CVAT whose client this is made for and tested with."""
USER = "user"
_STATUS = {"annotation": "annotation", "validation": "validation", "acceptance": "completed"}


def about_server() -> dict[str, Any]:
    """What a client asks first."""
    return {
        "name": "Townscape",
        "description": f"Townscape {__version__}, answering CVAT's client",
        "version": CVAT_VERSION,
        "logo_url": "",
        "subtitle": "Semantic segmentation of city imagery",
    }


def when(seconds: float | None) -> str | None:
    """A time as text."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def user_view(parts: Parts, name: str, base: str) -> dict[str, Any]:
    """A person, briefly."""
    number = parts.workspace.numbered.numbers_of(USER, [name])[name]
    return {
        "url": f"{base}/users/{number}",
        "id": number,
        "username": name,
        "first_name": "",
        "last_name": "",
    }


def whole_user_view(parts: Parts, name: str, base: str) -> dict[str, Any]:
    """A person with everything that a client may read."""
    more: dict[str, Any] = {
        "email": "",
        "groups": ["user"],
        "is_staff": False,
        "is_superuser": False,
        "is_active": True,
        "last_login": None,
        "date_joined": when(0.0),
        "has_analytics_access": False,
        "email_verified": None,
    }
    return user_view(parts, name, base) | more


def task_view(parts: Parts, task: Task, base: str) -> dict[str, Any]:
    """A task."""
    about, url = task.about, f"{base}/tasks/{task.number}"
    is_done = about.state == "completed" and about.stage == "acceptance"
    has_data = task.selection is not None
    return {
        "url": url,
        "id": task.number,
        "name": task.name,
        "project_id": parts.labels.project_of(about.taxonomy),
        "project_name": parts.workspace.taxonomies.get(about.taxonomy).title or about.taxonomy,
        "mode": "annotation" if has_data else "",
        "owner": user_view(parts, task.owner, base) if task.owner else None,
        "assignee": None,
        "bug_tracker": about.bug_tracker,
        "created_date": when(task.created_at),
        "updated_date": when(task.changed_at),
        "overlap": about.overlap,
        "segment_size": about.segment_size or task.size,
        "status": _STATUS.get(about.stage, "annotation"),
        "data_chunk_size": task.chunk_size if has_data else None,
        "data_compressed_chunk_type": "imageset" if has_data else None,
        "data_original_chunk_type": "imageset" if has_data else None,
        "data_cloud_storage_id": None,
        "guide_id": None,
        "size": task.size,
        "image_quality": about.image_quality,
        "data": task.number if has_data else None,
        "dimension": "2d",
        "subset": about.subset,
        "organization": None,
        "organization_id": None,
        "target_storage": None,
        "source_storage": None,
        "jobs": {
            "count": int(has_data),
            "completed": int(is_done),
            "validation": int(about.stage == "validation"),
            "url": f"{base}/jobs?task_id={task.number}",
        },
        "labels": {"url": f"{base}/labels?task_id={task.number}"},
        "assignee_updated_date": None,
        "validation_mode": None,
    }


def job_view(parts: Parts, task: Task, base: str) -> dict[str, Any]:
    """The one job of a task; it has the task's number."""
    told = task_view(parts, task, base)
    kept = (
        "project_id", "project_name", "guide_id", "dimension", "mode", "bug_tracker", "status",
        "data_chunk_size", "data_compressed_chunk_type", "data_original_chunk_type", "created_date",
        "updated_date", "organization", "target_storage", "source_storage", "assignee",
        "assignee_updated_date",
    )  # fmt: skip
    more: dict[str, Any] = {
        "url": f"{base}/jobs/{task.number}",
        "id": task.number,
        "task_id": task.number,
        "task_name": task.name,
        "stage": task.about.stage,
        "state": task.about.state,
        "type": "annotation",
        "frame_count": task.size,
        "start_frame": 0,
        "stop_frame": max(0, task.size - 1),
        "issues": {"url": f"{base}/issues?job_id={task.number}", "count": 0},
        "labels": {"url": f"{base}/labels?job_id={task.number}"},
        "parent_job_id": None,
        "replicas_count": 0,
    }
    return {name: told[name] for name in kept} | more


def project_view(parts: Parts, name: str, tasks: Sequence[Task], base: str) -> dict[str, Any]:
    """A taxonomy with its selections."""
    number = parts.labels.project_of(name)
    taxonomy = parts.workspace.taxonomies.get(name)
    return {
        "url": f"{base}/projects/{number}",
        "id": number,
        "name": taxonomy.title or name,
        "owner": None,
        "assignee": None,
        "guide_id": None,
        "bug_tracker": "",
        "task_subsets": sorted({t.about.subset for t in tasks} - {""}),
        "created_date": when(min((t.created_at for t in tasks), default=0.0)),
        "updated_date": when(max((t.changed_at for t in tasks), default=0.0)),
        "status": "annotation",
        "dimension": "2d" if tasks else None,
        "organization": None,
        "organization_id": None,
        "target_storage": None,
        "source_storage": None,
        "tasks": {"count": len(tasks), "url": f"{base}/tasks?project_id={number}"},
        "labels": {"url": f"{base}/labels?project_id={number}"},
        "assignee_updated_date": None,
    }


def label_views(parts: Parts, labels: Labels) -> list[dict[str, Any]]:
    """The labels of a taxonomy."""
    color_by_class = {c.number: c.color for c in labels.taxonomy.active}
    color_by_class |= {n: special_color(n) for n in (IGNORE, UNLABELLED)}
    return [
        {
            "id": label,
            "name": labels.name_by_class[number],
            "color": color_by_class[number],
            "attributes": list(labels.attributes.get(number, {}).values()),
            "type": "any",
            "sublabels": [],
            "project_id": parts.labels.project_of(labels.taxonomy.name),
            "parent_id": None,
            "has_parent": False,
        }
        for number, label in labels.id_by_class.items()
    ]


def meta_view(task: Task, frames: Sequence[Frame]) -> dict[str, Any]:
    """What a client needs to know of a task's frames."""
    return {
        "chunks_updated_date": when(task.created_at),
        "chunk_size": task.chunk_size,
        "size": task.size,
        "image_quality": task.about.image_quality,
        "start_frame": 0,
        "stop_frame": max(0, task.size - 1),
        "frame_filter": "",
        "frames": [
            {
                "name": frame.name,
                "width": frame.window.width,
                "height": frame.window.height,
                "related_files": 0,
                "has_related_context": False,
            }
            for frame in frames
        ],
        "deleted_frames": list(task.about.deleted_frames),
        "chapters": None,
        "included_frames": None,
        "storage": "local",
        "cloud_storage_id": None,
    }


def errand_view(parts: Parts, errand: Errand, base: str) -> dict[str, Any]:
    """How far an errand has come."""
    about = errand.about
    operation = {
        "type": about.type,
        "target": about.target,
        "project_id": about.project_id,
        "task_id": about.task_id,
        "job_id": about.job_id,
        "format": about.format,
        "function_id": None,
    }
    return {
        "status": about.state,
        "message": about.message,
        "id": errand.id,
        "operation": operation,
        "progress": about.progress,
        "created_date": when(errand.created_at),
        "started_date": when(about.started_at),
        "finished_date": when(about.finished_at),
        "expiry_date": None,
        "owner": {k: v for k, v in user_view(parts, about.user, base).items() if k in ("id", "username")},
        "result_url": f"{base}/requests/{errand.id}/result" if about.file else None,
        "result_id": about.result_id,
    }
