"""A generation once more in Milvus: for notes that outgrow one machine, and only where the setting `store` names one.

`client` is the way in, what is said when that fails, and the names there | `rows` are what is sent of a generation | `mirror` brings a
collection up to date and swings the alias to it | `read` is what a search asks.
"""
