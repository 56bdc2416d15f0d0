"""What a program of each release leaves behind: its database and its keys, which the tests bring up to now."""
