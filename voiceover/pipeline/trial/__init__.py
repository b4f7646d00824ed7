"""The trial of a model on the machine at hand: fixed lines, every check there is, and a report that can be sent.

trial     what is asked for, run by run, and the report in its folder
lines     what is spoken
runs      one precision and preset: every line spoken, checked, timed, compared with f5-tts
checks    what can be found out of a line without ears
rates     the time beside the machine's own matrix products
machine   what the machine is, with nothing that says whose
result    what was found; report (JSON) and page (HTML) write it down
place     whether the folder can hold it
"""

from __future__ import annotations

from voiceover.pipeline.trial.result import Result
from voiceover.pipeline.trial.trial import Ready, Trial, prepare, run_trial, tried_precisions

__all__ = ["Ready", "Result", "Trial", "prepare", "run_trial", "tried_precisions"]
