"""CVAT's own shapes, frames and files: the same in its XML, its backups and its REST interface."""
