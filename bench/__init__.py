"""`make bench`: what the hotline costs on this machine, side by side with what it could be compared to."""
