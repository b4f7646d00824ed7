"""How fast F5 is on this machine, and whether a model works on it.

steps         times a guided step of a model or of random weights; ``products`` computes its work
bench         the command ``bench``
diagnosis     F5's part of ``doctor``, and the test of a new model's precision
report        the report of ``models verify --report``: fixed lines, spoken and checked in every precision and preset
    lines     the lines
    runs      one precision and preset: every line spoken, checked, timed, compared with the package f5-tts (``upstream``)
    rates     what the machine reaches with the same matrix products
    checks    faults that can be measured in a spoken line
    machine   a description of the machine that does not identify its owner
    result    what was found, and ``report.json``; ``page`` writes ``report.html``

The package is not called ``bench``, because ``voiceover.engines.f5.bench`` is the function that the engine offers.
"""
