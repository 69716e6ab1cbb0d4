"""Curtain Call as contexts with borders: one code base, deployed as one process, or as several.

contexts/   what the box office is about: each reached through its facade alone
chassis/    what every service needs and no context owns
services/   the thin deployables: the pages, and one service a context
"""
