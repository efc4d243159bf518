"""What can go wrong with an engine, in words for the person at the terminal."""


class EngineError(RuntimeError):
    """An engine could not be started or reached. The message is one line for a person and names a way out."""
