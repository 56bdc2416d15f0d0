"""Pages of what leaves: one record (person), the participant's own (own), the program's papers and figures (house)."""
