"""What can go wrong before and around serving, in words for the person at the terminal."""


class OperatorError(RuntimeError):
    """Something that the operator can put right. The message is one line for a person and names a way out."""


class EngineError(OperatorError):
    """An engine could not be started or reached."""
