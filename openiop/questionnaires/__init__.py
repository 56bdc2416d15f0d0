"""Instruments as reviewed data, what was asked, answered, scored, and what an answer raises."""
