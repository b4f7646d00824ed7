"""Pages of one episode, each a single HTML file that works from disk.

template     HTML from templates that escape, with styles and scripts inside and a policy that allows nothing from elsewhere
waveform     bars to draw, from the peaks that the master was measured with
said         the lines of an episode with the times of their words
listening    the page for listeners: player, chapters, transcript
measures     speakers and gaps in figures
review       the page for producers: every take, what was found in it, loudness over time
"""
