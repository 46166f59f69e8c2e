"""``import synthlab as sl``: what the command line does, for notebooks and scripts, as DataFrames.

``entry.py`` has the functions, ``results.py`` a run, ``promoted.py`` a promoted generator,
``frames.py`` the tables, ``html.py`` how they look in a notebook. Nothing here computes a score.
"""
