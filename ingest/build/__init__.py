"""The story of a build.

1. `scan` reads the folder. 2. `plan` says what changed, and splits it. 3. `run` embeds what is new (`journal` keeps it
over a crash) and writes a generation. `watch` does so after every burst of changes; `estimate` says how long it takes.
"""
