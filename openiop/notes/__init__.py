"""Session notes: the group's part once, each person's own part, signed and then frozen."""
