"""Checks of takes: is a recording what the line asks for?

one        of one take, by itself; stored beside it
episode    of the takes of an episode, against each other
hearing    by ear: what a recognizer hears, against the words
whole      all of these together
score      the weight of each finding
"""
