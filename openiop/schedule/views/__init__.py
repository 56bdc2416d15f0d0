"""The pages of the week: one person, the program, its groups."""
