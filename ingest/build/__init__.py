"""The story of a build; its records, in this order, are in `stages`.

1. `scan` reads the folder: `Scan`. 2. `plan` compares it with the generation in use (`compare`, `earlier`), and splits
what is new: `Plan`, or `Unchanged`. 3. `run` embeds what is new (`journal` keeps it over a crash), writes a generation,
and reports. `watch` does so after every burst of changes; `estimate` says how long it takes.
"""
