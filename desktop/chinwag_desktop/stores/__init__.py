"""The state that windows show: QObjects whose methods are intents and whose signals say what has happened.

They sit on the loop of the GUI and never wait: whatever takes time runs in a task that the store owns.
"""
