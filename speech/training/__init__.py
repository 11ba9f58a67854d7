"""Makes the recogniser's model from synthetic voices: `python -m speech.training`, with the extra `training`."""
