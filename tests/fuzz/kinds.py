"""Every kind of input that is fuzzed, by name."""

from __future__ import annotations

from tests.fuzz import model_inputs, script_inputs, settings_inputs, sound_inputs, time_inputs

KINDS = {kind.name: kind for module in (script_inputs, settings_inputs, model_inputs, sound_inputs, time_inputs) for kind in module.KINDS}
