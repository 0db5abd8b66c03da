"""`scripted_app.py`, but what is left of a tab that is gone is closed after a second."""

import scripted_app
from streamlit.starlette import App

from ui.server.middleware import served

app = App(scripted_app.__file__, **served(seconds=1.0, every=0.2))
