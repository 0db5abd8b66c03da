"""The page itself, but what is left of a tab that is gone is closed after five seconds."""

from streamlit.starlette import App

import app as page
from ui.server.middleware import served

app = App(page.__file__, **served(seconds=5.0, every=0.5))
