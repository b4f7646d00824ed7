"""Recognizers of speech that listen to takes, and their models in the store.

whisper     Whisper by faster-whisper: the only module that imports it
family      its models: recognized, checked and described
listen      several takes at once, each one once
packaged    a model that an installed Python package brings
"""
