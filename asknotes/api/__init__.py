"""Programs ask over HTTP: OpenAI's form of it, and search and check of our own. It needs the extra `api`.

1. `wire`: what is sent and received in OpenAI's form. 2. `completions`: an answer's events in that form. 3. `app`: the
addresses.
"""
