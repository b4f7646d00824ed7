"""Containers that voiceover writes itself, around packets of an encoder: MP4 and Ogg.

Equal packets and tags give equal bytes: there is no clock time, no random serial number and no encoder's name in them.
"""
