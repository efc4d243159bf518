"""What the operating system gives: one process a profile, wake-ups, network reachability, log files.  Knows nothing of chat."""
