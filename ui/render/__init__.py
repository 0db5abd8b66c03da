"""Records -> HTML that is safe to show; no Streamlit.

`markdown`, `safe`: a note's text cleaned -> `marks`, `note`: with passages marked -> `turn`, `source`: an answer and its
sources, `checked`: a text of one's own. `images`, `ranks`, `export`.
"""
