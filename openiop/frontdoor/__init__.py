"""Public pages: is this right for me, and the first step in."""
