"""What goes out, put together from the care rooms (packet), figures of the program (data), and its pages (pages)."""
