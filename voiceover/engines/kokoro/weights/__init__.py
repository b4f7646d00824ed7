"""The weights of Kokoro and the packs of its voices.

family      Kokoro as the model store sees it
packages    the weights from installed Python packages
catalogue.yaml  what ``voiceover models pull kokoro`` downloads
"""

from __future__ import annotations
