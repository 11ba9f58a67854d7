"""Prompts and recognition."""

import warnings

# pydub says so on stderr whenever it is imported; our sounds are WAV, which it reads by itself.
warnings.filterwarnings("ignore", "Couldn't find ffmpeg", RuntimeWarning)
