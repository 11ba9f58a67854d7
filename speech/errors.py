"""The one base class of what can go wrong with speech."""


class SpeechError(Exception):
    """A prompt, a sound file or a voice is not as it must be; the message says which and why."""
