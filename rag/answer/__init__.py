"""The story of an answer; its records, in this order, are in `stages`.

`answerer` tells it: 1. it asks for the sources, 2. `gate`: do the notes answer? 3. `prompt` -> the model writes, and every
sentence is checked, 4. `outcome`: what stands, without `repetition`.
"""
