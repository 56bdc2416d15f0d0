"""What is taught: topics and their kinds."""
