"""What the page draws again by itself."""

from collections.abc import Callable
from uuid import uuid4

import streamlit as st


def ticking(draw: Callable[[], None], seconds: float | None) -> None:
    """Draw now, and again every so many seconds, until the page is drawn anew; None: only on a click in it.

    Every run of the page has a fragment with a name of its own. Under the same name a tick that arrives just as a run ends
    starts another run, and Streamlit drops what the browser has not got of the first, the order to tick among it: the
    answer stands still. A tick for a name that is gone is let be.
    """

    def fragment() -> None:
        draw()

    fragment.__qualname__ = f"{ticking.__qualname__}-{uuid4().hex}"
    st.fragment(fragment, run_every=seconds)()
