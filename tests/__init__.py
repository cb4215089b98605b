"""Tests in the package's own folders, and scripts that run as `python -m tests.NAME`."""
