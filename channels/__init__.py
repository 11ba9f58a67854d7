"""Ways to citizens beside the telephone."""
