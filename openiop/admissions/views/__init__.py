"""Pages of this room: enquiries, placement, admission."""
