"""The pages of this room: the door, and what is one's own behind it."""
