"""The pipeline: the only package that imports more than one step package.

job, context, steps        what to make, an episode in progress, and the list of steps that make it
episode, render            plan, record and finish one episode; ``render`` runs all steps
recipe, output, preview    what a finished episode depends on, where its files go, a part of a script
check, say, watch, voices  other commands: check a script, speak one line, watch files, list voices
remote                     record on other machines
"""

from __future__ import annotations
