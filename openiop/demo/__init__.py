"""A synthetic program with a believable history, built only through actions. No real person in it."""
