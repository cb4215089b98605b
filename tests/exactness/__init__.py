"""What `accuracy.py` measures with: the mathematics of each row, points, and errors in ulp."""
