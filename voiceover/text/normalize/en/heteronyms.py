"""Words with two pronunciations, where the words beside them decide. All others are left to the engine.

A word that sounds like another is spelled like it ("red" for the past of "read"), which every engine can say. A word that does not is
given in IPA, for engines that speak phonemes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from voiceover.text.normalize.en.numbers import is_british
from voiceover.text.normalize.rules import InIPA, Rule, Say, rule


def heteronym(word: str, pattern: str) -> Callable[[Say], Rule]:
    """Return a decorator that makes a rule for a word of a function."""
    return rule(word, pattern, word=word)


_HAVE = r"(?:have|has|had|having|['’]ve|['’]s|was|were|been|be|being|is|are|get|gets|got)"
_MAYBE = r"(?:(?:not|never|already|just|only|ever|also|always|since|recently|once|all|both|widely|previously|n['’]t)\s){0,2}"


@heteronym(
    "read",
    rf"(?i:(?<=\w)(?:\s|(?=['’]))(?:{_HAVE})\s{_MAYBE}|(?<!\w)(?:{_HAVE})\s(?:(?:I|you|we|they|he|she|anyone"
    rf"|everyone)\s)?{_MAYBE})(?P<word>read)(?![\w-])",
)
def has_read(match: re.Match[str], language: str) -> str:
    return "red"


@heteronym(
    "read",
    r"(?<!\w)(?:[Yy]esterday|[Ll]ast (?:night|week|month|year|summer|winter)|[Oo]nce|[Yy]ears ago),? (?:I|you|we|they|he|she"
    r"|[A-Z][a-z]+) (?P<word>read)(?!\w)",
)
def read_then(match: re.Match[str], language: str) -> str:
    return "red"


@heteronym(
    "read",
    r"(?<!\w)(?:he|she|it|He|She|It)(?: (?:then|only|also|once|never|always|quickly|slowly))? (?P<word>read)(?= (?:the|a|an|it"
    r"|to|from|out|aloud|his|her|about|that|them|in|on|through|every)\b|[.,;:])",
)
def third_person(match: re.Match[str], language: str) -> str | None:
    before = match.string[max(match.start() - 40, 0) : match.start()]
    if re.search(
        r"\b(?:will|would|can|could|should|must|did|does|do|let|make|makes|made|help|helps|heard|saw|watch(?:ed)?|if|that|may"
        r"|might|to|lest|hear|see|had|has)\b[^.!?]*$",
        before,
        re.IGNORECASE,
    ):
        return None
    return "red"


@heteronym("read", r"(?<!\w)(?:well|widely|best|most|least)[- ](?P<word>read)(?!\w)")
def well_read(match: re.Match[str], language: str) -> str:
    return "red"


@heteronym(
    "read",
    r"(?<!\w)(?:[Tt]he|[Aa]) (?:sign|note|letter|headline|label|plaque|caption|subject line|message|placard|inscription"
    r"|email) (?P<word>read)(?=[ :,])",
)
def sign_read(match: re.Match[str], language: str) -> str:
    return "red"


@heteronym(
    "lead",
    r"(?<!\w)([Ll]ead)(?=[- ](?:pipes?|paint|poisoning|bullets?|shot|weights?|acid|batter(?:y|ies)|balloon|crystal|glass"
    r"|pencils?|levels|exposure|roof|lined|free)\b)",
)
def lead_metal(match: re.Match[str], language: str) -> str:
    return "led" if match[1][0] == "l" else "Led"


@heteronym(
    "lead",
    r"(?<!\w)(?:made of|traces of|pounds? of|tons of|as heavy as|like|of mercury and|and mercury or|copper and|zinc and|molten"
    r"|tin and) (?P<word>lead)(?=[.,;!?]|$)",
)
def of_lead(match: re.Match[str], language: str) -> str:
    return "led"


@heteronym(
    "live",
    r"(?<!\w)([Ll]ive)(?=[- ](?:music|stream(?:s|ed|ing)?|broadcasts?|shows?|concerts?|audience|performances?|albums?|events?"
    r"|updates?|coverage|demos?|data|video|feeds?|chat|wires?|ammunition|recordings?|sessions?|bands?|television|tv|TV|radio"
    r"|traffic|reload|wire|site|bait|animals|system|servers?|calls?)\b)",
)
def live_adjective(match: re.Match[str], language: str) -> InIPA:
    return InIPA("lˈaɪv")


@heteronym(
    "live",
    r"(?<!\w)(?:went|goes?|gone|going|aired|airs?|came|comes|broadcast|streamed|is now|are now|reporting"
    r"|was recorded) (?P<word>live)(?!\w)",
)
def went_live(match: re.Match[str], language: str) -> InIPA:
    return InIPA("lˈaɪv")


@heteronym(
    "record",
    r"(?<!\w)(?:[Tt]o|[cws]h?ould|[Ww]e|I|[Tt]hey|[Yy]ou|not|can|will|must|don['’]t|didn['’]t|can['’]t|'ll"
    r"|and then) (?P<word>record)(?= (?:the|a|an|it|this|that|them|him|her|my|your|our|their|every|each|all|what|how|when"
    r"|audio|video|episodes?)\b)",
)
def record_verb(match: re.Match[str], language: str) -> InIPA:
    return InIPA("ɹᵻkˈɔːd" if is_british(language) else "ɹᵻkˈɔːɹd")


@heteronym(
    "record",
    r"(?<!\w)(?:[Tt]he|[Aa]|[Nn]ew|[Hh]is|[Hh]er|world|your|[Oo]ur|[Tt]heir|track|prior|past|its|vinyl|medical|criminal"
    r"|all-time|old|first|second|same) (?P<word>records?)(?= (?:for|of|in|shows?|was|is|that|high|low|label|store|player|book"
    r"|breaking|company)\b|[.,;:!?])",
)
def record_noun(match: re.Match[str], language: str) -> InIPA:
    end = "z" if match["word"].endswith("s") else ""
    return InIPA(("ɹˈɛkɔːd" if is_british(language) else "ɹˈɛkɚd") + end)


@heteronym(
    "wind",
    r"(?<!\w)(?:to|must|can|will|you|and) (?P<word>wind)(?= (?:up|down|it|the (?:clock|watch|rope|wool|yarn|thread"
    r"|spring))\b)",
)
def wind_verb(match: re.Match[str], language: str) -> str:
    return "whined"


@heteronym(
    "tear",
    r"(?<!\w)(?:to|will|would|could|can|not|you|they|I|we) (?P<word>tear)(?= (?:it|up|down|apart|open|off|out|through|the|a"
    r"|them|him|her|his|my|your|away|into)\b)",
)
def tear_verb(match: re.Match[str], language: str) -> str:
    return "tare"


@heteronym("bow", r"(?<!\w)(bow)(?= (?:and arrows?|tie)\b)")
def bow_noun(match: re.Match[str], language: str) -> str:
    return "beau"


@heteronym("minute", r"(?<!\w)(minute)(?= (?:details?|amounts?|quantit(?:y|ies)|particles?|traces?|differences?|fractions?)\b)")
def minute_adjective(match: re.Match[str], language: str) -> InIPA:
    return InIPA("maɪnjˈuːt" if is_british(language) else "maɪnˈuːt")


HETERONYMS: tuple[Rule, ...] = (
    has_read,
    read_then,
    third_person,
    well_read,
    sign_read,
    lead_metal,
    of_lead,
    live_adjective,
    went_live,
    record_verb,
    record_noun,
    wind_verb,
    tear_verb,
    bow_noun,
    minute_adjective,
)
