"""Publishing: writes the files of an episode from a master and its timeline.

encode                all audio formats: audio_file, sinks, lanes; mp3, mp3_pieces, mp3_frames, crc16; lossless, flac_seek; containers
stems, reaper         one file per speaker, sounds and music, for editors
levelled, overshoot   loudness and peaks of the encoded files: decoded
tags                  metadata in the audio files: id3, vorbis, cover, languages
captions, transcript  captions, lines, caption_files
chapters, transcript  player_files: for players and sites
timing                when each word is heard: spoken_letters, silences
disclosure, credits   what says that the speech is synthetic; who speaks, under which licences
notes                 show notes to paste at a host
book                  an episode that is split into chapters: book_manifest, manifest_parts, summed_report
bound                 a book that is bound from finished episodes: embedded (their cover)
manifest              contents of the episode, with digests of the other files: manifest_json (json_text), manifest_read, manifest_sounds
pages/                pages for a browser: to listen, to review
commit                all files appear together, or none do; taken_over for manifests that move to a state folder
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.publish.commit import check_output, complete_pending, file_digest, is_file_name, manifest_path, stem_of_stage
from voiceover.publish.cover import cover_digest, read_cover
from voiceover.publish.languages import UNKNOWN as UNKNOWN_LANGUAGE
from voiceover.publish.languages import iso_639_2
from voiceover.publish.manifest import SUFFIX as MANIFEST_SUFFIX
from voiceover.publish.manifest import (
    Manifest,
    ManifestDisclosure,
    ManifestEngine,
    ManifestFile,
    ManifestInput,
    ManifestTake,
    ManifestVoice,
)
from voiceover.publish.manifest_parts import ManifestBook, ManifestPart
from voiceover.publish.manifest_read import intact_episode, read_manifest
from voiceover.publish.taken_over import find_manifest, standing_state, take_over_episode
from voiceover.system.lazy import names_on_demand

if TYPE_CHECKING:
    from voiceover.publish.book import BookChapter, publish_book
    from voiceover.publish.bound import publish_bound
    from voiceover.publish.decoded import open_decoded
    from voiceover.publish.embedded import embedded_cover
    from voiceover.publish.encode import headroom_db
    from voiceover.publish.episode import check_request, publish_episode
    from voiceover.publish.levelled import Mastered
    from voiceover.publish.pages.listening import AUDIO_HERE, listening_page
    from voiceover.publish.pages.review import ReviewAttempt, ReviewCommands, ReviewTake, review_page
    from voiceover.publish.pages.template import page_text
    from voiceover.publish.timing import word_times
    from voiceover.publish.verify import decoded_profile, verify_episode, verify_files

__all__ = [
    "AUDIO_HERE",
    "MANIFEST_SUFFIX",
    "UNKNOWN_LANGUAGE",
    "BookChapter",
    "Manifest",
    "ManifestBook",
    "ManifestDisclosure",
    "ManifestEngine",
    "ManifestFile",
    "ManifestInput",
    "ManifestPart",
    "ManifestTake",
    "ManifestVoice",
    "Mastered",
    "ReviewAttempt",
    "ReviewCommands",
    "ReviewTake",
    "check_output",
    "check_request",
    "complete_pending",
    "cover_digest",
    "decoded_profile",
    "embedded_cover",
    "file_digest",
    "find_manifest",
    "headroom_db",
    "intact_episode",
    "is_file_name",
    "iso_639_2",
    "listening_page",
    "manifest_path",
    "open_decoded",
    "page_text",
    "publish_book",
    "publish_bound",
    "publish_episode",
    "read_cover",
    "read_manifest",
    "review_page",
    "standing_state",
    "stem_of_stage",
    "take_over_episode",
    "verify_episode",
    "verify_files",
    "word_times",
]

__getattr__ = names_on_demand(
    "voiceover.publish",
    {
        "encode": ("headroom_db",),
        "bound": ("publish_bound",),
        "decoded": ("open_decoded",),
        "embedded": ("embedded_cover",),
        "book": ("BookChapter", "publish_book"),
        "episode": ("check_request", "publish_episode"),
        "levelled": ("Mastered",),
        "pages.template": ("page_text",),
        "timing": ("word_times",),
        "pages.listening": ("AUDIO_HERE", "listening_page"),
        "pages.review": ("ReviewAttempt", "ReviewCommands", "ReviewTake", "review_page"),
        "verify": ("decoded_profile", "verify_episode", "verify_files"),
    },
)
