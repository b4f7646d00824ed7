"""Abbreviations and titles: "Dr." before a name is Doctor, after a street Drive."""

from __future__ import annotations

import re

from voiceover.text.normalize.en.context import ends_sentence, with_stop
from voiceover.text.normalize.en.dates import month_alone
from voiceover.text.normalize.en.tables import table
from voiceover.text.normalize.rules import Rule, rule

_TITLES = table(
    """
    Mr: Mister | Mrs: Missus | Ms: Miz | Mx: Mix | Dr: Doctor | Prof: Professor | Rev: Reverend | Gen: General | Sen: Senator |
    Rep: Representative | Gov: Governor | Capt: Captain | Cpt: Captain | Lt: Lieutenant | Col: Colonel | Sgt: Sergeant |
    Cpl: Corporal | Maj: Major | Cmdr: Commander | Adm: Admiral | Hon: Honorable | Fr: Father | Pres: President |
    Supt: Superintendent | Insp: Inspector | Messrs: Messieurs | Sr: Sister | Br: Brother | Amb: Ambassador | St: Saint | Ste: Saint |
    Mt: Mount | Ft: Fort | Pvt: Private | Det: Detective
    """
)
_STREETS = table(
    """
    St: Street | Dr: Drive | Ave: Avenue | Av: Avenue | Blvd: Boulevard | Rd: Road | Ln: Lane | Ct: Court | Sq: Square | Pl: Place |
    Hwy: Highway | Pkwy: Parkway | Ter: Terrace | Bldg: Building | Apt: Apartment
    """
)
_PLAIN = table(
    """
    vs.: versus | vs: versus | v.: versus | etc.: et cetera | etc: et cetera | approx.: approximately | dept.: department |
    Dept.: Department | govt.: government | est.: established | Est.: Established | Inc.: Incorporated | Corp.: Corporation |
    Ltd.: Limited | Co.: Company | Bros.: Brothers | Jr.: Junior | Sr.: Senior | Jr: Junior | Assn.: Association |
    et al.: and others | cf.: compare | viz.: namely | a.k.a.: also known as | aka: also known as | w/o: without | w/: with |
    misc.: miscellaneous | min.: minimum | max.: maximum | avg.: average | temp.: temperature | tel.: telephone | Univ.: University |
    Intl.: International | asst.: assistant | mgr.: manager | ext.: extension | ibid.: ibidem | b/c: because | n/a: not applicable |
    N/A: not applicable | Esq.: Esquire | incl.: including | excl.: excluding | e.g.: for example | eg.: for example |
    E.g.: For example | i.e.: that is | I.e.: That is | ie.: that is | P.S.: P.S | p.s.: P.S | R.I.P.: R.I.P | Ph.D.s: P.H.D's |
    Ph.D.: P.H.D |
    PhD: P.H.D | Ph.D: P.H.D | PhDs: P.H.D's | M.D.: M.D | cont.: continued | orig.: originally | dir.: director |
    trans.: translated by | resp.: respectively | No. 1s: number ones | asap: as soon as possible | ASAP: A.S.A.P | fyi: F.Y.I |
    imo: in my opinion | tbh: to be honest | btw: by the way | lol: L.O.L | diy: D.I.Y | tldr: T.L.D.R | TL;DR: T.L.D.R |
    tl;dr: T.L.D.R | wrt: with respect to
    """
)
_BEFORE_NUMBER = table(
    """
    No.: number | no.: number | Nos.: numbers | nos.: numbers | Fig.: Figure | fig.: figure | Figs.: Figures | figs.: figures |
    p.: page | pp.: pages | vol.: volume | Vol.: Volume | Vols.: Volumes | ch.: chapter | Ch.: Chapter | chap.: chapter |
    Chap.: Chapter | sec.: section | Sec.: Section | Eq.: Equation | eq.: equation | ca.: circa | c.: circa | b.: born | d.: died |
    Ex.: Exercise | Art.: Article | art.: article | Op.: Opus | op.: opus | ed.: edition | Ref.: Reference | ref.: reference |
    Tab.: Table | l.: line | ll.: lines | №: number | v.: verse | Pt.: Part | pt.: part | Bk.: Book | Nr.: number | §: section |
    §§: sections | No: number | ft.: feet | Rm.: Room | Apt.: Apartment | Ste.: Suite | Ext.: extension | ext.: extension |
    Tel.: telephone
    """
)
_DAYS = table(
    """
    Mon.: Monday | Tue.: Tuesday | Tues.: Tuesday | Wed.: Wednesday | Thu.: Thursday | Thur.: Thursday | Thurs.: Thursday |
    Fri.: Friday | Sat.: Saturday | Sun.: Sunday
    """
)


def _any(names: object) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))  # type: ignore[call-overload]


@rule(
    "street",
    rf"(?<=[a-z0-9] )(?P<name>{_any(_STREETS)})\.(?![\w])|(?<=[a-z0-9] )(?P<bare>Ave|Blvd|Hwy|Pkwy|Rd|St(?=[,;]|$))(?=[\s,;:!?)]|$)",
    "SDABRLCPHT",
)
def street(match: re.Match[str], language: str) -> str | None:
    word = match["name"] or match["bare"]
    before = re.search(r"([\w'’.-]+) $", match.string[max(match.start() - 30, 0) : match.start()])
    named = before is not None and (before[1][:1].isupper() or before[1][:1].isdigit())
    if not named:
        return None
    if word in ("St", "Dr") and re.match(r" [A-Z][\w.]", match.string[match.end() : match.end() + 3]) and not ends_sentence(match):
        words_before = match.string[max(match.start() - 40, 0) : match.start()]
        if not re.search(r"\d[\w.]* (?:[NSEW]\.? )?(?:[A-Z]\w+ )+$", words_before):
            return None  # "Meet Dr. Hill", "in St. Louis"
    return with_stop(_STREETS[word], match)


@rule("title", rf"(?<![\w.'’-])(?P<name>{_any(_TITLES)})\.(?=[ \u00a0][\"“‘']?[A-Z][\w.'’])", ".")
def title(match: re.Match[str], language: str) -> str | None:
    if match["name"] in ("Hon", "Sr", "Br", "Fr", "Rep", "Col", "Det", "Ft", "Gen", "Pres") and ends_sentence(match):
        return None
    return _TITLES[match["name"]]


@rule("title", r"(?<![\w.'’-])(?P<name>Mr|Mrs|Ms|Dr|Prof|St|Mt)(?=[ \u00a0][A-Z][a-z])", "MDPS")
def bare_title(match: re.Match[str], language: str) -> str:
    return _TITLES[match["name"]]


@rule("abbreviation-number", rf"(?<![\w.'’])(?P<name>{_any(_BEFORE_NUMBER)})[ \u00a0]?(?=[#\d])", "0")
def before_number(match: re.Match[str], language: str) -> str | None:
    name = match["name"]
    if name in ("b.", "d.", "l.", "ll.", "v.", "c.", "p.") and match[0][-1] not in " \u00a0" and name not in ("p.", "c."):
        return None
    if name == "No" and not re.match(r"\d{1,3}(?![\w.,-]\w| \w+s\b)", match.string[match.end() : match.end() + 14]):
        return None
    if name in ("No.", "no.") and match[0][-1] == "." and False:
        return None
    return f"{_BEFORE_NUMBER[name]} "


@rule("abbreviation-day", rf"(?<![\w.])(?P<name>{_any(_DAYS)})(?=,? (?:[A-Z][a-z]{{2}}|\d))", ".")
def day(match: re.Match[str], language: str) -> str | None:
    if match["name"] in ("Sun.", "Sat.", "Wed.") and ends_sentence(match):
        return None
    return _DAYS[match["name"]]


@rule("abbreviation", rf"(?<![\w.'’@/#-])(?P<name>{_any(_PLAIN)})(?![\w'’/])", ".saewbvicPTflnNA/mdtEIJ")
def abbreviation(match: re.Match[str], language: str) -> str | None:
    name = match["name"]
    following = match.string[match.end() : match.end() + 2]
    if name == "v." and not re.match(r" [A-Z]", following):
        return None
    if name in ("min.", "max.", "temp.", "trans.", "dir.", "est.", "cont.", "orig.", "Co.") and ends_sentence(match):
        return None if name != "Co." else f"{_PLAIN[name]}."
    if name in ("w/",) and not following.strip():
        return None
    if name in ("e.g.", "i.e.", "E.g.", "I.e.", "eg.", "ie."):
        return _PLAIN[name] + ("" if following[:1] == "," else ",")
    return with_stop(_PLAIN[name], match)


@rule("ampersand", r"(?<=[A-Za-z])&(?=[A-Za-z])", "&")
def joined_ampersand(match: re.Match[str], language: str) -> str:
    return " and "


@rule("ampersand", r"(?<![&\w])&(?=[ \u00a0])", "&")
def ampersand(match: re.Match[str], language: str) -> str:
    return "and"


@rule(
    "pair",
    r"(?<!\w)(?:and/or|he/she|she/he|his/her|him/her|s/he|yes/no|either/or|win/win|true/false|on/off|read/write|up/down"
    r"|left/right|pass/fail)(?![\w/])",
    "/",
)
def pair(match: re.Match[str], language: str) -> str:
    if match[0] == "s/he":
        return "he or she"
    first, _, second = match[0].partition("/")
    return f"{first} {'' if first in ('and', 'read', 'either', 'pass', 'win') else 'or '}{second}"


@rule("address-direction", r"(?<=\d )([NSEW]|NE|NW|SE|SW)\.?(?= (?:\d|[A-Z][a-z]+ (?:St|Ave|Rd|Blvd|Street|Avenue|Road|Drive)\b))", "NSEW")
def direction(match: re.Match[str], language: str) -> str:
    names = {
        "N": "North",
        "S": "South",
        "E": "East",
        "W": "West",
        "NE": "Northeast",
        "NW": "Northwest",
        "SE": "Southeast",
        "SW": "Southwest",
    }
    return names[match[1]]


ABBREVIATIONS: tuple[Rule, ...] = (
    direction,
    street,
    title,
    bare_title,
    before_number,
    day,
    abbreviation,
    pair,
    month_alone,
)
AMPERSANDS: tuple[Rule, ...] = (joined_ampersand, ampersand)
