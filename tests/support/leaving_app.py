"""`scripted_app.py`, but what is left of a tab that is gone is closed after a second."""

from functools import partial

import scripted_app
from streamlit.starlette import App

from ui.server.middleware import middleware
from ui.server.sessions import closing_left_sessions

app = App(
    scripted_app.__file__, middleware=middleware(), lifespan=partial(closing_left_sessions, seconds=1.0, every=0.2)
)
