"""What outlives a run of the page: `answers`, `builds`, and the `worker` threads that they run in."""
