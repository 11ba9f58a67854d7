"""Measures recognisers on voices that none of them was trained with: `make speech-eval`."""
