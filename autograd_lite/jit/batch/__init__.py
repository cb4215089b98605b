"""Calls over batches: `.map`, `.sum` and `.mean`."""
